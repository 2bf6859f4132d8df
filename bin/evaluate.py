#!/usr/bin/env python
"""Tests a trained model: its transcripts of --test_files, their error rates, the worst, median and best; takes all flags of
DeepSpeech.py.

    bin/evaluate.py --test_files clips/test.csv --checkpoint_dir checkpoints --scorer_path my.scorer --test_output_file out.json

`python evaluate.py` in the checkout and the command `deepspeech-evaluate` are the same.
"""

# Short because the test is a phase of the trainer and takes its flags.
import sys

from deepspeech_training.main import evaluate

if __name__ == '__main__':
    sys.exit(evaluate())
