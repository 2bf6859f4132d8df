import csv
import os
import random

import pytest

from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.errors import DataError

HEADER = 'wav_filename,wav_filesize,transcript\n'


def transcripts(path, **options):
    return [row.transcript for row in read_csv(path, **options)]


def test_row_says_where_it_comes_from(make_csv, tmp_path):
    path = make_csv(HEADER + 'clips/a.wav,10,hello world\n/abs/b.wav,20,"yes, indeed"\n')
    first, second = read_csv(path)
    assert first.recording.describe() == first.id == str(tmp_path / 'clips' / 'a.wav')
    assert (first.transcript, first.size_bytes, first.source, first.line) == ('hello world', 10, path, 2)
    assert (second.recording.describe(), second.transcript, second.line) == ('/abs/b.wav', 'yes, indeed', 3)


def test_paths_are_relative_to_the_csv_whatever_the_working_directory(make_csv, tmp_path, monkeypatch):
    make_csv(HEADER + 'a.wav,1,x\n')
    monkeypatch.chdir(tmp_path.parent)
    (row,) = read_csv(os.path.join(tmp_path.name, 'set.csv'))
    assert row.id == str(tmp_path / 'a.wav')


def test_remote_path_is_kept(make_csv):
    (row,) = read_csv(make_csv(HEADER + 'gs://bucket/a.wav,1,x\n'))
    assert row.id == 'gs://bucket/a.wav'


def test_bom_is_not_part_of_the_first_column(make_csv):
    assert transcripts(make_csv(b'\xef\xbb\xbf' + (HEADER + 'a.wav,1,x\n').encode())) == ['x']


@pytest.mark.parametrize('line_end', ['\n', '\r\n', '\r'])
@pytest.mark.parametrize('last', [True, False])
def test_any_line_end_is_fine(make_csv, line_end, last):
    text = line_end.join(['wav_filename,wav_filesize,transcript', 'a.wav,1,one', 'b.wav,2,two']) + line_end * last
    assert transcripts(make_csv(text)) == ['one', 'two']


@pytest.mark.parametrize('word', ['NA', 'null', 'nan', 'NaN', 'None', '1', '1.50', 'true', ' spaced  out ', '#',
                                  '\u2028'])
def test_transcript_is_verbatim(make_csv, word):
    assert transcripts(make_csv(HEADER + f'a.wav,1,{word}\n')) == [word]


def test_columns_are_found_by_name(make_csv):
    path = make_csv('speaker,transcript,wav_filesize,wav_filename\nme,hello,3,a.wav\n')
    (row,) = read_csv(path)
    assert (os.path.basename(row.id), row.transcript, row.size_bytes) == ('a.wav', 'hello', 3)


def test_rows_are_lines_of_the_file(make_csv):
    path = make_csv(HEADER + '\na.wav,1,"two\nlines"\n\n\nb.wav,2,"and\r\nthree\rof them"\nc.wav,3,x\n')
    assert [row.line for row in read_csv(path)] == [3, 7, 10]


def test_without_sizes_the_files_are_measured(make_csv, make_wav):
    make_wav('long.wav', 2000)
    make_wav('short.wav', 1000)
    path = make_csv('wav_filename,transcript\nlong.wav,l\nshort.wav,s\ngone.wav,g\n')
    assert [(row.transcript, row.size_bytes) for row in read_csv(path)] == [('l', 4044), ('s', 2044), ('g', 0)]


def test_unlabelled_reading_needs_no_transcripts(make_csv):
    assert transcripts(make_csv('wav_filename,wav_filesize\na.wav,1\n'), labelled=False) == [None]
    assert transcripts(make_csv(HEADER + 'a.wav,1,x\n'), labelled=False) == [None]


def test_short_row_has_an_empty_transcript(make_csv):
    assert transcripts(make_csv(HEADER + 'a.wav,1\n')) == ['']


