"""The command `deepspeech`, as people run it.

Long because all of it runs one program on the same models.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest
from client_documents import compared_with_published, documents_in
from deepspeech import Model
from deepspeech.arguments import parse_arguments
from deepspeech.client import NO_MEMORY, main
from sounds import CLIP, TESTS, run_program, wav_bytes

MODEL = str(TESTS / 'golden' / 'ds093-plain' / 'output_graph.pb')
SCORER = str(TESTS / 'golden' / 'train.scorer')
PROMPT = str(TESTS / 'clips' / 'number-not-answering.wav')
ALPHABET = str(TESTS.parent / 'data' / 'alphabet.txt')
WITH_MODEL = [sys.executable, '-m', 'deepspeech', '--model', MODEL]


@contextmanager
def started(*arguments, **more):
    """The command in a process of its own that does not outlive the test.

    It heeds Ctrl-C, which programs in the background are started to ignore.
    """
    process = subprocess.Popen([*WITH_MODEL, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **more)
    with process:
        try:
            yield process
        finally:
            process.kill()


def in_process(*arguments, stdin=b''):
    """Runs the command in a process of its own; returns (exit code, stdout, stderr)."""
    result = subprocess.run([*WITH_MODEL, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=60)
    return result.returncode, result.stdout.decode('utf-8'), result.stderr.decode('utf-8')


@pytest.fixture
def run(capsys):
    """Function that runs the command with MODEL in this process; returns (exit code, stdout, stderr)."""
    def run(*arguments):
        capsys.readouterr()
        return (main(['--model', MODEL, *map(str, arguments)]), *capsys.readouterr())
    return run


@pytest.fixture
def transcribe(run):
    """Function that runs the command, which has to succeed; returns stdout."""
    def transcribe(*arguments):
        code, output, complaints = run(*arguments)
        assert code == 0, complaints
        return output
    return transcribe


@pytest.fixture(scope='module')
def model():
    return Model(MODEL)


@pytest.fixture(scope='module')
def samples():
    """The sound of PROMPT as bytes."""
    return run_program('sox', PROMPT, '-t', 's16', '-')


@pytest.fixture(scope='module')
def heard(model, samples):
    """What the model, which is hardly trained, hears in PROMPT without a scorer."""
    text = model.stt(np.frombuffer(samples, np.int16))
    assert len(text) > 2
    return text


def test_json_has_the_readings_of_the_published_client(transcribe):
    documents = documents_in(transcribe('--scorer', SCORER, '--audio', TESTS / 'clips', '--json'))
    for ours, theirs in compared_with_published(documents):
        starts_s = [word['start_time'] for word in ours['words']]
        assert starts_s == [round(0.02 * step, 4) for step in theirs['timesteps'][:len(starts_s)]]


def changes(model, samples, block_samples):
    """Returns for each change of what a stream hears (bytes of sound up to there, text)."""
    stream, found = model.createStream(), [(0, '')]
    for end in range(2 * block_samples, len(samples), 2 * block_samples):
        stream.feedAudioContent(np.frombuffer(samples[end - 2 * block_samples:end], np.int16))
        if stream.intermediateDecode() != found[-1][1]:
            found.append((end, stream.intermediateDecode()))
    return found[1:]


def test_text_is_all_that_stdout_gets(heard):
    code, output, progress = in_process('--audio', PROMPT)
    assert (code, output) == (0, heard + '\n')
    assert progress.startswith(f'Loading model from file {MODEL}\nLoaded model in ')
    assert progress.endswith('s for 1.647s audio file.\n')


def test_extended_is_the_same_text_and_wins_over_json(transcribe, heard):
    assert transcribe('--audio', PROMPT, '--extended', '--json') == heard + '\n'


def test_short_options_of_the_native_client(transcribe):
    output = transcribe('-m', MODEL, '-l', SCORER, '-a', PROMPT, '-b', 100, '-c', 0, '-d', 0, '-j', '-t')
    document, cpu_time = output.rsplit('\n', 2)[:2]
    assert len(json.loads(document)['transcripts']) == 3
    assert cpu_time.startswith('cpu_time_overall=') and len(cpu_time.split('.')[1]) == 5


def test_several_files_and_directories_bear_their_names(transcribe, heard, tmp_path):
    for name in ('b.flac', 'A.WAV', 'notes.txt'):
        (tmp_path / name).write_bytes(CLIP.read_bytes())
    run_program('sox', PROMPT, tmp_path / 'b.flac')
    output = transcribe('--audio', PROMPT, '--audio', tmp_path)
    assert output.split('\n')[::2] == [f'> {PROMPT}', f'> {tmp_path}/A.WAV', f'> {tmp_path}/b.flac', '']
    assert output.split('\n')[1] == output.split('\n')[5] == heard


def test_one_bad_file_does_not_stop_the_others(run, heard, tmp_path):
    (tmp_path / 'text.wav').write_text('no sound')
    code, output, complaints = run('--audio', tmp_path / 'text.wav', tmp_path / 'gone.wav', tmp_path, PROMPT)
    assert (code, output) == (1, f'> {PROMPT}\n{heard}\n')
    complaints = [line for line in complaints.split('\n') if line.startswith('E ')]
    assert [line.split(': ')[0] for line in complaints] == [f'E {tmp_path}/text.wav', f'E {tmp_path}/gone.wav',
                                                            f'E {tmp_path}/text.wav']


def test_damage_costs_what_comes_after_it_only(run, model, samples, tmp_path):
    path = tmp_path / 'cut.wav'
    path.write_bytes(wav_bytes(samples)[:-1000])
    heard = model.stt(np.frombuffer(samples[:-1000], np.int16))
    code, output, complaints = run('--audio', path)
    assert (code, output) == (1, heard + '\n')
    assert complaints.split('\n')[-2].startswith(f'E {path}: ends after 1.62 of 1.65 s; ')


def test_other_rates_and_channels_are_converted_and_said_so(run, tmp_path):
    path = tmp_path / 'stereo.flac'
    run_program('sox', CLIP, '-r', 44100, '-c', 2, path)
    code, _, progress = run('--audio', path)
    assert code == 0
    assert f'{path}: converting 44100 Hz to 16000 Hz.\n' in progress


def test_stream_prints_each_change_and_then_the_whole(transcribe, model, samples, heard):
    expected = [text for _, text in changes(model, samples, 1600)]
    assert len(expected) > 1
    for option in ('--stream', '--extended_stream'):
        assert transcribe('--audio', PROMPT, option, 1600).split('\n') == [*expected, heard, '']
    assert transcribe('--audio', PROMPT, '--stream', 1600, '--extended').split('\n') == [heard, '']
    assert json.loads(transcribe('--audio', PROMPT, '--stream', 1600, '--json'))['transcripts'][0]['text'] == heard


def test_standard_input_is_transcribed(samples, heard):
    with open(PROMPT, 'rb') as file:
        assert in_process('--audio', '-', stdin=file.read())[:2] == (0, heard + '\n')
    assert in_process('--audio', '-', '--raw', stdin=samples)[:2] == (0, heard + '\n')


def test_ctrl_c_ends_what_is_recorded_and_prints_it(model, samples):
    expected = changes(model, samples, 1600)
    whole = samples[:expected[-1][0]]
    with started('--audio', '-', '--raw', '--stream', 1600) as process:
        process.stdin.write(whole)
        process.stdin.flush()
        for _, text in expected:  # the last with the last of the sound
            assert process.stdout.readline().decode() == text + '\n'
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=30)
    assert (process.returncode, output.decode()) == (0, model.stt(np.frombuffer(whole, np.int16)) + '\n')
    assert b'Traceback' not in complaints


def test_ctrl_c_within_a_file_ends_the_command(tmp_path):
    path = tmp_path / 'long.wav'
    with open(str(path), 'wb') as file:
        file.write(wav_bytes(b'', data_size=2 * 10 ** 9))
        file.truncate(44 + 2 * 10 ** 9)  # 17 hours of silence that take no room on the disk
    with started('--audio', path) as process:
        while b'Running' not in process.stderr.readline():
            pass
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=30)
    assert (process.returncode, output, complaints) == (130, b'', b'E Interrupted.\n')


def test_nobody_reading_ends_the_command_in_a_sentence():
    with started('--audio', PROMPT, PROMPT) as process:
        process.stdout.close()
        complaints = process.stderr.read()
        assert process.wait(timeout=30) == 1
    assert b'Traceback' not in complaints and b'Exception' not in complaints
    assert complaints.endswith(b'E standard output cannot be written (nobody reads it any more).\n')
    assert complaints.count(b'Running inference') == 1


def test_full_disk_is_named():
    with open('/dev/full', 'wb') as full:
        result = subprocess.run([*WITH_MODEL, '--audio', PROMPT], stdout=full, stderr=subprocess.PIPE)
    assert result.returncode == 1
    assert result.stderr.endswith(b'E standard output cannot be written (No space left on device).\n')


@pytest.mark.parametrize('output_format, name, begins', [
    ('text', 'number-not-answering.txt', ''), ('json', 'number-not-answering.json', '{\n'),
    ('srt', 'number-not-answering.srt', '1\n00:00:0'), ('vtt', 'number-not-answering.vtt', 'WEBVTT\n\n00:00:0')])
def test_results_go_to_files_named_after_their_audio(transcribe, heard, tmp_path, output_format, name, begins):
    output = transcribe('--audio', PROMPT, CLIP, '--output_format', output_format, '--output_dir', tmp_path)
    assert output == ''
    assert len(os.listdir(str(tmp_path))) == 2
    text = (tmp_path / name).read_text(encoding='utf-8')
    assert text.startswith(begins) and heard in text and text.endswith('\n')


def test_a_result_that_cannot_be_written_does_not_stop_the_others(run, heard, tmp_path):
    (tmp_path / 'letters_k.txt').mkdir()
    code, _, complaints = run('--audio', TESTS / 'clips' / 'letters_k.wav', PROMPT, '--output_dir', tmp_path)
    assert code == 1 and f'{tmp_path / "letters_k.txt"}: cannot be written' in complaints
    assert (tmp_path / 'number-not-answering.txt').read_text(encoding='utf-8').strip() == heard
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize('arguments', [['--beam_width', 99999999999], ['--scorer', SCORER, '--lm_alpha', '1e9'],
                                       ['--scorer', SCORER, '--hot_words', 'a:1e9']])
def test_numbers_out_of_range_are_wrong_usage(run, arguments):
    code, output, complaints = run('--audio', PROMPT, *arguments)
    assert (code, output) == (2, '') and complaints.splitlines()[-1].startswith('E ')


def test_one_weight_leaves_the_other_as_it_is(transcribe):
    def confidence(*arguments):
        output = transcribe('--scorer', SCORER, '--audio', PROMPT, '--json', *arguments)
        return [transcript['confidence'] for transcript in json.loads(output)['transcripts']]
    # The package was made with these weights.
    alpha, beta = 0.93, 1.18
    assert confidence() == confidence('--lm_alpha', alpha, '--lm_beta', beta)
    assert confidence('--lm_alpha', 0) == confidence('--lm_alpha', 0, '--lm_beta', beta) != confidence()
    assert confidence('--lm_beta', 5) == confidence('--lm_alpha', alpha, '--lm_beta', 5) != confidence()


def test_hot_words_are_heard_more_readily(transcribe):
    plain = transcribe('--scorer', SCORER, '--audio', PROMPT)
    boosted = transcribe('--scorer', SCORER, '--audio', PROMPT, '--hot_words', 'to:50,not:-3.5')
    assert 'to' in boosted.split() and 'to' not in plain.split()


@pytest.mark.parametrize('arguments, message', [
    ('', 'no model is given; name one with --model MODEL.'),
    ('--model m', 'no audio is given; name files with --audio AUDIO, or use --microphone.'),
    ('--model m --audio', 'expected at least one argument'),
    ('--model m --audio a --unknown', 'unrecognized arguments: --unknown'),
    ('--model m --audio a --beam_width -1', "'-1' is not a whole number of at least 0|expected one argument"),
    ('--model m --audio a --beam_width x', "'x' is not a whole number of at least 0"),
    ('--model m --audio a --candidate_transcripts 0', "'0' is not a whole number of at least 1"),
    ('--model m --audio a --candidate_transcripts 1e20', "'1e20' is not a whole number of at least 1"),
    ('--model m --audio a --candidate_transcripts 1000000000000', '1000000000000 is too large, at most 16777216 is taken'),
    ('--model m --audio a --beam_width 16777217', '16777217 is too large, at most 16777216 is taken'),
    ('--model m --audio a --n_threads 2147483647', '2147483647 is too large, at most 4096 is taken'),
    ('--model m --audio a --stream 2147483648', '2147483648 is too large'),
    (f'--model m --audio a --beam_width {"9" * 5000}', "9 ...' is not a whole number"),
    ('--model m --audio a --lm_alpha 1e7', '1e7 is not a number between -1e6 and 1e6'),
    ('--model m --audio a --scorer s --hot_words a:1e7', "'a:1e7' is not WORD:BOOST"),
    ('--model m --audio a --lm_alpha x', "--lm_alpha/-c: 'x' is not a number"),
    ('--model m --audio a --lm_beta nan', "'nan' is not a number"),
    ('--model m --audio a --hot_words light:7', '--hot_words needs a scorer; name one with --scorer.'),
    ('--model m --audio a --scorer s --hot_words light', "'light' is not WORD:BOOST"),
    ('--model m --audio a --scorer s --hot_words light:7,:3', "':3' is not WORD:BOOST"),
    ('--model m --audio a --scorer s --hot_words light:x', "'light:x' is not WORD:BOOST"),
    ('--model m --audio a --output_format xml', 'invalid choice'),
    ('--model m --audio a b --srt', 'subtitles of 2 files cannot be printed together; add --output_dir DIR.'),
    ('--model m --audio a.wav d/a.mp3 --output_dir .', 'a.wav and d/a.mp3 would both be written to ./a.txt'),
    ('--model m --audio a --output_dir /gone', '/gone: no such directory'),
    ('--model m --audio a --microphone', 'cannot be used together'),
    ('--model m --audio a --trie t', '--trie needs the language model'),
    ('--model m --audio a --lm l --scorer s', '--lm and --scorer cannot be used together'),
    ('model.pb audio.wav', '2 files without options'),
    ('model.pb gone.txt audio.wav', 'neither gone.txt nor audio.wav'),
    ('stray --model m', 'stray belongs to no option')])
def test_wrong_usage_is_one_sentence_and_status_2(arguments, message, capsys):
    assert main(arguments.split()) == 2
    output, complaint = capsys.readouterr()
    assert output == '' and complaint.startswith('E ') and complaint.endswith('.\n') and complaint.count('\n') == 1
    assert any(part in complaint for part in message.split('|'))


@pytest.mark.parametrize('arguments, message', [
    (['--model', 'gone.pb', '--audio', PROMPT], "E CreateModel failed with"),
    (['--model', PROMPT, '--audio', PROMPT], '(0x3005)'),
    (['--model', MODEL, '--scorer', 'gone', '--audio', PROMPT], '(0x2005)'),
    (['--model', MODEL, '--scorer', PROMPT, '--audio', PROMPT], '(0x2006)'),
    (['--model', MODEL, '--scorer', SCORER, '--hot_words', 'a:1,a:2', '--audio', PROMPT], '(0x3008)')])
def test_what_cannot_be_loaded_is_one_sentence_and_status_1(arguments, message, capsys):
    assert main(arguments) == 1
    output, complaint = capsys.readouterr()
    assert output == '' and message in complaint
    assert complaint.split('\n')[-2].startswith('E ')


def test_version_and_help_end_well(capsys):
    assert main(['--version']) == 0
    assert capsys.readouterr().out.startswith('DeepSpeech  ')
    assert main(['--help']) == 0
    assert '--candidate_transcripts' in capsys.readouterr().out


@pytest.mark.parametrize('name', ['auto', 'float32', 'bf16', 'int8'])
def test_number_formats_of_weights(transcribe, heard, name):
    assert transcribe('--audio', PROMPT, '--weights', name) == f'{heard}\n'


def test_an_empty_scorer_is_none_and_is_said(run, heard):
    code, output, warnings = run('-m', MODEL, '-l', '', '--audio', PROMPT)
    assert (code, output) == (0, heard + '\n')
    assert 'W --scorer is empty, so no language model is used; leave it out if that is meant.\n' in warnings


def test_weights_without_scorer_get_a_warning(run, heard):
    code, output, warnings = run('--audio', PROMPT, '--lm_alpha', 0.5)
    assert (code, output) == (0, heard + '\n')
    assert 'W --lm_alpha and --lm_beta do nothing without a scorer.\n' in warnings


@pytest.mark.parametrize('language', [[], ['lm.binary'], ['lm.binary', 'trie']])
def test_calls_of_release_01_are_told_apart_by_their_alphabet(language):
    for files in ([MODEL, ALPHABET, *language, PROMPT], [MODEL, PROMPT, ALPHABET, *language]):
        for words in ([*files, '-t'], ['-t', *files], files):
            arguments = parse_arguments(words)
            assert (arguments.model, arguments.alphabet, arguments.audio) == (MODEL, ALPHABET, [PROMPT])
            assert [arguments.lm, arguments.trie] == (language + [None, None])[:2]
            assert arguments.cpu_time == ('-t' in words)


def test_names_of_release_02_are_known():
    arguments = parse_arguments(['--model', 'm', '--alphabet', 'a', '--lm', 'l', '--trie', 't', '--audio', 'w', '-t'])
    assert (arguments.alphabet, arguments.lm, arguments.trie, arguments.audio) == ('a', 'l', 't', ['w'])


def test_missing_microphone_package_is_named():
    code = f'import sys; sys.modules["sounddevice"] = None; from deepspeech.client import main; ' \
           f'sys.exit(main(["--model", {MODEL!r}, "--microphone"]))'
    result = subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (result.returncode, result.stdout) == (1, b'')
    assert result.stderr.endswith(b'needs the package sounddevice; install it with pip install sounddevice.\n')


# There is no sound card where tests run, so this stands in for the package: a device that hears a file, then silence.
DEVICE = '''
import os, threading, time
import numpy as np

class PortAudioError(Exception):
    pass

class InputStream:
    def __init__(self, samplerate, blocksize, channels, dtype, device, callback):
        assert (samplerate, channels, dtype, device) == (16000, 1, 'int16', 3)
        self.blocksize, self.callback = blocksize, callback

    def start(self):
        threading.Thread(target=self.record, daemon=True).start()

    def close(self):
        pass

    def record(self):
        sound = np.fromfile(os.environ['HEARD'], np.int16)
        buffer = np.zeros((self.blocksize, 1), np.int16)  # used again and again, as devices do
        for start in range(0, len(sound), self.blocksize):
            buffer[:] = 0
            piece = sound[start:start + self.blocksize]
            buffer[:len(piece), 0] = piece
            self.callback(buffer, len(buffer), None, None)
'''


def test_microphone_prints_what_is_said_until_ctrl_c(model, samples, tmp_path):
    (tmp_path / 'sounddevice.py').write_text(DEVICE)
    expected = changes(model, samples, 4000)
    whole = samples[:expected[-1][0]]
    (tmp_path / 'sound').write_bytes(whole)
    environment = dict(os.environ, HEARD=str(tmp_path / 'sound'),
                       PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')]))
    with started('--microphone', 3, env=environment) as process:
        for _, text in expected:
            assert process.stdout.readline().decode() == text + '\n'
        process.send_signal(signal.SIGINT)
        output, complaints = process.communicate(timeout=30)
    assert b'Traceback' not in complaints
    assert (process.returncode, output.decode()) == (0, model.stt(np.frombuffer(whole, np.int16)) + '\n')


@pytest.mark.parametrize('kilobytes', range(40000, 300000, 20000))
def test_too_little_address_space_is_said(kilobytes):
    """However little there is, NumPy's own library is not asked, which would send a Ctrl-C or end the program."""
    run = subprocess.run(['bash', '-c', f'ulimit -v {kilobytes}; exec "$0" -m deepspeech --help', sys.executable],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert (run.returncode, run.stderr) in ((0, ''), (1, NO_MEMORY + '\n'))


def test_enough_address_space_is_enough():
    run = subprocess.run(['bash', '-c', 'ulimit -v 400000; exec "$0" -m deepspeech --help', sys.executable],
                         env=dict(os.environ, OPENBLAS_NUM_THREADS='1'), stdout=subprocess.PIPE)
    assert run.returncode == 0
