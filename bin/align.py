#!/usr/bin/env python
"""Finds out when each word of a text is spoken in a recording, with a checkpoint or an exported model; cuts long recordings
into training clips. Takes all flags of DeepSpeech.py, too.

    bin/align.py --src talk.mp3 --transcript talk.txt --model export/output_graph.pbmm --output_format json,textgrid,srt,ctm
    bin/align.py --src talks --clips_dir clips --checkpoint_dir checkpoints     # talks/a.mp3 with talks/a.txt, and so on
    bin/align.py --src clips.csv --dst words --model export/output_graph.pbmm   # transcripts of a data set

Results that are there are not made again, unless --force is given. The command `deepspeech-align` is the same.
"""

# Short because the work is in deepspeech_training/recordings.
import sys

from deepspeech_training.main import align

if __name__ == '__main__':
    sys.exit(align())
