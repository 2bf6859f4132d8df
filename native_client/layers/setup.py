"""The door of the build: the hooks of native_build.py, which is in the directory above, or in native/ in a source archive.

Short because all packages here are built alike.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREES = [tree for tree in (os.path.join(HERE, 'native'), os.path.dirname(HERE))
         if os.path.isfile(os.path.join(tree, 'native_build.py'))]
if not TREES or __name__ == '__main__':  # pip before 21.3 builds in a copy of this directory, before 19 it calls this file
    sys.exit('E This package is built with files beside it; upgrade pip (21.3 or newer), then install it from the checkout.')
sys.path.insert(0, TREES[0])
from native_build import *  # noqa: E402,F401,F403
