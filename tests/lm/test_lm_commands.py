"""The commands that build language models and scorers, run as a person runs them."""

import gzip
import os
import pty
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import kenlm
import numpy as np
import pytest
import targets
from ds_ctcdecoder import ctcdecode

from deepspeech_training.decode.interface import make_decoder, native_alphabet
from deepspeech_training.settings.config import DecoderConfig
from deepspeech_training.text.alphabet import Alphabet

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = 'turn on the light\nturn off the light\nturn on the fan\ncaf\u00e9 au lait\n'


TYPE_OFFSET = 96  # in a KenLM binary


def start(script, *arguments, **options):
    paths = [str(ROOT / 'training')] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)), PYTHONIOENCODING='utf-8')
    environment.update(options)
    return subprocess.Popen([sys.executable, str(ROOT / script), *map(str, arguments)], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8')


def run(script, *arguments, **options):
    process = start(script, *arguments, **options)
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def assert_fails_in_one_line(result, message):
    assert result.returncode == 1
    assert result.stderr.startswith('E ') and result.stderr.count('\n') == 1 and message in result.stderr


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def files(tmp_path):
    """A directory with text.txt and alphabet.txt."""
    (tmp_path / 'text.txt').write_text(TEXT, encoding='utf-8')
    (tmp_path / 'alphabet.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyz') + '\n', encoding='utf-8')
    return tmp_path


def generate_lm_arguments(files, **changes):
    options = dict(dict(input_txt=files / 'text.txt', output_dir=files, top_k=4, arpa_order=3, max_arpa_memory='100M',
                        arpa_prune='0|0|1', binary_a_bits=255, binary_q_bits=8, binary_type='trie'), **changes)
    return [part for name, value in options.items() for part in (f'--{name}', value)]


def test_make_scorer_goes_from_text_to_scorer_in_one_go(files):
    result = run('bin/make_scorer.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output',
                 files / 'my.scorer', '--default_alpha', '0.5')
    assert result.returncode == 0, result.stderr
    assert '1 of 9 words' in result.stdout and 'café' in result.stdout
    alphabet = Alphabet.from_file(str(files / 'alphabet.txt'))
    assert ctcdecode.Scorer.load(str(files / 'my.scorer'), native_alphabet(alphabet)).alpha == 0.5
    rows = np.full((32, 28), 0.01)
    rows[np.arange(0, 32, 2)[:len('turn xn the ligt')], alphabet.encode('turn xn the ligt')] = 0.8
    rows[np.arange(1, 32, 2), alphabet.blank] = 0.8
    rows /= rows.sum(axis=1, keepdims=True)
    config = DecoderConfig(scorer_path=str(files / 'my.scorer'))
    assert make_decoder(config, alphabet).decode(rows)[0].text == 'turn on the light'
    assert names(files) == ['alphabet.txt', 'my.scorer', 'text.txt']


def test_make_scorer_takes_several_texts_and_says_what_it_leaves_out(files):
    with gzip.open(str(files / 'more.txt.gz'), 'wt', encoding='utf-8') as file:
        file.write('switch it on\nna\u00efve caf\u00e9\n')
    result = run('bin/make_scorer.py', files / 'text.txt', files / 'more.txt.gz', '--alphabet', files / 'alphabet.txt',
                 '--output', files / 'my.scorer')
    assert result.returncode == 0, result.stderr
    assert '2 of 12 words have characters outside' in result.stdout
    assert "'\u00e9' (U+00E9, LATIN SMALL LETTER E WITH ACUTE): in 1 word, such as caf\u00e9" in result.stdout
    assert result.stdout.index('U+00E9') < result.stdout.index('Estimating')
    assert 'Order 3 is chosen by the size of the text' in result.stdout
    assert 'my.scorer: 10 words, order 3' in result.stdout
    again = run('bin/make_scorer.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output',
                files / 'my.scorer')
    assert 'my.scorer exists and is replaced' in again.stdout


