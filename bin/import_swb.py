#!/usr/bin/env python
"""Short because corpora/importers/swb.py says what is special about Switchboard, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('swb'))
