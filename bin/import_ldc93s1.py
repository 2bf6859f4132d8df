#!/usr/bin/env python
"""Short because corpora/importers/ldc93s1.py says what is special about LDC93S1, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import door

if __name__ == '__main__':
    sys.exit(door.main('ldc93s1'))
