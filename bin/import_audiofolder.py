#!/usr/bin/env python
"""Short because corpora/importers/audiofolder.py says what is special about it, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.audiofolder import AudioFolder

if __name__ == '__main__':
    sys.exit(importer.main(AudioFolder))
