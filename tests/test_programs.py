"""Every program says what it does, and what it lacks, without TensorFlow and without our decoder installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bad_streams import BAD_ERRORS, BAD_OUTPUTS, HARMLESS, assert_said_once, run_with
from long_form import long

from deepspeech_training.corpora import door

ROOT = Path(__file__).resolve().parent.parent
DOORS = sorted(ROOT.glob('bin/import_*.py'))  # of importers: the same five lines, so one stands for all
PROGRAMS = sorted([*(path for path in ROOT.glob('bin/*.py') if path not in DOORS[1:]), *ROOT.glob('data/lm/*.py')])
WITHOUT = '''
import runpy, sys
sys.modules.update(dict.fromkeys(['ds_ctcdecoder', 'ds_ctcdecoder.ctcdecode', 'tensorflow']))  # None: cannot be imported
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
'''


def run_bare(*arguments):
    return subprocess.run([sys.executable, '-c', WITHOUT, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)


@pytest.mark.parametrize('program', PROGRAMS, ids=lambda path: path.name)
def test_help_needs_neither_tensorflow_nor_the_decoder(program):
    result = run_bare(program, '--help')
    assert 'Traceback' not in result.stderr
    assert program.name.split('.')[0] in result.stdout and '--' in result.stdout
    assert result.returncode == 0


def test_doors_of_importers_differ_only_in_the_corpus():
    for program in DOORS:
        name = program.stem[len('import_'):]
        lines = program.read_text(encoding='utf-8').split('\n')
        assert lines[0] == '#!/usr/bin/env python' and lines[1].startswith('"""Short because corpora/importers/')
        assert lines[2:] == ['import sys', '', 'from deepspeech_training.corpora import door', '',
                             "if __name__ == '__main__':", f"    sys.exit(door.main('{name}'))", '']
        assert door.importer_of(name).name == name
        assert os.access(str(program), os.X_OK)


def test_an_importer_loads_nothing_large_before_it_can_answer_for_it():
    code = ('import sys; from deepspeech_training.corpora import door; '
            'sys.exit(bool({"numpy", "argparse", "progressbar"} & set(sys.modules)))')
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0


@pytest.mark.parametrize('program, arguments', [
    ('make_scorer.py', ['--alphabet', ROOT / 'data' / 'alphabet.txt', '--output', 'my.scorer']),
    ('create_language_model.py', ['--output_dir', '.'])])
def test_a_missing_decoder_is_one_sentence_before_any_work(program, arguments, tmp_path):
    (tmp_path / 'text.txt').write_text('one two\n', encoding='utf-8')
    result = run_bare(ROOT / 'bin' / program, tmp_path / 'text.txt', *arguments)
    assert result.returncode not in (0, None) and result.stdout == ''
    (line,) = result.stderr.strip().split('\n')
    assert line.startswith('E the decoder cannot be loaded') and 'pip install ./native_client/ctcdecode' in line


def test_readers_of_formats_need_no_native_library_and_no_numpy():
    """The trainer asks them what a file is, before it has anything to decode."""
    code = 'import deepspeech.formats.content, sys; sys.exit("numpy" in sys.modules or "deepspeech.library" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0


TRAINER, CLIENT = [sys.executable, ROOT / 'DeepSpeech.py'], [sys.executable, '-m', 'deepspeech']
NATIVE = {name: [sys.executable, '-c', f'from ds_ctcdecoder import commands; commands.{name}()']
          for name in ('generate_scorer_package', 'generate_trie', 'enumerate_kenlm_vocabulary')}
EVERY_PROGRAM = {'DeepSpeech.py': TRAINER, 'deepspeech': CLIENT, **NATIVE,
                 **{program.name: [sys.executable, program] for program in PROGRAMS}}
GOLDEN = ROOT / 'tests' / 'golden'
MODEL = GOLDEN / 'ds093-plain' / 'output_graph.pb'


@pytest.mark.parametrize('redirection', BAD_OUTPUTS)
@pytest.mark.parametrize('name', sorted(EVERY_PROGRAM))
def test_help_that_nobody_gets_is_no_success(name, redirection):
    code, output = run_with(redirection, [*EVERY_PROGRAM[name], '--help'])
    assert code == 1
    assert_said_once(output)


@pytest.fixture(scope='module')
def language_model(tmp_path_factory):
    """Directory with text.txt, words.txt, alphabet.txt and lm.binary."""
    directory = tmp_path_factory.mktemp('lm')
    (directory / 'text.txt').write_text('turn on the light\nturn off the light\nturn on the fan\n')
    (directory / 'words.txt').write_text('turn on off the light fan\n')
    (directory / 'alphabet.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyz') + '\n')
    program = str(ROOT / 'data' / 'lm' / 'generate_lm.py')
    subprocess.run([sys.executable, program, '--input_txt', 'text.txt', '--output_dir', '.', '--top_k', '9',
                    '--arpa_order', '2', '--max_arpa_memory', '100M', '--arpa_prune', '0', '--binary_a_bits', '255',
                    '--binary_q_bits', '8', '--binary_type', 'trie'], check=True, cwd=str(directory),
                   stdout=subprocess.DEVNULL)
    return directory


