#!/usr/bin/env python
"""Short because corpora/importers/vctk.py says what is special about VCTK, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.vctk import Vctk

if __name__ == '__main__':
    sys.exit(importer.main(Vctk))
