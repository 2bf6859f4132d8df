#!/usr/bin/env python
"""Short because corpora/importers/voxforge.py says what is special about VoxForge, and corpora/importer.py does the rest."""
import sys

from deepspeech_training.corpora import importer
from deepspeech_training.corpora.importers.voxforge import VoxForge

if __name__ == '__main__':
    sys.exit(importer.main(VoxForge))