def test_words_that_a_terminal_cannot_show_do_not_stop_the_work(files):
    result = run('bin/make_scorer.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output',
                 files / 'my.scorer', PYTHONIOENCODING='ascii')
    assert result.returncode == 0 and 'caf\\xe9' in result.stdout


def test_make_scorer_says_in_one_line_what_is_wrong(files):
    (files / 'russian.txt').write_text('\u0432\u043a\u043b\u044e\u0447\u0438 \u0441\u0432\u0435\u0442\n', encoding='utf-8')
    (files / 'letters.txt').write_text('a\nb\n', encoding='utf-8')
    (files / 'empty.txt').write_text('', encoding='utf-8')
    before = names(files)
    text, alphabet, output = files / 'text.txt', files / 'alphabet.txt', files / 'x.scorer'
    for texts, own_alphabet, own_output, options, message in (
            (['none.txt'], alphabet, output, [], 'none.txt'),
            ([text], files / 'none', output, [], 'cannot be read as an alphabet (No such file'),
            ([text], files / 'letters.txt', output, [], 'needs an alphabet with a space'),
            ([text], alphabet, files / 'no' / 'x', [], 'no such directory'),
            ([text], alphabet, files, [], 'it is a directory'),
            ([text], alphabet, text, [], 'would be overwritten'),
            ([text], alphabet, alphabet, [], 'would be overwritten'),
            ([text], alphabet, output, ['--order', 9], 'order 9'),
            ([text], alphabet, output, ['--arpa_prune', '2,1'], '(2, 1)'),
            ([text], alphabet, output, ['--arpa_prune', '0||1'], 'a number is missing'),
            ([text], alphabet, output, ['--max_arpa_memory', '85'], 'write 85% for a share of the memory'),
            ([text], alphabet, output, ['--default_alpha', 'inf'], '--default_alpha inf: a number from'),
            ([text], alphabet, output, ['--default_beta', 'nan'], '--default_beta nan: a number from'),
            (['/dev/zero'], alphabet, output, [], '/dev/zero: the text cannot be read (it is a device, not a file)'),
            ([text], '/dev/zero', output, [], '/dev/zero: cannot be read as an alphabet (it is a device, not a file)'),
            ([files / 'empty.txt'], alphabet, output, [], 'no words'),
            ([files / 'russian.txt'], alphabet, output, [], 'none of 2 words can be written')):
        result = run('bin/make_scorer.py', *texts, '--alphabet', own_alphabet, '--output', own_output, *options)
        assert_fails_in_one_line(result, message)
        assert names(files) == before


def make_scorer_at(files, output):
    return run('bin/make_scorer.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output', output)


def test_make_scorer_leaves_a_device_a_device(files):
    device = targets.device(files)
    kind = targets.kind(device)
    result = make_scorer_at(files, device)
    assert (result.returncode, result.stderr) == (0, '')
    assert targets.kind(device) == kind and names(files) == ['alphabet.txt', 'null', 'text.txt']


def test_make_scorer_writes_where_a_link_leads(files):
    link, target = targets.link_to_file(files)
    before = names(files)
    assert make_scorer_at(files, link).returncode == 0
    assert link.is_symlink() and b'EIRT' in target.read_bytes() and names(files) == before


def test_generate_lm_writes_where_links_lead(files):
    (files / 'elsewhere').mkdir()
    for name in ('lm.binary', 'vocab-4.txt'):
        (files / name).symlink_to(files / 'elsewhere' / name)
    with targets.umask(0o077):
        assert run('data/lm/generate_lm.py', *generate_lm_arguments(files)).returncode == 0
    assert names(files / 'elsewhere') == ['lm.binary', 'vocab-4.txt'] and (files / 'lm.binary').is_symlink()
    assert targets.permissions(files / 'vocab-4.txt') == 0o600


