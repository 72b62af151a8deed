"""``python -m kouan.live.missions``: a virtual fleet manager in a process of its own."""

import sys

from kouan.live.missions.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
