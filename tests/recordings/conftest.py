"""A model, as checkpoint and exported, and the programs that use it."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from joined_clips import CLIPS, clips_by_name, join, texts_by_name, write_wav

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / 'tests' / 'golden'
KINDS = ('checkpoint', 'exported')


@pytest.fixture
def run_program(home):
    """Function (name of a program of bin/, words) that runs it and returns subprocess.CompletedProcess."""
    def run(name, *words, timeout=300):
        return subprocess.run(command_of(name, *words), cwd=str(ROOT), env=home, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8', timeout=timeout)
    return run


def command_of(name, *words):
    return [sys.executable, str(ROOT / 'bin' / f'{name}.py'), *map(str, words)]


@pytest.fixture
def model_flags(tmp_path):
    """Flags that choose one and the same model of 48 units, by where it is: a checkpoint, or an exported model."""
    directory = tmp_path / 'ckpt'
    shutil.copytree(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(directory))
    return {'checkpoint': ['--checkpoint_dir', directory, '--n_hidden', 48],
            'exported': ['--model', GOLDEN / 'ds093-plain' / 'output_graph.pb']}


@pytest.fixture(scope='session')
def trained_flags(tmp_path_factory):
    """As `model_flags`, of a model that was trained on the clips, alone and joined, until it knew them by heart."""
    folder = tmp_path_factory.mktemp('trained')
    words = ['--train_files', training_set(folder), '--n_hidden', 128, '--epochs', 70, '--train_batch_size', 3,
             '--learning_rate', 0.003, '--dropout_rate', 0, '--rnn_direction', 'unidirectional', '--noshow_progressbar',
             '--checkpoint_dir', folder / 'checkpoints', '--export_dir', folder / 'export', '--random_seed', 1]
    subprocess.run([sys.executable, str(ROOT / 'DeepSpeech.py'), *map(str, words)], cwd=str(ROOT), check=True,
                   stdout=subprocess.DEVNULL)
    return {'checkpoint': ['--checkpoint_dir', folder / 'checkpoints', '--n_hidden', 128],
            'exported': ['--model', folder / 'export' / 'output_graph.pbmm']}


def training_set(folder):
    """Writes a CSV file with the clips and with recordings of three of them; returns its path."""
    clips, texts, random = clips_by_name(), texts_by_name(), np.random.RandomState(7)
    rows = [(CLIPS / f'{name}.wav', texts[name]) for name in sorted(clips)]
    for number in range(9):
        names = random.choice(sorted(clips), 3, replace=False)
        joined = join([clips[name] for name in names], gap_s=random.uniform(0.3, 1), noise=20, seed=number)
        rows.append((write_wav(folder / f'{number}.wav', joined.samples), ' '.join(texts[name] for name in names)))
    path = folder / 'train.csv'
    path.write_text('wav_filename,transcript\n' + ''.join(f'{wav},{text}\n' for wav, text in rows), encoding='utf-8')
    return path
