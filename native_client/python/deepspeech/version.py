"""The version of the package, that of the trainer it came with.

Short because it is the only module that reads a file when it is imported.
"""

import os

with open(os.path.join(os.path.dirname(__file__), 'VERSION'), encoding='utf-8') as _file:
    VERSION = _file.read().strip()
