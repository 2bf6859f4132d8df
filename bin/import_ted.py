#!/usr/bin/env python
"""Short because corpora/importers/ted.py says what is special about TED-LIUM, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.ted import Ted

if __name__ == '__main__':
    sys.exit(importer.main(Ted))
