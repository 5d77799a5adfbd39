"""`python -m latentkit`, the same as the command `latentkit`."""

import sys

from latentkit.commands.cli import main

sys.exit(main())
