"""``python -m kouan.live.virtual``: virtual vehicles in a process of their own."""

import sys

from kouan.live.virtual.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
