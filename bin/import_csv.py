#!/usr/bin/env python
"""Short because corpora/importers/csv.py says what is special about tables, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.csv import Csv

if __name__ == '__main__':
    sys.exit(importer.main(Csv))
