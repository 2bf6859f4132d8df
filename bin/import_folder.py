#!/usr/bin/env python
"""Short because corpora/importers/folder.py says what is special about folders, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.folder import Folder

if __name__ == '__main__':
    sys.exit(importer.main(Folder))
