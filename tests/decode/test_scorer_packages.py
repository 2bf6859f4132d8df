"""Writing and reading scorer packages and the legacy files before them; files that are damaged or meant for something else."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, FormatError, Scorer, write_package, write_trie

# The system ends it where the file would get longer than that.
KILLED_WRITER = """
import resource, signal, sys
from ds_ctcdecoder.ctcdecode import Alphabet, write_package
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
write_package(sys.argv[1], sys.argv[2], ['one'], Alphabet([' ', 'o', 'n', 'e']), alpha=1, beta=1)
"""
TEXT = 'please enter your password\nenter the password please\none two three\nplease wait\n'
WORDS = sorted(set(TEXT.split()))


def end_of_model(path):
    """Offset of the dictionary's magic, which is the last one in the file."""
    with open(path, 'rb') as file:
        return file.read().rindex(b'EIRT')


def test_a_package_is_read_back_as_written(tmp_path, english, language_model):
    path = str(tmp_path / 'new.scorer')
    words = WORDS + ["don't", '<s>', '</s>', '<unk>', 'one']
    report = write_package(path, language_model(TEXT, 3), words, english, alpha=0.75, beta=1.85)
    assert (report.n_words, report.n_dropped, report.examples) == (len(WORDS) + 1, 0, [])
    scorer = Scorer.load(path, english)
    assert (scorer.alpha, scorer.beta) == (0.75, 1.850000023841858)
    assert (scorer.order, scorer.n_words, scorer.bytes_mode) == (3, len(WORDS) + 1, False)


def test_the_published_tool_s_package_is_read(english, golden_scorer):
    scorer = Scorer.load(golden_scorer, english)
    assert (scorer.alpha, scorer.beta) == (pytest.approx(0.93), pytest.approx(1.18))
    assert (scorer.order, scorer.n_words) == (4, 561)
    # Printed by the published package.
    assert scorer.log_probability(['please'], bos=True, eos=True) == pytest.approx(-3.002432869297351)


def test_words_that_cannot_be_written_are_counted(tmp_path, english, language_model):
    report = write_package(str(tmp_path / 'new.scorer'), language_model(TEXT, 2), ['one', 'naïve', 'café', 'two'],
                           english, alpha=1, beta=1)
    assert (report.n_words, report.n_dropped) == (2, 2)
    assert sorted(report.examples) == ['café', 'naïve']
    assert sorted(report.foreign_characters) == ['é', 'ï']


@pytest.mark.parametrize('words, message', [(['ß', 'DE'], 'None of 2 words.*DE'), ([], 'vocabulary is empty')])
def test_a_package_without_words_is_not_written(tmp_path, english, language_model, words, message):
    path = tmp_path / 'new.scorer'
    path.write_bytes(b'old')
    with pytest.raises(ValueError, match=message):
        write_package(str(path), language_model(TEXT, 2), words, english, alpha=1, beta=1)
    assert path.read_bytes() == b'old'


def test_an_alphabet_without_space_is_refused(tmp_path, language_model):
    with pytest.raises(ValueError, match='needs an alphabet with a space'):
        write_package(str(tmp_path / 'new.scorer'), language_model(TEXT, 2), ['a'], Alphabet(['a', 'b']), alpha=1,
                      beta=1)


def test_a_package_of_a_package_is_refused(tmp_path, english, golden_scorer):
    with pytest.raises(FormatError, match='a scorer package already'):
        write_package(str(tmp_path / 'new.scorer'), golden_scorer, ['one'], english, alpha=1, beta=1)
    assert not os.listdir(str(tmp_path))


def test_nothing_is_left_behind_where_writing_fails(tmp_path, english, language_model):
    binary = language_model(TEXT, 2)
    before = sorted(os.listdir(str(tmp_path)))
    with pytest.raises(FormatError, match='new.scorer'):
        write_package(str(tmp_path / 'missing' / 'new.scorer'), binary, ['one'], english, alpha=1, beta=1)
    assert sorted(os.listdir(str(tmp_path))) == before


def test_what_a_killed_writer_has_left_the_next_one_removes(tmp_path, english, language_model):
    binary, path, other = language_model(TEXT, 2), tmp_path / 'new.scorer', tmp_path / 'other.scorer'
    before = set(os.listdir(str(tmp_path)))
    for _ in range(2):
        assert subprocess.call([sys.executable, '-c', KILLED_WRITER, str(path), binary]) == -signal.SIGXFSZ
        left, = set(os.listdir(str(tmp_path))) - before
        assert (tmp_path / left).stat().st_size == 20
    write_package(str(other), binary, ['one'], english, alpha=1, beta=1)
    assert left in os.listdir(str(tmp_path))
    write_package(str(path), binary, ['one'], english, alpha=1, beta=1)
    assert set(os.listdir(str(tmp_path))) - before == {'new.scorer', 'other.scorer'}
    assert path.read_bytes() == other.read_bytes()


