#!/usr/bin/env python
"""Short because commands/make_scorer.py does the work; the command deepspeech-make-scorer is the same."""
import sys

from deepspeech_training.commands import make_scorer

if __name__ == '__main__':
    sys.exit(make_scorer.run())
