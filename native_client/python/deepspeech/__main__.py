"""`python -m deepspeech` is the command `deepspeech`.

Short because Python wants this file, and the command is in `client.py`.
"""

import sys

from .client import main

sys.exit(main())