@pytest.mark.parametrize('make', targets.REFUSED, ids=lambda make: make.__name__)
def test_make_scorer_refuses_what_is_no_file(files, make):
    path = make(files)
    kind = targets.kind(path)
    assert_fails_in_one_line(make_scorer_at(files, path), f'{path.name}: cannot be written')
    assert targets.kind(path) == kind


def test_an_ended_program_leaves_nothing_behind(files):
    fifo = files / 'pipe.txt'
    os.mkfifo(str(fifo))
    process = start('bin/make_scorer.py', fifo, '--alphabet', files / 'alphabet.txt', '--output', files / 'my.scorer')
    with open(str(fifo), 'w') as text:  # returns when the other side reads, hence waits for a text that never comes
        text.write(TEXT)
        text.flush()
        time.sleep(0.2)
        assert any(name.startswith('.tmp-') for name in names(files))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert names(files) == ['alphabet.txt', 'pipe.txt', 'text.txt']


def test_generate_lm_takes_the_published_arguments(files):
    result = run('data/lm/generate_lm.py', *generate_lm_arguments(files))
    assert result.returncode == 0, result.stderr
    assert '15 words in total, 9 of them different' in result.stdout
    assert (files / 'vocab-4.txt').read_text(encoding='utf-8') == 'turn\nthe\non\nlight'
    assert names(files) == ['alphabet.txt', 'lm.binary', 'text.txt', 'vocab-4.txt']


def test_generate_lm_takes_thresholds_in_three_ways_and_keeps_files_on_demand(files):
    for thresholds in ('0|0|1', '0,0,1', '0 0 1'):
        assert run('data/lm/generate_lm.py', *generate_lm_arguments(files, arpa_prune=thresholds)).returncode == 0
    result = run('data/lm/generate_lm.py', *generate_lm_arguments(files), '--arpa_prune', 0, 0, 1, '--keep',
                 '--keep_case', '--discount_fallback')
    assert result.returncode == 0, result.stderr
    assert f'{files / "lm.binary"} exists and is replaced' in result.stdout
    assert names(files) == ['alphabet.txt', 'lm.arpa', 'lm.binary', 'lm_filtered.arpa', 'lower.txt.gz', 'text.txt',
                            'vocab-4.txt']
    assert 'ngram 3=' in (files / 'lm.arpa').read_text(encoding='utf-8')


def test_generate_lm_fails_with_one_line(files):
    before = names(files)
    (files / 'file').write_text('')
    for changes, message in (
            (dict(output_dir=files / 'none'), 'no such directory'), (dict(output_dir=files / 'file'), 'no such directory'),
            (dict(kenlm_bins=files), 'no such program'), (dict(arpa_prune='2|1'), '(2, 1)'), (dict(top_k=0), 'top_k 0'),
            (dict(arpa_order=7), 'order 7'), (dict(max_arpa_memory='1GB'), "'1GB'"), (dict(binary_type='tree'), "'tree'"),
            (dict(input_txt=files / 'none.txt'), 'none.txt'), (dict(max_arpa_memory='20M'), 'lmplz failed')):
        assert_fails_in_one_line(run('data/lm/generate_lm.py', *generate_lm_arguments(files, **changes)), message)
    assert names(files) == sorted(before + ['file'])


def open_legacy_files(directory, alphabet):
    """Opens the scorer of today and the files of old; both know the same words."""
    labels = native_alphabet(Alphabet.from_file(str(alphabet)))
    scorer = ctcdecode.Scorer.load(str(directory / 'lm.scorer'), labels)
    legacy = ctcdecode.Scorer.load_trio(str(directory / 'lm.binary'), str(directory / 'trie'), labels)
    assert legacy.n_words == scorer.n_words > 0 and legacy.order == scorer.order


