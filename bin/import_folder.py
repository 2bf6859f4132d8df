#!/usr/bin/env python
"""Short because corpora/importers/folder.py says what is special about folders, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('folder'))
