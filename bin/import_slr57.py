#!/usr/bin/env python
"""Short because corpora/importers/slr57.py says what is special about it, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.slr57 import Slr57

if __name__ == '__main__':
    sys.exit(importer.main(Slr57))
