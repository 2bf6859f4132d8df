#!/usr/bin/env python
"""Short because corpora/importers/swb.py says what is special about Switchboard, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.swb import Switchboard

if __name__ == '__main__':
    sys.exit(importer.main(Switchboard))
