#!/usr/bin/env python
"""Short because corpora/importers/aishell.py says what is special about AISHELL-1, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('aishell'))