def works(sources, target):
    """Returns the commands that write `target`, by name; each also says something on stdout or stderr."""
    alphabet, binary, words = sources / 'alphabet.txt', sources / 'lm.binary', sources / 'words.txt'
    return {
        'make_scorer.py': [*EVERY_PROGRAM['make_scorer.py'], sources / 'text.txt', '--alphabet', alphabet, '--output', target],
        'convert_graphdef_memmapped_format.py': [*EVERY_PROGRAM['convert_graphdef_memmapped_format.py'], '--in_graph', MODEL,
                                                 '--out_graph', target],
        'generate_scorer_package': [*NATIVE['generate_scorer_package'], '--lm', binary, '--vocab', words, '--alphabet',
                                    alphabet, '--package', target, '--default_alpha', '1', '--default_beta', '1'],
        'generate_trie': [*NATIVE['generate_trie'], alphabet, binary, words, target],
    }


@pytest.mark.parametrize('redirection', (*BAD_OUTPUTS, *BAD_ERRORS, *HARMLESS))
@pytest.mark.parametrize('name', ['make_scorer.py', 'convert_graphdef_memmapped_format.py', 'generate_scorer_package',
                                  'generate_trie'])
def test_work_is_done_whatever_becomes_of_what_is_said(name, redirection, language_model, tmp_path):
    expected, target = tmp_path / 'expected', tmp_path / 'target'
    assert subprocess.run(list(map(str, works(language_model, expected)[name])), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0
    code, output = run_with(redirection, works(language_model, target)[name])
    assert target.read_bytes() == expected.read_bytes()  # and nothing that was said is in it
    lost = BAD_ERRORS if name in NATIVE else BAD_OUTPUTS  # the decoder's programs say all on stderr
    assert code == (1 if redirection in lost else 0)
    if name not in NATIVE and code:
        assert_said_once(output)
    assert 'Traceback' not in output


@pytest.mark.parametrize('redirection', BAD_OUTPUTS)
def test_results_that_nobody_gets_are_said_to_be_lost(redirection):
    code, output = run_with(redirection, [*CLIENT, '--model', MODEL, '--audio', ROOT / 'tests' / 'clips' / 'letters_k.wav'])
    assert code == 1
    assert_said_once(output)


@pytest.mark.parametrize('redirection', (*BAD_OUTPUTS, *BAD_ERRORS, *HARMLESS))
def test_results_in_files_do_not_need_the_streams(redirection, tmp_path):
    code, output = run_with(redirection, [*CLIENT, '--model', MODEL, '--audio', ROOT / 'tests' / 'clips' / 'letters_k.wav',
                                          '--json', '--output_dir', tmp_path])
    assert (tmp_path / 'letters_k.json').read_text(encoding='utf-8').startswith('{\n  "transcripts"')
    assert code == (1 if redirection in BAD_ERRORS else 0) and 'Traceback' not in output


@pytest.mark.parametrize('redirection', ['>&- 2>&-', '>&- 2>&- <&-', '>/dev/full 2>/dev/full'])
@pytest.mark.parametrize('name', ['make_scorer.py', 'convert_graphdef_memmapped_format.py', 'generate_scorer_package'])
def test_work_is_done_where_nothing_can_be_said(name, redirection, language_model, tmp_path):
    expected, target = tmp_path / 'expected', tmp_path / 'target'
    subprocess.run(list(map(str, works(language_model, expected)[name])), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    code, output = run_with(redirection, works(language_model, target)[name])
    assert (code, output) == (1, '') and target.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize('redirection', (*BAD_OUTPUTS, *BAD_ERRORS, '>&- 2>&- <&-', *HARMLESS))
def test_recipes_do_their_work_whatever_becomes_of_what_they_say(redirection, tmp_path):
    script = tmp_path / 'recipe'
    script.write_text(f'. {ROOT}/bin/recipe.sh\nstage 1 Work\nrun touch "$1"\nstage 2 More\nrun touch "$2"\n')
    code, _ = run_with(redirection, ['bash', script, tmp_path / 'one', tmp_path / 'two'])
    assert (tmp_path / 'one').exists() and (tmp_path / 'two').exists()
    assert code == (0 if redirection in HARMLESS else 1)


@pytest.mark.parametrize('redirection', (
    BAD_OUTPUTS[-1], BAD_ERRORS[-1], '>&- 2>&-', HARMLESS[0],
    *map(long, (*BAD_OUTPUTS[:-1], *BAD_ERRORS[:-1], *HARMLESS[1:]))))
def test_a_training_goes_on_whatever_becomes_of_what_it_says(redirection, home, one_clip, tmp_path):
    code, output = run_with(redirection, [*TRAINER, '--train_files', one_clip, '--train_batch_size', 1, '--n_hidden', 16,
                                          '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt'], home)
    assert (tmp_path / 'ckpt' / 'train-1.index').exists()
    assert code == (1 if '>&-' in redirection.split() or redirection in BAD_OUTPUTS else 0), output
    assert 'Traceback' not in output


def test_too_little_memory_for_tensorflow_is_one_sentence(home, one_clip, tmp_path):
    command = [*TRAINER, '--test_files', one_clip, '--checkpoint_dir', tmp_path]
    result = subprocess.run(['sh', '-c', 'ulimit -v 500000; "$@"', 'sh', *map(str, command)], env=home, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True, timeout=120)
    assert result.returncode == 1 and 'Traceback' not in result.stdout
    assert result.stdout.strip().split('\n')[-1].startswith('E memory ran out')
