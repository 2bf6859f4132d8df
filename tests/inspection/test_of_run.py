"""The data report of a training: beside the checkpoints, made anew only for other data."""

import os
import shutil

import pytest


@pytest.fixture
def train(deepspeech, tmp_path):
    """train(CSV, ...) runs a tiny training, and returns what it said and the state of the page."""
    def run(csv_path, *more):
        page = tmp_path / 'run' / 'data_report.html'
        result = deepspeech('--train_files', csv_path, '--n_hidden', 16, '--epochs', 1, '--checkpoint_dir', tmp_path / 'run',
                            '--show_progressbar', 'false', *more)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout, os.stat(str(page)).st_ino if page.exists() else None
    return run


@pytest.fixture
def own_clips(clips, tmp_path):
    """A CSV with clips that may be changed."""
    shutil.copytree(str(clips.parent), str(tmp_path / 'clips'))
    return tmp_path / 'clips' / 'clips.csv'


def test_same_data_are_reported_once_and_changed_ones_again(train, own_clips):
    _, first = train(own_clips)
    said, second = train(own_clips)
    assert first and first == second
    text = own_clips.read_text(encoding='utf-8')
    own_clips.write_text(text + 'letters_k.wav,23086,k\n', encoding='utf-8')
    said, third = train(own_clips)
    assert third != second and '1 row of the data is worth a look' in said


def test_no_report_where_none_is_wanted(train, clips):
    assert train(clips, '--data_report', 'off')[1] is None


def test_text_policy_error_stops_and_others_go_on(deepspeech, own_clips, tmp_path):
    text = own_clips.read_text(encoding='utf-8').replace('alpha', 'alpha 1').replace('digits_day-2.wav', 'gone.wav')
    own_clips.write_text(text, encoding='utf-8')
    words = ['--train_files', own_clips, '--n_hidden', 16, '--epochs', 1, '--checkpoint_dir', tmp_path / 'run']
    stopped = deepspeech(*words)
    assert stopped.returncode == 1 and "character '1'" in stopped.stdout
    for policy, listed in (('drop_clip', ['gone.wav', 'phonetic_a_p.wav']), ('drop_character', ['gone.wav'])):
        result = deepspeech(*words, '--text_policy', policy)
        assert result.returncode == 0, result.stderr
        lines = (tmp_path / 'run' / 'rejected.csv').read_text(encoding='utf-8').splitlines()[1:]
        assert sorted(os.path.basename(line.split(',')[1]) for line in lines) == listed


def test_what_is_no_file_holds_no_training_up(train, clips, tmp_path):
    (tmp_path / 'run' / 'run.json').mkdir(parents=True)
    (tmp_path / 'run' / 'data_report.html').mkdir()
    os.mkfifo(str(tmp_path / 'run' / 'data_report.json'))
    said, _ = train(clips)
    assert 'There is no data report; the run goes on.' in said
    (tmp_path / 'run' / 'run.json').rmdir()
    os.mkfifo(str(tmp_path / 'run' / 'run.json'))
    train(clips, '--data_report', 'off')
