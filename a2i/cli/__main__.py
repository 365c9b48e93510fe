"""`python -m a2i.cli`, which is `a2i`."""

import sys

from a2i.cli import main

if __name__ == "__main__":
    sys.exit(main())
