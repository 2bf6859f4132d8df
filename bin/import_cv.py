#!/usr/bin/env python
"""Short because corpora/importers/cv.py says what is special about it, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.cv import CommonVoice1

if __name__ == '__main__':
    sys.exit(importer.main(CommonVoice1))
