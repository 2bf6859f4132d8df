#!/usr/bin/env python
"""Makes a memory-mapped model (.pbmm) of a frozen graph (.pb): the command of this name without .py, which pip installs.

Short because native_client/tools/ has the program.
"""

import sys

try:
    from deepspeech.commands import convert_graphdef_memmapped_format
except ImportError as error:
    sys.exit(f'E the client cannot be loaded ({error}); install it, from the top of the checkout: bash bin/setup.sh')

if __name__ == '__main__':
    convert_graphdef_memmapped_format()