def test_create_language_model_makes_the_files_of_old(files):
    directory = files / 'data' / 'lm'
    result = run('bin/create_language_model.py', files / 'text.txt', 3, 0, '--alphabet', files / 'alphabet.txt',
                 '--output_dir', directory, '--max_arpa_memory', '100M')
    assert result.returncode == 0, result.stderr
    assert names(directory) == ['lm.binary', 'lm.scorer', 'trie', 'words.arpa']
    commands = [line for line in result.stdout.split('\n') if line.startswith('+ ')]
    assert ['lmplz' in line or 'build_binary' in line for line in commands] == [True] * len(commands) and commands
    assert '1 of 9 words' in result.stdout
    model = kenlm.Model(str(directory / 'lm.binary'))
    assert model.order == 3 and 'caf\u00e9' in model
    assert model.score('turn on the light') == pytest.approx(
        kenlm.Model(str(directory / 'words.arpa')).score('turn on the light'), abs=1e-5)
    open_legacy_files(directory, files / 'alphabet.txt')


@pytest.mark.parametrize('options, kind', [((), 0), (('--binary_type', 'probing'), 0), (('--binary_type', 'trie'), 5)])
def test_create_language_model_packs_for_the_version_in_use(files, options, kind):
    result = run('bin/create_language_model.py', files / 'text.txt', 3, 0, '--alphabet', files / 'alphabet.txt',
                 '--output_dir', files, '--max_arpa_memory', '100M', *options)
    assert result.returncode == 0, result.stderr
    # KenLM numbers its types: 0 is probing, 5 a quantised trie with compressed pointers.
    assert struct.unpack_from('<i', (files / 'lm.binary').read_bytes(), TYPE_OFFSET) == (kind,)
    assert 'caf\u00e9' in kenlm.Model(str(files / 'lm.binary'))
    open_legacy_files(files, files / 'alphabet.txt')


def on_a_terminal(script, *arguments):
    """Returns what a program prints on standard error, when that is a terminal."""
    ours, its = pty.openpty()
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT / 'training'), os.environ.get('PYTHONPATH', '')]))
    process = subprocess.run([sys.executable, str(ROOT / script), *map(str, arguments)], env=environment, stderr=its,
                             stdout=subprocess.DEVNULL)
    os.close(its)
    printed = os.read(ours, 1 << 16).decode('utf-8')
    os.close(ours)
    assert process.returncode == 0, printed
    return printed.replace('\r', '')


def test_on_a_terminal_the_stages_of_the_estimation_are_shown(files):
    arguments = [files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output', files / 'my.scorer',
                 '--max_arpa_memory', '100M']
    lines = on_a_terminal('bin/make_scorer.py', *arguments).split('\n')
    assert '1/5 Counting and sorting n-grams' in lines and '5/5 Writing ARPA model' in lines
    assert not any('***' in line or '---' in line for line in lines)
    assert run('bin/make_scorer.py', *arguments).stderr == ''


def test_create_language_model_prunes_like_the_original_by_default(files):
    (files / 'text.txt').write_text('turn on the light\n' * 3 + 'turn off the fan\n', encoding='utf-8')
    result = run('bin/create_language_model.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt',
                 '--output_dir', files, '--max_arpa_memory', '100M')
    assert result.returncode == 0, result.stderr
    arpa = (files / 'words.arpa').read_text(encoding='utf-8')
    assert 'ngram 5=2' in arpa and 'turn off' not in arpa and 'fan' in arpa
    open_legacy_files(files, files / 'alphabet.txt')


def test_create_language_model_fails_with_one_line_and_leaves_nothing(files):
    (files / 'capitals.txt').write_text('TURN ON\n', encoding='utf-8')
    before = names(files)
    for arguments, message in ((('none.txt',), 'none.txt'), ((files / 'text.txt', 1), 'order 1'),
                               ((files / 'text.txt', 3, -1), '-1'), ((files / 'capitals.txt',), 'in lower case')):
        result = run('bin/create_language_model.py', *arguments, '--alphabet', files / 'alphabet.txt',
                     '--output_dir', files, '--max_arpa_memory', '100M')
        assert_fails_in_one_line(result, message)
        assert names(files) == before
    assert run('bin/create_language_model.py').returncode == 2
