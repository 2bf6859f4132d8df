"""A directory of clips is taken up where an earlier run has left it, whatever its recordings are called."""

import numpy as np
import pytest

from deepspeech_training.console.log import Log
from deepspeech_training.errors import ConfigError
from deepspeech_training.recordings.aligned import Aligned
from deepspeech_training.recordings.alignments import find_alignments
from deepspeech_training.recordings.clips import ClipFolder, Run
from deepspeech_training.recordings.results import TimedWord
from deepspeech_training.recordings.words import Word
from deepspeech_training.settings.recordings import AlignmentConfig

RATE_HZ = 16000
ALIGNED = Aligned([Word('Yes', 'yes'), Word('no', 'no')], [TimedWord('Yes', 0.1, 0.4), TimedWord('no', 0.6, 0.9)], [0, 1], 1.,
                  np.zeros(50))
RUNS = [Run(0, 1, 0.1, 0.4, 0.), Run(1, 2, 0.6, 0.9, -9., reason='score -9.00, below -1')]


@pytest.mark.parametrize('name', ['a b', '\udcff', 'new\nline', 'carriage\rreturn', '"quoted", twice'])
def test_lists_are_read_back(name, tmp_path):
    recording = f'/talks/{name}.wav'
    ClipFolder(str(tmp_path)).add(recording, np.zeros(RATE_HZ, np.int16), RATE_HZ, ALIGNED, RUNS)
    again = ClipFolder(str(tmp_path))
    assert again.has(recording) and not again.has('/talks/other.wav')
    again.add('/talks/other.wav', np.zeros(RATE_HZ, np.int16), RATE_HZ, ALIGNED, RUNS)
    assert ClipFolder(str(tmp_path)).has(recording)


def test_clips_do_not_lie_among_recordings(clips):
    config = AlignmentConfig(source=str(clips), formats=(), clips_dir=str(clips.parent))
    with pytest.raises(ConfigError, match='a clip might take the place of a recording'):
        find_alignments(config, Log())
