"""Whatever happens to the files of a directory of checkpoints, what is taken from it is what a training has written."""

import random
import shutil
from collections import Counter

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectories, CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate, initial_model
from deepspeech_training.checkpoints.places import check_places, prefix_of
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.errors import CheckpointError
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import CheckpointConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.state import TrainingState

SHORT, LONG = 150, 3000  # damaged directories
METHODS = ('auto', 'last', 'best')


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    """(path of a directory with three last checkpoints and a best one, {updates: value of a variable}, its name)."""
    from deepspeech_training.text.alphabet import Alphabet
    path = tmp_path_factory.mktemp('written')
    alphabet = Alphabet('abc', 'abc.txt')
    model, values = ModelConfig(alphabet.size, 4), {}
    with tf.Graph().as_default(), tf.Session() as session:
        acoustic_weights(model)
        step = tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        variable = tf.trainable_variables()[0]
        writer = CheckpointWriter(CheckpointDirectory(str(path)), tf.global_variables(),
                                  description_of(model, FeatureConfig(), alphabet), max_to_keep=3)
        for number in (1, 2, 3):
            session.run([variable.assign(tf.fill(variable.shape, float(number))), step.assign(number)])
            values[number] = session.run(variable)
            if number == 2:
                writer.save_best(session, number, TrainingState('run', epoch=number).as_dict())
            writer.save_last(session, number, TrainingState('run', epoch=number).as_dict())
        return path, values, variable.op.name


def truncate(path, dice, _):
    path.write_bytes(path.read_bytes()[:dice.randrange(path.stat().st_size + 1)])


def flip(path, dice, _):
    data = bytearray(path.read_bytes() or b'\0')
    for _ in range(dice.choice((1, 1, 2, 30))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(bytes(data))


def delete(path, *_):
    path.unlink()


def rename(path, dice, others):
    foreign = path.with_name(dice.choice(['x', 'train-7', 'a*[b]']) + path.suffix)
    target = dice.choice([path.with_name(path.name + '.bak'), foreign, dice.choice(others)])
    if not target.is_dir():
        path.replace(target)


def copy_over(path, dice, others):
    other = dice.choice(others)
    if other.is_file() and other != path:
        shutil.copy(str(other), str(path))


def fill(path, dice, _):
    path.write_bytes(dice.choice([b'', b'\0' * 200, b'<!DOCTYPE html>', b'version https://git-lfs.github.com/spec/v1\n',
                                  bytes(dice.randrange(256) for _ in range(500))]))


def replace_by_directory(path, *_):
    path.unlink()
    path.mkdir()


def append(path, dice, _):
    with path.open('ab') as file:
        file.write(bytes(dice.randrange(256) for _ in range(dice.choice((1, 100)))))


DAMAGES = (truncate, flip, flip, delete, rename, copy_over, fill, replace_by_directory, append)


def tries(directory):
    """Yields (updates of what is to be found where all is sound, function that looks for it): every way to find a model.

    What is asked for by its path may be any checkpoint, hence None instead of the number.
    """
    for method in METHODS:
        config = CheckpointConfig(str(directory), str(directory), load_train=method, load_evaluate=method)
        yield 2 if method == 'best' else 3, lambda log, config=config: initial_model(
            config, CheckpointDirectories.of(config), log)
        yield 3 if method == 'last' else 2, lambda log, method=method: checkpoint_to_evaluate(
            CheckpointDirectory(str(directory)), method, log)
    for prefix in filter(None, {prefix_of(str(path)) for path in directory.iterdir()}):
        config = CheckpointConfig(str(directory), str(directory), load_train=prefix, load_evaluate=prefix)
        yield None, lambda log, config=config: (check_places(config, True), initial_model(
            config, CheckpointDirectories.of(config), log))[1]


def test_no_damage_ends_in_a_traceback_or_in_weights_that_nobody_has_written(written, tmp_path, log, output, is_long, capsys):
    path, values, name = written
    dice, outcomes = random.Random(11), Counter()
    for number in range(LONG if is_long else SHORT):
        directory = tmp_path / 'damaged'
        shutil.copytree(str(path), str(directory))
        done = []
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            files = sorted(each for each in directory.iterdir() if each.is_file())
            damage, victim = dice.choice(DAMAGES), dice.choice(files)
            damage(victim, dice, files)
            done.append(f'{damage.__name__} {victim.name}')
        for expected, look_up in tries(directory):
            output.seek(0)
            output.truncate()
            try:
                model = look_up(log)
            except CheckpointError as error:
                outcomes['refused'] += 1
                assert str(directory) in str(error), (number, done)
                continue
            assert model, (number, done, 'a training from random weights')
            step = int(model.value('global_step'))
            assert np.array_equal(model.value(name), values[step]), (number, done, model.path)
            if expected:
                outcomes['sound' if step == expected else 'another one, said'] += 1
                assert step == expected or 'W ' in output.getvalue(), (number, done, model.path, output.getvalue())
            else:
                outcomes['by its path'] += 1
        shutil.rmtree(str(directory))
    with capsys.disabled():
        print(f'\n{number + 1} damaged directories: {dict(outcomes)}')
