"""Home Assistant's Speech-to-Phrase can use what `--export_tflite --export_file_name model` writes, and the alphabet beside it.

It reads `alphabet.txt` in its own way, and what the model hears as a line of probabilities for each frame.
"""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model
from lite_model import LiteModel

from deepspeech_training.data.audio import read_wav
from deepspeech_training.text.alphabet import Alphabet

TOP = Path(__file__).resolve().parents[2]
WAV = TOP / 'tests' / 'clips' / 'digits_yesterday.wav'
ALPHABETS = [TOP / 'data' / 'alphabet.txt', TOP / 'data' / 'alphabet_ru.txt', TOP / 'data' / 'tiny-dataset' / 'alphabet.txt']


def labels_of(path):
    """Returns the labels as its reader takes them: stripped lines, of each the first character; an empty one is the blank."""
    labels = []
    for line in path.read_text(encoding='utf-8').splitlines():
        line = line.strip()
        if line.startswith('#'):
            continue
        labels.append('#' if line.startswith('\\#') else line[0] if line else ' ')
    return labels


def phrase_of(lines, labels):
    """Returns what is heard: of each line the likeliest label, without repetitions and without the blank, which is the last."""
    best = [np.argmax([float(word) for word in line.split(' ')]) for line in lines]
    changes = [label for before, label in zip([None] + best, best) if label != before]
    return ''.join(labels[label] for label in changes if label != len(labels))


@pytest.mark.parametrize('path', ALPHABETS, ids=lambda path: f'{path.parent.name}/{path.name}')
def test_alphabets_are_read_alike(path):
    assert labels_of(path) == list(Alphabet.from_file(str(path)).labels)


def test_alphabets_that_are_made_here_are_read_alike(make_csv, tmp_path):
    table, path = make_csv('wav_filename,transcript\na.wav,# is a sign\n'), tmp_path / 'alphabet.txt'
    subprocess.run([sys.executable, 'bin/make_alphabet.py', table, '-o', str(path)], cwd=str(TOP), check=True)
    assert labels_of(path) == list(Alphabet.from_file(str(path)).labels) == list(' #agins')


@pytest.mark.slow
def test_it_hears_what_the_client_hears(deepspeech, one_clip, tmp_path):
    run = deepspeech('--train_files', ','.join(8 * [str(one_clip)]), '--rnn_direction', 'unidirectional', '--n_hidden', 64,
                     '--learning_rate', 0.003, '--epochs', 40, '--checkpoint_secs', 0, '--data_report', 'off',
                     '--checkpoint_dir', tmp_path / 'd', '--export_dir', tmp_path / 'export', '--export_tflite',
                     '--export_file_name', 'model')
    assert run.returncode == 0, run.stdout
    path = tmp_path / 'export' / 'model.tflite'
    model, audio = LiteModel(path.read_bytes()), read_wav(str(WAV))[0]
    lines = io.StringIO()
    np.savetxt(lines, model.probabilities(model.windows(audio)), fmt='%.6f')
    heard = phrase_of(lines.getvalue().splitlines(), labels_of(ALPHABETS[0]))
    assert heard == 'yesterday' == Model(str(path)).stt(np.rint(audio * 32767).astype(np.int16))
