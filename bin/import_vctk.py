#!/usr/bin/env python
"""Short because corpora/importers/vctk.py says what is special about VCTK, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('vctk'))
