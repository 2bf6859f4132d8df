"""The native program `deepspeech`, as people run it, beside the Python client on the same models.

Its path is that in DS_NATIVE_BIN, else it is the one in the package `deepspeech`, or in native_client/build/bin, where CMake
builds it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import deepspeech
import numpy as np
import pytest
from client_documents import compared_with_published, documents_in
from deepspeech.audio import read_audio
from sounds import CLIP, TESTS, run_program, wav_bytes

IN_PACKAGE = Path(deepspeech.__file__).parent / 'bin' / 'deepspeech'
BUILT = TESTS.parent / 'native_client' / 'build' / 'bin' / 'deepspeech'
PROGRAM = Path(os.environ.get('DS_NATIVE_BIN') or (IN_PACKAGE if IN_PACKAGE.exists() else BUILT))
MODEL = TESTS / 'golden' / 'ds093-plain' / 'output_graph.pb'
SCORER = TESTS / 'golden' / 'train.scorer'
PROMPT = TESTS / 'clips' / 'number-not-answering.wav'

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason=f'{PROGRAM} was not built')


def run(*arguments, stdin=b'', **options):
    """Runs the program; returns (exit code, stdout, stderr)."""
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, **options)
    return done.returncode, done.stdout.decode('utf-8'), done.stderr.decode('utf-8')


def transcribe(*arguments, **options):
    """Runs the program with MODEL, which has to succeed; returns stdout."""
    code, output, complaints = run('--model', MODEL, *arguments, **options)
    assert code == 0, complaints
    return output


def of_python_client(*arguments):
    """Returns what the Python client prints."""
    done = subprocess.run([sys.executable, '-m', 'deepspeech', '--model', str(MODEL), *map(str, arguments)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode('utf-8')


@pytest.fixture(scope='module')
def heard():
    """What the model, which is hardly trained, hears in PROMPT without a scorer."""
    text = of_python_client('--audio', PROMPT).strip('\n')
    assert len(text) > 2
    return text


def test_json_has_the_readings_of_the_published_client():
    compared_with_published(documents_in(transcribe('--scorer', SCORER, '--audio', TESTS / 'clips', '--json')))


def test_json_is_that_of_the_python_client():
    arguments = '--scorer', SCORER, '--audio', PROMPT, CLIP, '--json', '--candidate_transcripts', 5
    ours, theirs = documents_in(transcribe(*arguments)), documents_in(of_python_client(*arguments))
    for document in (*ours, *theirs):
        assert len(document['transcripts']) == 5
        for transcript in document['transcripts']:
            transcript['confidence'] = pytest.approx(transcript['confidence'], abs=1e-3)
            transcript['confidence_per_letter'] = pytest.approx(transcript['confidence_per_letter'], abs=1e-3)
    assert json.dumps(ours, default=lambda number: None) == json.dumps(theirs, default=lambda number: None)


def test_json_is_laid_out_and_escaped_as_python_does_it(tmp_path):
    path = tmp_path / 'a "quoted" \\ back\nslash \t é 😀.wav'
    path.write_bytes(PROMPT.read_bytes())
    output = transcribe('--scorer', SCORER, '--audio', tmp_path, '--json')
    document = json.loads(output)
    assert document['audio'] == str(path)
    assert output == json.dumps(document, indent=2) + '\n'


def test_text_is_all_that_stdout_gets(heard):
    code, output, progress = run('--model', MODEL, '--audio', PROMPT)
    assert (code, output) == (0, heard + '\n')
    assert progress.startswith(f'Loading model from file {MODEL}\nLoaded model in ')
    assert progress.endswith('s for 1.647s audio file.\n')


def test_extended_is_the_same_text_and_wins_over_json(heard):
    assert transcribe('--audio', PROMPT, '--extended', '--json') == heard + '\n'


def test_json_wins_over_stream(heard):
    document = json.loads(transcribe('-a', PROMPT, '--stream', 1600, '--json'))
    assert [transcript['text'] for transcript in document['transcripts']][0] == heard and len(document['transcripts']) == 3


@pytest.mark.parametrize('option', ['--stream', '-s', '--extended_stream'])
def test_stream_prints_each_change_and_then_the_whole(option, heard):
    lines = transcribe('--audio', PROMPT, option, 1600).split('\n')
    assert lines == of_python_client('--audio', PROMPT, '--stream', 1600).split('\n')
    assert len(lines) > 3 and lines[-2:] == [heard, '']


def test_short_options_and_cpu_time():
    output = transcribe('-l', SCORER, '-a', PROMPT, '-b', 100, '-c', 0, '-d', 0, '-jt')
    document, cpu_time = output.rsplit('\n', 2)[:2]
    assert len(json.loads(document)['transcripts']) == 3
    assert cpu_time.startswith('cpu_time_overall=') and len(cpu_time.split('.')[1]) == 5


def test_directories_and_bad_files(heard, tmp_path):
    for name in ('b.wav.bak', 'A.WAV', 'notes.txt'):
        (tmp_path / name).write_bytes(PROMPT.read_bytes())
    (tmp_path / 'text.wav').write_text('no sound')
    code, output, complaints = run('-m', MODEL, '-a', tmp_path, '-a', tmp_path / 'gone.wav')
    assert code == 1
    assert output == f'> {tmp_path}/A.WAV\n{heard}\n> {tmp_path}/b.wav.bak\n{heard}\n'
    complaints = [line for line in complaints.split('\n') if line.startswith('E ')]
    assert [line.split(': ')[0] for line in complaints] == [f'E {tmp_path}/text.wav', f'E {tmp_path}/gone.wav']
    assert all(line.endswith('.') for line in complaints)


def test_an_empty_directory_is_reported(tmp_path):
    code, output, complaints = run('-m', MODEL, '-a', tmp_path)
    assert (code, output) == (1, '')
    assert complaints.endswith(f'E {tmp_path}: this is a directory; name the audio files in it.\n')


def test_damage_costs_what_comes_after_it_only(tmp_path):
    samples = run_program('sox', PROMPT, '-t', 's16', '-')
    (tmp_path / 'cut.wav').write_bytes(wav_bytes(samples)[:-1000])
    (tmp_path / 'short.wav').write_bytes(wav_bytes(samples[:-1000]))
    code, output, complaints = run('-m', MODEL, '-a', tmp_path / 'cut.wav')
    assert (code, output) == (1, transcribe('-a', tmp_path / 'short.wav'))
    assert complaints.split('\n')[-2].startswith(f'E {tmp_path}/cut.wav: ends after 1.62 of 1.65 s; ')


@pytest.mark.parametrize('options', ['-b 8', '-b 24', '-b 32', '-e floating-point -b 32', '-e floating-point -b 64', '-c 2',
                                     '-c 5 -b 24'])
def test_widths_and_channels(options, tmp_path):
    """The samples are those of the Python client, so the JSON is."""
    path = tmp_path / 'other.wav'
    run_program('sox', '-D', PROMPT, *options.split(), path)
    assert transcribe('-l', SCORER, '-a', path, '-j') == of_python_client('-l', SCORER, '-a', path, '-j')


@pytest.mark.parametrize('rate_hz', [8000, 44100, 48000])
def test_other_rates_are_converted_and_said_so(rate_hz, tmp_path):
    for clip in sorted((TESTS / 'clips').glob('*.wav')):
        run_program('sox', clip, '-r', rate_hz, '-c', 2, tmp_path / clip.name)
    code, output, warnings = run('-m', MODEL, '-l', SCORER, '-a', tmp_path)
    assert (code, output) == (0, of_python_client('-l', SCORER, '-a', tmp_path))
    assert f'W {tmp_path / CLIP.name}: converting {rate_hz} Hz to 16000 Hz.\n' in warnings


def test_other_formats_are_read_by_libsndfile(heard, tmp_path):
    path = tmp_path / 'a.flac'
    run_program('sox', PROMPT, path)
    assert np.array_equal(read_audio(str(path), 16000), read_audio(str(PROMPT), 16000))
    code, output, complaints = run('-m', MODEL, '-a', path)
    if 'libsndfile.so.1 is needed, which this system lacks' in complaints:
        pytest.skip('this system has no libsndfile.so.1')
    assert (code, output) == (0, heard + '\n')


def test_a_system_without_libsndfile_is_told_so(tmp_path):
    (tmp_path / 'libsndfile.so.1').write_text('no library')
    path = tmp_path / 'a.flac'
    run_program('sox', PROMPT, path)
    code, output, complaints = run('-m', MODEL, '-a', path, env=dict(os.environ, LD_LIBRARY_PATH=str(tmp_path)))
    assert (code, output) == (1, '')
    assert complaints.split('\n')[-2] == (
        f'E {path}: is not WAV of plain samples, and for other formats libsndfile.so.1 is needed, which this system lacks; '
        f'install libsndfile, or convert it, for instance with ffmpeg -i IN OUT.wav.')


def test_standard_input_is_transcribed(heard):
    assert transcribe('-a', '-', stdin=PROMPT.read_bytes()) == heard + '\n'
    code, _, complaints = run('-m', MODEL, '-a', '-', stdin=b'text')
    assert code == 1 and 'E standard input: it is not WAV of plain samples; ' in complaints


def test_hot_words_are_heard_more_readily():
    plain = transcribe('--scorer', SCORER, '--audio', PROMPT)
    boosted = transcribe('--scorer', SCORER, '--audio', PROMPT, '--hot_words', 'to:50,not:-3.5')
    assert 'to' in boosted.split() and 'to' not in plain.split()


def test_one_weight_leaves_the_other_as_it_is():
    def confidence(*arguments):
        output = transcribe('--scorer', SCORER, '--audio', PROMPT, '--json', *arguments)
        return [transcript['confidence'] for transcript in json.loads(output)['transcripts']]
    alpha, beta = 0.93, 1.18  # the package was made with these
    assert confidence() == confidence('--lm_alpha', alpha, '--lm_beta', beta)
    assert confidence('--lm_alpha', 0) == confidence('--lm_alpha', 0, '--lm_beta', beta) != confidence()
    assert confidence('--lm_beta', 5) == confidence('--lm_alpha', alpha, '--lm_beta', 5) != confidence()


def test_weights_without_scorer_get_a_warning(heard):
    code, output, warnings = run('-m', MODEL, '--audio', PROMPT, '--lm_alpha', 0.5)
    assert (code, output) == (0, heard + '\n')
    assert 'W --lm_alpha and --lm_beta do nothing without a scorer.\n' in warnings


def test_an_empty_scorer_is_none_and_is_said(heard):
    code, output, warnings = run('-m', MODEL, '-l', '', '--audio', PROMPT)
    assert (code, output) == (0, heard + '\n')
    assert 'W --scorer is empty, so no language model is used; leave it out if that is meant.\n' in warnings


def test_a_model_that_does_not_fit_into_memory_is_one_sentence(tmp_path):
    model = tmp_path / 'large.pbmm'
    with open(str(model), 'wb') as file:
        file.truncate(2 ** 30)  # takes no room on the disk
    command = ['bash', '-c', 'ulimit -v 400000; exec "$@"', 'bash', str(PROGRAM), '-m', str(model), '-a', str(PROMPT)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, universal_newlines=True)
    assert done.returncode == 1 and '(0x3000)' in done.stderr
    assert 'Cannot allocate memory); free memory, raise the limit of addresses (ulimit -v), or use a smaller' in done.stderr
    assert 'check the path' not in done.stderr


@pytest.mark.parametrize('weights', ['stored', 'float32', 'bf16', 'int8', 'auto'])
def test_number_formats_of_weights(weights):
    assert transcribe('-l', SCORER, '-a', PROMPT, '--weights', weights) == of_python_client('-l', SCORER, '-a', PROMPT)


def test_a_model_of_release_011():
    arguments = '--alphabet', TESTS.parent / 'data' / 'alphabet.txt', '--audio', PROMPT
    model = TESTS / 'golden' / 'ds011' / 'output_graph.pb'
    code, output, complaints = run('--model', model, *arguments)
    assert code == 0, complaints
    assert output == of_python_client('--model', model, *arguments)  # its last --model counts


@pytest.mark.parametrize('arguments, message', [
    ([], 'E no model is given; name one with --model MODEL.'),
    (['--model', 'm'], 'E no audio is given; name files with --audio AUDIO.'),
    (['--model', 'm', '--audio', 'a', '--unknown'], 'E --unknown is no option; deepspeech --help lists what there is.'),
    (['--model', 'm', '--audio', 'a', '--stream', '161'], "E --stream: '161' samples are no multiple of 160; deepspeech --help "
                                                         "lists what there is."),
    (['--model', 'm', '--audio', 'a', '--hot_words', 'light:7'], 'E --hot_words needs a scorer; name one with --scorer.')])
def test_wrong_usage_is_one_sentence_and_status_2(arguments, message):
    assert run(*arguments) == (2, '', message + '\n')


@pytest.mark.parametrize('arguments, message', [
    (['--model', 'gone.pb', '--audio', PROMPT], 'E CreateModel failed with'),
    (['--model', PROMPT, '--audio', PROMPT], '(0x3005)'),
    (['--model', MODEL, '--scorer', 'gone', '--audio', PROMPT], '(0x2005)'),
    (['--model', MODEL, '--scorer', PROMPT, '--audio', PROMPT], '(0x2006)'),
    (['--model', MODEL, '--scorer', SCORER, '--hot_words', 'a:1,a:2', '--audio', PROMPT], '(0x3008)')])
def test_what_cannot_be_loaded_is_one_sentence_and_status_1(arguments, message):
    code, output, complaints = run(*arguments)
    assert (code, output) == (1, '') and message in complaints
    last = complaints.split('\n')[-2]
    assert last.startswith('E ') and last.endswith('.') and not last.endswith('..')


def test_version_and_help_end_well():
    for option in ('--version', '-v'):
        code, output, complaints = run(option)
        assert (code, complaints) == (0, '') and output.startswith('DeepSpeech ') and output.count('\n') == 1
    for option in ('--help', '-h'):
        code, output, complaints = run(option)
        assert (code, complaints) == (0, '') and '--candidate_transcripts N' in output


def test_output_that_cannot_be_written_is_named():
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([str(PROGRAM), '-m', str(MODEL), '-a', str(PROMPT)], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.endswith(b'E standard output cannot be written (No space left on device).\n')
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([str(PROGRAM), '-m', str(MODEL), '-a', str(PROMPT), str(PROMPT)], stdout=writing,
                          stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 1 and done.stderr.count(b'Running inference') == 1
    assert done.stderr.endswith(b'E standard output cannot be written (nobody reads it any more).\n')
