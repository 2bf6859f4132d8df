"""A real checkpoint, a real scorer and recordings of human speech, ready to be tested."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.settings.config import Asked, CheckpointConfig, DecoderConfig, ReportConfig, SetConfig
from deepspeech_training.settings.features import FeatureConfig

GOLDEN = Path(__file__).resolve().parent.parent / 'golden'

# run: RunConfig. source: StoredCheckpoint. sets: as `test` takes them.
Trained = namedtuple('Trained', 'run source sets')


@pytest.fixture
def trained(alphabet, clips, tmp_path):
    """A model of 48 units with a scorer; two sets, nine clips and the first four of them."""
    directory = tmp_path / 'ckpt'
    shutil.copytree(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(directory))
    checkpoints = CheckpointConfig(str(directory), str(directory))
    decoder = DecoderConfig(beam_width=16, scorer_path=str(GOLDEN / 'train.scorer'))
    asked = Asked(alphabet, checkpoints=checkpoints, decoder=decoder,
                  report=ReportConfig(show_progressbar=False, report_count=0), test=SetConfig(batch_size=2))
    source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', Log(level=3))
    ((path, samples),) = read_each(SetConfig((str(clips),)))
    samples = check_rows(samples, alphabet, FeatureConfig(), str(tmp_path)).utterances
    return Trained(resolve(asked, source, Log(level=3)), source, [(path, samples), (path, samples[:4])])
