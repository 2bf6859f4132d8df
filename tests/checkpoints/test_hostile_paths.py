"""Directories of any name hold checkpoints that the next run finds, whatever TensorFlow takes their characters for."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from long_form import long

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.plain_paths import PlainPath, is_plain
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.observers.tensorboard import TensorBoard
from deepspeech_training.train.state import TrainingState
from deepspeech_training.train.transcripts import Validation

GOLDEN = Path(__file__).resolve().parents[1] / 'golden' / 'ds093-plain' / 'checkpoint'
NAMES = [b'[a]', b'[!a]', b'*', b'a?b', b'back\\slash', b'{a,b}', b'\xff\xfe not UTF-8', b' blanks ', b'new\nline', b'~',
         b'%41', '\U0001F600 \u0301'.encode('utf-8'), b'x' * 255, b'quotes\'"', b'a:b', b'#;&|$HOME', b'-n', b'\x01\x1b[31m']
IDS = [ascii(name)[2:14] for name in NAMES]


@pytest.fixture(params=NAMES, ids=IDS)
def hostile(request, tmp_path):
    """A directory with such a name, as programs get it on the command line."""
    path = os.fsdecode(os.path.join(os.fsencode(str(tmp_path)), request.param))
    os.mkdir(path)
    return path


def test_what_is_saved_there_is_found_there(hostile, alphabet, log, output):
    model = ModelConfig(alphabet.size, 4)
    with tf.Graph().as_default(), tf.Session() as session:
        acoustic_weights(model)
        session.run(tf.global_variables_initializer())
        writer = CheckpointWriter(CheckpointDirectory(hostile), tf.global_variables(),
                                  description_of(model, FeatureConfig(), alphabet), max_to_keep=1)
        for step in (1, 2):
            writer.save_last(session, step, TrainingState('run').as_dict())
        bias = session.run(tf.global_variables()[1])
        name = tf.global_variables()[1].op.name
    found = CheckpointDirectory(hostile).last(log)
    assert found.path == os.path.join(hostile, 'train-2') and output.getvalue() == ''
    assert np.array_equal(found.value(name), bias)
    assert sorted(os.listdir(hostile)) == ['checkpoint', 'train-2.data-00000-of-00001', 'train-2.index', 'train-2.json']


def test_checkpoints_of_other_trainers_are_read_there(hostile, log):
    for path in GOLDEN.iterdir():
        shutil.copy(str(path), hostile)
    model = checkpoint_to_evaluate(CheckpointDirectory(hostile), 'auto', log)
    assert model.value('global_step') == 18


def test_a_checkpoint_of_such_a_name_is_read_by_its_path(hostile, log):
    prefix = os.path.join(hostile, os.path.basename(hostile)[:100])
    for suffix in ('.index', '.data-00000-of-00001'):
        shutil.copy(str(GOLDEN / f'best_dev-18{suffix}'), prefix + suffix)
    model = checkpoint_to_evaluate(CheckpointDirectory(hostile), prefix, log)
    assert model.path == prefix and model.value('global_step') == 18


def test_curves_are_drawn_there(hostile):
    with TensorBoard(hostile) as tensorboard:
        tensorboard.validation_ended(Validation(2.5, wer=0.5, cer=0.25, blank_share=0.75, only_label=None, samples=()), 7)
    (events,) = os.listdir(os.path.join(hostile, 'dev'))
    with open(os.path.join(hostile, 'dev', events), 'rb') as file:
        assert b'epoch_loss' in file.read()
    assert sorted(os.listdir(hostile)) == ['dev', 'metrics', 'train']


def test_nothing_is_left_open_or_behind(tmp_path):
    directory = tmp_path / 'a*b'
    directory.mkdir()
    (directory / 'x[1].index').write_bytes(b'content')
    before = len(os.listdir('/proc/self/fd'))
    for _ in range(3):
        with PlainPath(str(directory / 'x')) as plain, PlainPath.linked(str(directory / 'x[1]'), ['.index']) as linked:
            assert is_plain(plain.path) and plain.path.endswith('/x')
            assert is_plain(linked.path) and Path(linked.path + '.index').read_bytes() == b'content'
            links = os.path.dirname(os.path.realpath(linked.path))
        assert not os.path.exists(links)
    assert len(os.listdir('/proc/self/fd')) == before
    with PlainPath(str(tmp_path / 'x')) as plain:
        assert plain.path == str(tmp_path / 'x')


@pytest.mark.parametrize('name', [b'[a]\n*?\\ ', long(' \U0001F600'.encode('utf-8'))])
def test_a_whole_run_there_goes_on_there(name, deepspeech, clips, tmp_path):
    place = os.path.join(os.fsencode(str(tmp_path)), name)
    os.mkdir(place)
    wav = os.path.join(place, b'one.wav')
    shutil.copy(str(clips.parent / 'digits_yesterday.wav'), wav)
    csv = os.path.join(place, b'set.csv')
    with open(csv, 'w') as file:
        file.write('wav_filename,transcript\none.wav,yesterday\n')
    arguments = ['--n_hidden', 8, '--beam_width', 4, '--epochs', 1, '--noshow_progressbar', '--rnn_direction', 'unidirectional']
    for flag, value in (('checkpoint_dir', b'ckpt'), ('summary_dir', b'sum'), ('export_dir', b'exp'),
                        ('feature_cache', b'cache'), ('train_files', b'set.csv'), ('dev_files', b'set.csv'),
                        ('test_files', b'set.csv'), ('test_output_file', b'out.json'), ('one_shot_infer', b'one.wav')):
        arguments.append(os.fsdecode(b'--%s=%s' % (flag.encode('ascii'), os.path.join(place, value))))
    for said in ('Initializing all variables', 'Resuming from'):
        run = deepspeech(*arguments)
        assert run.returncode == 0 and said in run.stdout, run.stdout + run.stderr
        assert 'damaged' not in run.stdout and 'WER' in run.stdout
    assert os.path.exists(os.path.join(place, b'exp', b'output_graph.pbmm'))
    again = deepspeech(os.fsdecode(b'--flagfile=' + os.path.join(place, b'ckpt', b'flags.txt')), *arguments)
    assert again.returncode == 0, again.stdout