def test_whatever_the_csv_module_writes_is_read_back(tmp_path):
    rng = random.Random(7)
    for round_ in range(20):
        cells = [''.join(rng.choice('ab ,"\n\'\u00e9;\t') for _ in range(rng.randrange(1, 9))) for _ in range(30)]
        path = tmp_path / f'{round_}.csv'
        with open(str(path), 'w', encoding='utf-8', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
            writer.writerows([f'{index}.wav', index, cell] for index, cell in enumerate(cells))
        assert transcripts(str(path)) == cells


@pytest.mark.parametrize('text, message', [
    ('wav_filename,wav_filesize\na.wav,1\n', r"set\.csv: column transcript is missing.*'wav_filename', 'wav_filesize'"),
    ('file;transcript\na.wav;x\n', r"column wav_filename is missing; the first line names 'file;transcript'"),
    ('wav_filename,transcript,transcript\na.wav,x,y\n', r'transcript stands 2 times'),
    (HEADER + 'a.wav,1,x\nb.wav,big,y\n', r"set\.csv, line 3: wav_filesize 'big' is not a whole number"),
    (HEADER + 'a.wav,1.5,x\n', r"line 2: wav_filesize '1\.5'"),
    (HEADER + 'a.wav,-1,x\n', r"line 2: wav_filesize '-1'"), (HEADER + 'a.wav,1_0,x\n', "wav_filesize '1_0'"),
    (HEADER + 'a.wav,1e400,x\n', "wav_filesize '1e400'"), (HEADER + 'a.wav,nan,x\n', "wav_filesize 'nan'"),
    (HEADER + f'a.wav,{10 ** 30},x\n', 'is not a whole number'), (HEADER + f'a.wav,{"9" * 5000},x\n', 'is not a whole'),
    (HEADER + 'a.wav,1,x\n,2,y\n', r'line 3: wav_filename is empty'),
    (HEADER + 'a.wav,1,yes, indeed\n', r'set\.csv, line 2: 4 cells, 3 columns are named'),
    (HEADER + 'a.wav,1,"open\n', r'line 2: a double quote opens a cell and is never closed'),
    (HEADER, r'no rows'),
    (HEADER + '\n\n', r'no rows'),
    ('', r'no column names'),
    (HEADER.encode() + b'a.wav,1,x\nb.wav,1,caf\xe9\n', r'line 3: not UTF-8 \(byte 0xE9, .\u00e9. in Windows-1252\)'),
])
def test_unusable_csv_is_explained(make_csv, text, message):
    with pytest.raises(DataError, match=message):
        read_csv(make_csv(text))


def test_missing_csv_is_named(tmp_path):
    with pytest.raises(DataError, match=r'nowhere\.csv: cannot be read as a CSV file \(No such file'):
        read_csv(str(tmp_path / 'nowhere.csv'))
    with pytest.raises(DataError, match='it is a directory, not a file'):
        read_csv(str(tmp_path))


def test_rows_that_cannot_be_read_are_handed_over_where_somebody_takes_them(make_csv, make_wav):
    good = make_wav('good.wav')
    path = make_csv('wav_filename,wav_filesize,transcript\n'
                    f'{good},1,fine\n,1,no name\nbig.wav,big,a size\ncomma.wav,1,one, two\n{good},2,fine too\n')
    with pytest.raises(DataError, match='line 5: 4 cells'):
        read_csv(path)
    refused = []
    assert [row.line for row in read_csv(path, refuse=refused.append)] == [2, 6]
    assert [(each.row.line, os.path.basename(each.row.id), each.row.transcript, each.kind) for each in refused] == [
        (3, '', 'no name', 'malformed'), (4, 'big.wav', 'a size', 'malformed'), (5, 'comma.wav', 'one', 'malformed')]
    assert [each.reason.split(';')[0] for each in refused] == [
        'wav_filename is empty', "wav_filesize 'big' is not a whole number", '4 cells, 3 columns are named in the first line']


def test_without_one_row_that_can_be_read_a_file_is_refused(make_csv):
    path = make_csv('wav_filename,wav_filesize,transcript\n,1,a\n,1,b\n')
    with pytest.raises(DataError, match='no row of it can be used'):
        read_csv(path, refuse=lambda rejection: None)
