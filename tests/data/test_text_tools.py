"""bin/check_characters.py, bin/make_alphabet.py and bin/stats.py, run as programs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from wav_files import pcm16, tone, wav_bytes

from deepspeech_training.data.set_statistics import SoundFormat, frames_needed, overlaps, statistics_of
from deepspeech_training.text.alphabet import Alphabet

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / 'tests' / 'clips'
HEADER = 'wav_filename,wav_filesize,transcript\n'


def run(program, *arguments, **environment):
    result = subprocess.run([sys.executable, str(ROOT / 'bin' / program), *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment or None)
    return result.returncode, result.stdout.decode('utf-8'), result.stderr.decode('utf-8')


def alphabet_of(text, tmp_path):
    path = tmp_path / 'read-back.txt'
    path.write_text(text, encoding='utf-8')
    return Alphabet.from_file(str(path)).labels


def test_characters_are_listed_with_counts_and_rows(make_csv):
    path = make_csv(f"{HEADER}a.wav,1,b é\nb.wav,1,it's é\n")
    code, out, err = run('check_characters.py', '-csv', path)
    assert (code, err) == (0, '')
    rows = [line for line in out.split('\n') if line and not line.startswith('###')]
    assert [row.split('U+')[1].split()[0] for row in rows] == ['0020', '0027', '0062', '0069', '0073', '0074', '00E9']
    assert rows[-1].split() == f"'é' U+00E9 2 LATIN SMALL LETTER E WITH ACUTE ({path}, line 2)".split()


@pytest.mark.parametrize('columns, rows', [
    ('wav_filename,wav_filesize,transcript,accent', 'a.wav,1,zyx,deep\n'),
    ('client_id,accent,wav_filename,transcript', '7,deep,a.wav,zyx\n'), ('Transcript;WAV_FILENAME', 'zyx;a.wav\n'),
    ('file,seconds,text', 'a.wav,1,zyx\n')])
def test_transcripts_are_found_by_name_and_else_in_the_third_column(columns, rows, make_csv, tmp_path):
    path = make_csv(f'{columns}\n{rows}')
    for options in (['-csv', path], ['--csv-files', f'{path},{path}']):
        code, out, err = run('check_characters.py', *options, '-alpha')
        assert code == 0 and alphabet_of(out, tmp_path) == ('x', 'y', 'z')
        assert ('third one is taken' in err) == ('transcript' not in columns.lower())


def test_a_file_with_fewer_columns_is_refused_by_name(make_csv):
    path = make_csv('file,text\na.wav,b\n')
    code, _, err = run('check_characters.py', '-csv', path)
    assert code == 1 and path in err and 'no column transcript' in err and 'Traceback' not in err


def test_transcripts_in_several_normal_forms_fail_unless_asked_not_to(make_csv, tmp_path):
    path = make_csv(f'{HEADER}a.wav,1,caf\u00e9\nb.wav,1,cafe\u0301\n')
    code, out, err = run('check_characters.py', '-csv', path, '--alphabet-format')
    assert code == 1 and f'{path}, line 3: ' in err and 'U+0065 U+0301' in err
    for option in ('-unicode', '--disable-unicode-variants'):
        assert run('check_characters.py', '-csv', path, '-alpha', option) == (0, out, '')
    assert alphabet_of(out, tmp_path) == ('a', 'c', 'e', 'f', '\u00e9', '\u0301')


@pytest.mark.parametrize('encoding', ['latin-1', 'ascii', 'utf-8'])
def test_an_alphabet_is_printed_as_a_file_whatever_the_terminal_takes(encoding, make_csv, home, tmp_path):
    path = make_csv(HEADER + 'a.wav,1,"# \\ и ё ﬁ"\n')
    code, out, _ = run('check_characters.py', '-csv', path, '-alpha', **dict(home, PYTHONIOENCODING=encoding))
    assert code == 0 and alphabet_of(out, tmp_path) == (' ', '#', '\\', 'и', 'ё', 'ﬁ')
    target = tmp_path / 'alphabet.txt'
    code, _, _ = run('make_alphabet.py', path, '-o', target, **dict(home, PYTHONIOENCODING=encoding))
    assert code == 0 and Alphabet.from_file(str(target)).labels == (' ', '#', '\\', 'и', 'ё', 'ﬁ')


def test_line_ends_in_transcripts_are_no_labels_and_are_said(make_csv, tmp_path):
    path = make_csv(HEADER + 'a.wav,1,"one\ntwo"\n')
    code, out, err = run('check_characters.py', '-csv', path, '-alpha')
    assert code == 1 and 'line ends' in err and alphabet_of(out, tmp_path) == tuple('enotw')
    code, _, err = run('make_alphabet.py', path, '-o', tmp_path / 'alphabet.txt')
    assert code == 1 and f'{path}, line 2' in err and not (tmp_path / 'alphabet.txt').exists()


def test_an_alphabet_is_in_nfc_and_the_same_whatever_the_order_of_files(make_csv, tmp_path):
    one = make_csv(f'{HEADER}a.wav,1,zebra\u200b\n', 'one.csv')
    other = make_csv(f'{HEADER}a.wav,1,cafe\u0301 #\n', 'other.csv')
    results = [run('make_alphabet.py', *paths, '-o', tmp_path / f'{paths[0][-5]}.txt')
               for paths in ((one, other), (other, one))]
    assert [code for code, _, _ in results] == [0, 0]
    assert all('ZERO WIDTH SPACE' in err and f'{other}, line 2: ' in err for _, _, err in results)
    texts = [path.read_text(encoding='utf-8') for path in (tmp_path / 'e.txt', tmp_path / 'r.txt')]
    assert texts[0] == texts[1] and alphabet_of(texts[0], tmp_path) == (*' #abcefrz', 'é', '\u200b')


def test_a_set_is_not_written_over_by_its_alphabet(make_csv):
    path = make_csv(f'{HEADER}a.wav,1,b\n')
    before = Path(path).read_bytes()
    code, _, err = run('make_alphabet.py', path, '-o', path)
    assert code == 1 and 'name another target' in err and Path(path).read_bytes() == before


def test_sets_without_any_text_make_no_alphabet(make_csv, tmp_path):
    path = make_csv(HEADER + 'a.wav,1,\n')
    code, _, err = run('make_alphabet.py', path, '-o', tmp_path / 'alphabet.txt')
    assert code == 1 and 'no character' in err and not (tmp_path / 'alphabet.txt').exists()


@pytest.fixture
def sets(make_csv, tmp_path):
    """Paths of train.csv and dev.csv, which share a speaker, a transcript and a clip; some of their rows are bad."""
    clips = {'a.wav': 16000, 'b.wav': 32000, 'c.wav': 8000, 'd.wav': 16000}
    for name, n_samples in clips.items():
        (tmp_path / name).write_bytes(wav_bytes(pcm16(tone(n_samples))))
    columns = 'wav_filename,wav_filesize,transcript,client_id\n'
    train = (f'{columns}a.wav,32044,turn on,s1\nb.wav,64044,turn on,s2\nc.wav,16044,{"ha" * 13},s1\nb.wav,64044, ,s2\n'
             f'gone.wav,32044,light,s3\n')
    dev = f'{columns}d.wav,32044,turn on,s2\na.wav,32044,sun,s4\n'
    return make_csv(train, 'train.csv'), make_csv(dev, 'dev.csv')


def test_the_first_three_lines_are_those_published(sets):
    code, out, err = run('stats.py', '-csv', ','.join(sets))
    assert (code, err) == (0, '')
    assert out.split('\n')[:3] == ['Total bytes: 272308', 'Total files: 7', 'Total time: 0:00:08']
    _, out, _ = run('stats.py', '--csv-files', sets[0], '--sample-rate', 8000, '--channels', 2, '--bits-per-sample', 8)
    assert out.split('\n')[2] == 'Total time: 0:00:13'
    assert run('stats.py', '-csv', sets[0], '--channels', 0)[0] == 2


def test_what_a_training_stumbles_over_is_counted_and_named(sets):
    train, dev = (statistics_of(path, SoundFormat(), probes=False, notice=print) for path in sets)
    assert train.too_short == [f'{sets[0]}, line 4'] and train.empty == [f'{sets[0]}, line 5']
    assert [place.split(':')[0] for place in train.missing] == [f'{sets[0]}, line 6'] and dev.missing == []
    assert [place.split(':')[0] for place in train.repeated_audio] == [f'{sets[0]}, line 5']
    assert train.repeated_transcripts == 1 and train.alphabet['h'] == 14 and list(train.alphabet) == sorted(train.alphabet)
    assert (train.durations_s['0'], train.durations_s['50'], train.durations_s['100']) == (.5, 1, 2)
    assert train.characters_per_s['100'] == 52 and train.characters_per_s['0'] == .5
    assert overlaps([train, dev]) == [(sets[0], sets[1], 1, 1, 1)]
    out = run('stats.py', '-csv', ','.join(sets))[1]
    assert f'{sets[0]} and {sets[1]} share 1 transcript, 1 audio file, 1 speaker' in out and '3 speakers' in out


def test_ctc_needs_a_step_for_each_letter_and_one_between_equal_ones():
    assert [frames_needed(text) for text in ('', 'a', 'ab', 'aa', 'aaa', 'abba')] == [0, 1, 2, 3, 5, 5]


def test_with_probe_the_audio_says_how_long_it_is(make_csv, tmp_path):
    shutil.copy(str(CLIPS / 'letters_k.wav'), str(tmp_path / 'k.wav'))
    (tmp_path / 'page.wav').write_bytes(b'<html>')
    path = make_csv(HEADER + 'k.wav,1000044,k\npage.wav,1000044,x\n')
    trusting, probing = (json.loads(run('stats.py', '-csv', path, '--json', *options)[1])['sets'][0]
                         for options in ((), ('--probe',)))
    assert trusting['seconds'] == 62.5 and trusting['unreadable'] == []
    assert probing['seconds'] == pytest.approx(((CLIPS / 'letters_k.wav').stat().st_size - 44) / 32000, abs=.01)
    assert len(probing['unreadable']) == 1 and 'a web page' in probing['unreadable'][0]


def test_sets_without_transcripts_or_speakers_have_statistics_too(make_csv, tmp_path):
    shutil.copy(str(CLIPS / 'letters_k.wav'), str(tmp_path / 'k.wav'))
    path = make_csv('wav_filename\nk.wav\n')
    code, out, _ = run('stats.py', '-csv', path, '--json')
    found = json.loads(out)['sets'][0]
    assert code == 0 and found['bytes'] == (CLIPS / 'letters_k.wav').stat().st_size
    assert (found['empty'], found['alphabet'], found['speakers']) == ([], {}, None)
