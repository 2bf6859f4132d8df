#!/usr/bin/env python
"""Short because corpora/importers/librivox.py says what is special about LibriSpeech, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.librivox import LibriVox

if __name__ == '__main__':
    sys.exit(importer.main(LibriVox))
