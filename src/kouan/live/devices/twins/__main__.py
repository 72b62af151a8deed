"""``python -m kouan.live.devices.twins``: the twins of a port file's devices."""

import sys

from kouan.live.devices.twins.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