@pytest.mark.parametrize('version', [1, 2, 3, 5])
def test_legacy_files_decode_like_the_package(tmp_path, english, random_rows, language_model, version):
    binary, trie, package = language_model(TEXT, 3), str(tmp_path / 'trie'), str(tmp_path / 'new.scorer')
    write_trie(trie, binary, WORDS, english, version)
    write_package(package, binary, WORDS, english, alpha=0.75, beta=1.85)
    options = DecoderOptions(beam_width=64)
    legacy, packaged = (Decoder(english, scorer, options) for scorer in
                      (Scorer.load_trio(binary, trie, english), Scorer.load(package, english)))
    for seed in range(5):
        rows = random_rows(seed, 40, 29)
        assert [(result.score, result.tokens) for result in legacy.decode(rows, 5)] == \
            [(result.score, result.tokens) for result in packaged.decode(rows, 5)]


def test_a_scorer_that_ends_anywhere_is_refused(tmp_path, english, golden_scorer):
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    end = end_of_model(golden_scorer)
    lengths = set(range(0, 200)) | set(range(end - 20, end + 130)) | set(range(200, len(whole), 997)) \
        | set(range(len(whole) - 20, len(whole)))
    for length in sorted(lengths):
        path = tmp_path / f'{length}.scorer'
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match=str(path)):
            Scorer.load(str(path), english)
        path.unlink()


def test_a_damaged_scorer_never_crashes(tmp_path, english, golden_scorer):
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    end = end_of_model(golden_scorer)
    random = np.random.RandomState(0)
    rows = random.dirichlet(np.ones(29), 12)
    positions = list(range(140)) + list(range(end, end + 110)) + random.randint(0, len(whole), 400).tolist()
    n_refused = 0
    for number, position in enumerate(positions):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << random.randint(8)
        path = tmp_path / f'{number}.scorer'
        path.write_bytes(damaged)
        try:
            scorer = Scorer.load(str(path), english)
        except FormatError as error:
            assert str(path) in str(error)
            n_refused += 1
        else:
            results = Decoder(english, scorer, DecoderOptions(beam_width=20, alpha=0.5, beta=1.0)).decode(rows, 20)
            assert all(np.isfinite(result.score) for result in results)
        path.unlink()
    assert n_refused > 100


@pytest.mark.parametrize('name, make, code', [
    ('none.scorer', None, 0x2005),
    ('text.scorer', lambda whole, end: b'hello\n' * 100, 0x2006),
    ('lm.binary', lambda whole, end: whole[:end], 0x2007),
    ('magic.scorer', lambda whole, end: whole[:end] + b'TRIE' + whole[end + 4:], 0x2008),
    ('version.scorer', lambda whole, end: whole[:end + 4] + b'\5' + whole[end + 5:], 0x2009),
    ('bytes.scorer', lambda whole, end: whole[:end + 8] + b'\1' + whole[end + 9:], 0x2008),
    ('strings.scorer', lambda whole, end: whole[:100] + b'\1' + whole[101:], 0x2008)])
def test_what_is_not_a_scorer_is_named_with_its_published_code(tmp_path, english, golden_scorer, name, make, code):
    path = tmp_path / name
    if make:
        with open(golden_scorer, 'rb') as file:
            path.write_bytes(make(file.read(), end_of_model(golden_scorer)))
    with pytest.raises(FormatError, match=name) as caught:
        Scorer.load(str(path), english)
    assert caught.value.code == code


def test_a_folder_is_not_a_scorer(tmp_path, english):
    with pytest.raises(FormatError, match='not a regular file'):
        Scorer.load(str(tmp_path), english)


def test_a_scorer_for_another_alphabet_is_refused(golden_scorer):
    with pytest.raises(FormatError, match='labels 0 to 3'):
        Scorer.load(golden_scorer, Alphabet(list(' abc')))
    with pytest.raises(FormatError, match='space'):
        Scorer.load(golden_scorer, Alphabet([chr(code) for code in range(200, 300)]))


@pytest.mark.parametrize('content, cause', [
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'this is a pointer of Git LFS; fetch the file'),
    (b'<!DOCTYPE html>\n<html>', 'this is a web page; the download failed'), (b'\x1f\x8b\x08' + bytes(50), 'a gzip archive'),
    (b'PK\x03\x04' + bytes(50), 'a zip archive'), (b'RIFF\x24\0\0\0WAVEfmt ', 'WAV audio'), (b'\x1c\0\0\0TFL3' + bytes(50),
                                                                                            'a TensorFlow Lite model')])
def test_a_file_that_is_something_else_is_called_that(tmp_path, english, content, cause):
    path = str(tmp_path / 'file')
    with open(path, 'wb') as file:
        file.write(content)
    for load in (lambda: Scorer.load(path, english), lambda: Scorer.load_trio(path, path, english),
                 lambda: Alphabet.from_file(path)):
        with pytest.raises(FormatError, match=f'{path}: .*{cause}'):
            load()


def test_a_label_that_begins_like_another_file_is_a_label(tmp_path):
    for labels in (['BZh', 'ID3'], ['<html', 'a'], ['PK\x03\x04', 'x']):
        path = tmp_path / 'alphabet.txt'
        path.write_text('\n'.join(labels) + '\n')
        assert Alphabet.from_file(str(path)).size == 2


def test_what_is_no_file_is_called_what_it_is_and_not_waited_for(tmp_path, english):
    os.mkfifo(str(tmp_path / 'pipe'))
    for path, kind in ((tmp_path / 'pipe', 'a named pipe'), (tmp_path, 'a directory'), ('/dev/zero', 'a device')):
        with pytest.raises(FormatError, match=f'{path}: this is {kind}, not a regular file'):
            Scorer.load(str(path), english)
