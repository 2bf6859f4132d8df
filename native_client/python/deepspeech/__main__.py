"""`python -m deepspeech` is the command `deepspeech`."""

import sys

from .client import main

sys.exit(main())
