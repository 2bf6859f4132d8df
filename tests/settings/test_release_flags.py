"""Every flag of every release is taken, by itself and with all others of its time, and so are the files they left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from release_flags import BROUGHT, OF_LIBRARIES

ROOT = Path(__file__).resolve().parents[2]
# Runs in a process of its own, as absl's flags are global. Reads lists of words, prints the error of each, or None.
ANSWERS = '''
import json, sys
from absl.flags import FLAGS as known
from deepspeech_training.settings import command_line
from deepspeech_training.errors import DeepSpeechError
from deepspeech_training.settings.from_flags import asked_for

command_line.define()

def answer(words):
    for name in known:
        known[name].unparse()
    try:
        asked_for(command_line.parse(['program'] + words)).of_new_model()
    except DeepSpeechError as error:
        return str(error)

print(json.dumps([answer(words) for words in json.load(sys.stdin)]))
'''
# Some flags need another one beside them, then as today.
BESIDE = {'lm_trie_path': ['--lm_binary_path', 'x'], 'trie': ['--lm', 'x'], 'early_stop': ['--dev_files', 'x'],
          'reduce_lr_on_plateau': ['--dev_files', 'x'], 'export_zip': ['--export_dir', 'x', '--scorer', 'x']}


def answers(commands):
    output = subprocess.run([sys.executable, '-c', ANSWERS], input=json.dumps(commands), cwd=str(ROOT),
                            env=dict(os.environ, XDG_DATA_HOME='/data'), stdout=subprocess.PIPE, check=True,
                            universal_newlines=True).stdout
    return json.loads(output)


def as_words(name, value):
    return [f'--{name}'] + [value] * bool(value or name in ('ps_hosts', 'worker_hosts', 'augment'))


def test_each_flag_of_each_release_is_taken():
    uses = [(release, name, as_words(name, value) + BESIDE.get(name, []))
            for release, flags in BROUGHT.items() for name, value in flags.items()]
    found = answers([words for _, _, words in uses])
    refused = [(release, name, error) for (release, name, _), error in zip(uses, found) if error]
    assert len(uses) > 150 and not refused


@pytest.mark.parametrize('release', sorted(BROUGHT))
def test_a_flag_stands_with_the_release_that_brought_it(release):
    others = {name for other, flags in BROUGHT.items() if other != release for name in flags}
    assert not others & set(BROUGHT[release])


def test_unknown_flags_of_the_augmentation_of_that_time_are_taken_however_they_are_written():
    written = (['--augmentation_of_my_fork'], ['--noaugmentation_of_another'], ['--data_aug_third', '-0.5'],
               ['--data_aug_fourth=2', '--augmentation_fifth', '3', '--epochs', '2'])
    assert answers(list(written)) == [None] * len(written)


def test_no_other_unknown_flag_is_taken():
    (error,) = answers([['--augmented']])
    assert '--augmented: there is no such flag; did you mean --augment?' in error


def test_the_listing_of_flags_beside_a_published_checkpoint_is_a_flagfile(tmp_path):
    """As 0.9.3 wrote it: a resolved read buffer, flags of the libraries, empty lists."""
    path = tmp_path / 'flags.txt'
    path.write_text(OF_LIBRARIES + '--read_buffer=1048576\n--augment=\n--noutf8\n--cudnn_checkpoint=\n--n_hidden=2048\n')
    assert answers([['--flagfile', str(path)]]) == [None]
