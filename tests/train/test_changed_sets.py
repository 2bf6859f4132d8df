"""Sets that have changed between two calls are noticed by what is in them, and said; nothing else is taken for a change."""

import csv
import os
import shutil
from pathlib import Path

import pytest
from long_form import long

from deepspeech_training.checkpoints import metadata

CLIPS = Path(__file__).resolve().parents[1] / 'clips'
CHANGED_DEV, CHANGED_TRAIN = 'The validation sets are others than before', 'The training set is another one than before'


def copy_of_clips(directory):
    """Copies recordings and their CSV to `directory`; returns the CSV."""
    directory.mkdir(parents=True)
    for path in [*CLIPS.glob('*.wav'), CLIPS / 'clips.csv']:
        shutil.copy(str(path), str(directory))
    return directory / 'clips.csv'


def rows_of(path):
    return list(csv.reader(path.read_text(encoding='utf-8').splitlines()))


def swap_sound(directory):
    """Lets two recordings change names; sizes in the CSV stay, so nothing but the content tells."""
    one, other = [directory / name for name in ('letters_k.wav', 'phonetic_a_p.wav')]
    for first, second in ((one, directory / 'x'), (other, one), (directory / 'x', other)):
        first.rename(second)


def swap_words(directory):
    """Lets two rows of the CSV change their transcripts."""
    (header, one, other, *rest) = rows_of(directory / 'clips.csv')
    one[2], other[2] = other[2], one[2]
    (directory / 'clips.csv').write_text('\n'.join(map(','.join, [header, one, other, *rest])) + '\n', encoding='utf-8')


def touch(directory):
    for path in directory.iterdir():
        os.utime(str(path), (9, 9))


def shuffle_rows(directory):
    (header, *rows) = rows_of(directory / 'clips.csv')
    (directory / 'clips.csv').write_text('\n'.join(map(','.join, [header, *rows[::-1]])) + '\n', encoding='utf-8')


@pytest.fixture
def sets(tmp_path):
    """Directories of a training and a validation set, with the same clips."""
    return {name: copy_of_clips(tmp_path / name).parent for name in ('train', 'dev')}


@pytest.fixture
def train(deepspeech, tmp_path):
    """Function (directories, *arguments) that runs a training with them and returns its output."""
    def run(sets, *arguments):
        run = deepspeech('--n_hidden', 8, '--train_batch_size', 3, '--dev_batch_size', 9, '--noshow_progressbar', '--epochs', 2,
                         '--checkpoint_dir', tmp_path / 'ckpt', '--train_files', sets['train'] / 'clips.csv',
                         '--dev_files', sets['dev'] / 'clips.csv', '--summary_dir', tmp_path / 'summaries', *arguments)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout
    return run


@pytest.mark.parametrize('change', [swap_sound, long(swap_words)])
def test_other_clips_of_the_same_names_and_number_are_another_validation_set(change, sets, train, tmp_path):
    train(sets)
    change(sets['dev'])
    said = train(sets)
    assert CHANGED_DEV in said and CHANGED_TRAIN not in said
    # The best model so far is measured on them before the first epoch: two validations more than epochs would have.
    assert said.count('Finished validating epoch') == 3
    assert said.index('Finished validating epoch') < said.index('Training epoch 2')
    assert CHANGED_DEV not in train(sets)  # it is said once


@pytest.mark.parametrize('change', [long(swap_sound), swap_words])
def test_other_clips_to_train_on_are_said(change, sets, train):
    train(sets)
    change(sets['train'])
    said = train(sets)
    assert CHANGED_TRAIN in said and CHANGED_DEV not in said
    assert CHANGED_TRAIN not in train(sets)


def test_moved_touched_copied_and_reordered_files_are_no_change(sets, train, tmp_path):
    train(sets)
    for directory in sets.values():
        touch(directory)
        shuffle_rows(directory)
    moved = {name: tmp_path / f'moved-{name}' for name in sets}
    for name, directory in sets.items():
        directory.rename(moved[name])
    (moved['dev'] / 'renamed.csv').write_bytes((moved['dev'] / 'clips.csv').read_bytes())
    said = train(moved, '--dev_files', moved['dev'] / 'renamed.csv')
    assert 'than before' not in said and said.count('Finished validating epoch') == 2


def test_other_augmentations_of_a_run_that_goes_on_are_said(sets, train):
    train(sets)
    said = train(sets, '--augment', 'volume', '--augment', 'pitch[p=0.5]')
    assert ('W The training set was changed by other augmentations before: none. Now it is by --augment volume --augment '
            'pitch[p=0.5].') in said
    assert 'other augmentations' not in train(sets, '--augment', 'volume', '--augment', 'pitch[p=0.5]')
    assert 'before: --augment volume --augment pitch[p=0.5]. Now it is by none.' in train(sets)


def forget_contents(directory, **progress):
    """Lets checkpoints be as those of versions that did not look into the sets."""
    for path in directory.glob('*-*.json'):
        values = metadata.read(str(path.with_suffix('')))
        for name in ('train_content', 'steps', 'dev_content'):
            values['progress'].pop(name, None)
        values['progress'].update(progress)
        metadata.write(str(path.with_suffix('')), values)


def test_checkpoints_of_versions_that_did_not_look_raise_no_false_alarm(sets, train, tmp_path):
    train(sets)
    forget_contents(tmp_path / 'ckpt', epoch=1, position=2)
    said = train(sets)
    assert 'than before' not in said and 'begins again' not in said and 'Going on with epoch 1' in said
    swap_sound(sets['dev'])
    assert CHANGED_DEV in train(sets)  # now it is known


def test_an_interrupted_epoch_begins_again_with_other_steps(sets, train, tmp_path):
    train(sets)
    for path in (tmp_path / 'ckpt').glob('*-*.json'):
        values = metadata.read(str(path.with_suffix('')))
        values['progress'].update(epoch=1, position=2)
        metadata.write(str(path.with_suffix('')), values)
    swap_words(sets['train'])
    said = train(sets)
    assert CHANGED_TRAIN in said and 'Epoch 1 begins again' in said
