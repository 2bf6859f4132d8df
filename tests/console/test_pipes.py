"""What goes into a pipe or a file has no traces of progress bars: no carriage returns, no codes for terminals."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_TERMINALS = re.compile(rb'[\r\x08\x1b]')


def piped(home, *words, **variables):
    """Runs a program whose output goes into pipes, as from a terminal that can be drawn on; returns what came out of both."""
    environment = dict(home, TERM='xterm-256color', COLUMNS='80', **variables)
    result = subprocess.run([sys.executable, *map(str, words)], cwd=str(ROOT), env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout, result.stderr


def test_training_test_and_export(home, clips, tmp_path):
    """With bars on, as they are by default."""
    output, errors = piped(home, 'DeepSpeech.py', '--train_files', clips, '--dev_files', clips, '--test_files', clips,
                           '--n_hidden', 8, '--epochs', 2, '--train_batch_size', 3, '--checkpoint_dir', tmp_path / 'ckpt',
                           '--export_dir', tmp_path / 'export')
    assert b'Epoch 1 |' in output and b'Test on ' in output
    assert not OF_TERMINALS.search(output) and not OF_TERMINALS.search(errors)
    # A pass has a line or a few, not one for each step that a bar would draw.
    assert len(re.findall(rb'^Epoch 0 \|   Training', output, re.MULTILINE)) == 1


def test_an_importer(home, tmp_path):
    for source in ('digits_yesterday', 'letters_k'):
        (tmp_path / f'{source}.wav').write_bytes((ROOT / 'tests' / 'clips' / f'{source}.wav').read_bytes())
        (tmp_path / f'{source}.txt').write_text('some words\n')
    for stream in piped(home, 'bin/import_folder.py', tmp_path, tmp_path / 'out'):
        assert not OF_TERMINALS.search(stream)


def test_making_a_scorer(home, tmp_path):
    (tmp_path / 'text.txt').write_text('one two\ntwo three\n')
    for stream in piped(home, 'bin/make_scorer.py', tmp_path / 'text.txt', '--alphabet', 'data/alphabet.txt', '--output',
                        tmp_path / 'my.scorer'):
        assert not OF_TERMINALS.search(stream)


def test_help_has_no_colours_in_a_pipe(home):
    """Python 3.14 colours what argparse prints where it may."""
    for stream in piped(home, 'bin/make_scorer.py', '--help'):
        assert not OF_TERMINALS.search(stream)
