#!/usr/bin/env python
"""Short because corpora/importers/fisher.py says what is special about Fisher, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('fisher'))
