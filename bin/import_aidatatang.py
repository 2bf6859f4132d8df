#!/usr/bin/env python
"""Short because corpora/importers/aidatatang.py says what is special about it, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('aidatatang'))
