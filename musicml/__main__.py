"""``python -m musicml`` is the command ``musicml``."""

import sys

from .cli import main

sys.exit(main())
