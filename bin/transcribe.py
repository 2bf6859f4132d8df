#!/usr/bin/env python
"""Transcribes recordings of any length with a checkpoint, or an exported model; takes all flags of DeepSpeech.py, too.

    bin/transcribe.py --src talk.mp3 --dst talk.tlog --checkpoint_dir checkpoints --scorer_path my.scorer
    bin/transcribe.py --src recordings --recursive --model export/output_graph.pbmm --output_format tlog,srt

A directory or a .catalog file may be given as well. Results that are there are not made again, unless --force is given.
`python transcribe.py` in the checkout and the command `deepspeech-transcribe` are the same.
"""

# Short because the work is in deepspeech_training/recordings.
import sys

from deepspeech_training.main import transcribe

if __name__ == '__main__':
    sys.exit(transcribe())
