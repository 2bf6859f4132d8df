#!/usr/bin/env python
"""Finds the --lm_alpha and --lm_beta with the fewest errors; takes all flags of DeepSpeech.py.

    bin/lm_optimizer.py --test_files clips/dev.csv --checkpoint_dir checkpoints --scorer_path my.scorer --n_trials 100

Use a validation set: the error rate on the set that chose the weights is too good to be true.

Short because it is a door; the search is in evaluate/search.py.
"""

# Short because the search is a phase of the trainer and takes its flags.
import sys

from deepspeech_training.main import search

if __name__ == '__main__':
    sys.exit(search())
