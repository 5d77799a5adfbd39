"""`python -m latentkit`, the same as the command `latentkit`."""

import sys

from latentkit.cli import main

sys.exit(main())
