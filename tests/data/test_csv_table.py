"""CSV files as spreadsheets, pandas and hands write them: read, or refused with the true line and the cause."""

import os
import unicodedata

import pytest

from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.datasets import prepare_sets, read_set
from deepspeech_training.errors import DataError
from deepspeech_training.settings.config import CheckpointConfig, RunConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig

HEADER = 'wav_filename,wav_filesize,transcript\n'
ROW = 'clips/a.wav,52844,switch off the radio\n'


def rows_of(path):
    """Returns ([(line, size, transcript)], notices)."""
    notices = []
    return [(row.line, row.size_bytes, row.transcript) for row in read_csv(path, notice=notices.append)], notices


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'utf-32'])
@pytest.mark.parametrize('delimiter, name', [(',', ''), (';', 'semicolons'), ('\t', 'tabs'), ('|', 'vertical bars')])
def test_other_delimiters_and_encodings_are_read_with_a_notice(make_csv, encoding, delimiter, name):
    path = make_csv((HEADER + 'a.wav,1,caf\u00e9\n').replace(',', delimiter).encode(encoding))
    rows, notices = rows_of(path)
    assert rows == [(2, 1, 'caf\u00e9')]
    expected = ['read as ' + encoding.upper()] * (encoding != 'utf-8-sig') + [f'cells are parted by {name}'] * bool(name)
    assert len(notices) == len(expected)
    assert all(path in notice and part in notice for notice, part in zip(notices, expected))


@pytest.mark.parametrize('line', ['sep=;', 'SEP=;', '"sep=;"', 'sep=;;;'])
def test_the_line_with_which_excel_names_the_delimiter_is_obeyed(make_csv, line):
    text = line + '\n' + HEADER.replace(',', ';') + 'a.wav;1;two, or three\n'
    assert rows_of(make_csv(text)) == ([(3, 1, 'two, or three')], [])


def test_a_wrong_sep_line_does_not_hide_the_columns(make_csv):
    assert rows_of(make_csv('sep=;\n' + HEADER + ROW))[0] == [(3, 52844, 'switch off the radio')]


@pytest.mark.parametrize('header', [
    'WAV_FILENAME,WAV_FILESIZE,TRANSCRIPT', 'Wav_Filename,Wav_Filesize,Transcript', ' wav_filename , wav_filesize ,transcript ',
    'wav_filename\u00a0,\u2009wav_filesize,\u00a0transcript', '\ufeffwav_filename,\u200bwav_filesize,transcript\u200b',
    '"wav_filename","wav_filesize","transcript"', 'wav_filename,wav_filesize,transcript,,',
    '\n\nwav_filename,wav_filesize,transcript'])
def test_columns_are_known_in_capitals_and_among_blanks(make_csv, header):
    (row,), notices = rows_of(make_csv(header + '\n' + ROW))
    assert row[1:] == (52844, 'switch off the radio') and not notices


def test_a_column_in_capitals_does_not_hide_the_published_one(make_csv):
    (row,), _ = rows_of(make_csv('wav_filename,Transcript,transcript\na.wav,Raw!,clean\n'))
    assert row[2] == 'clean'


@pytest.mark.parametrize('cell, size', [('52844.0', 52844), ('5.2844e4', 52844), ('52844,0', 52844), (' 7 ', 7), ('0', 0)])
def test_sizes_are_whole_numbers_however_they_are_written(make_csv, cell, size):
    assert rows_of(make_csv(HEADER + f'a.wav,"{cell}",x\n'))[0] == [(2, size, 'x')]


def test_an_empty_size_beside_others_is_measured(make_csv, make_wav):
    make_wav('a.wav', 1000)
    assert rows_of(make_csv(HEADER + 'a.wav,,x\nb.wav,5.0,y\n'))[0] == [(2, 2044, 'x'), (3, 5, 'y')]


@pytest.mark.parametrize('again', [HEADER, '\ufeff' + HEADER, HEADER.upper(), 'sep=,\n' + HEADER])
def test_files_put_together_repeat_the_column_names(make_csv, again):
    rows, (notice,) = rows_of(make_csv(HEADER + ROW + again + ROW))
    assert [row[2] for row in rows] == ['switch off the radio'] * 2
    assert rows[1][0] == 3 + again.count('\n') and 'the column names stand in 2 places' in notice


def test_no_break_spaces_and_zero_width_ones_in_a_transcript_are_what_stands_there(make_csv):
    assert rows_of(make_csv(HEADER + 'a.wav,1,switch\u00a0off\u200b\n'))[0][0][2] == 'switch\u00a0off\u200b'


def test_rows_of_nothing_but_delimiters_or_blanks_are_no_rows(make_csv):
    assert [row[0] for row in rows_of(make_csv(HEADER + ',,\n' + ROW + ' , ,\n\n,,,,\n' + ROW))[0]] == [3, 7]


def test_a_cell_may_have_several_lines_and_quotes(make_csv):
    text = HEADER + 'a.wav,1,"two\nlines, and ""quotes"""\n' + ROW
    assert rows_of(make_csv(text))[0] == [(2, 1, 'two\nlines, and "quotes"'), (4, 52844, 'switch off the radio')]


FOUR_LINES = HEADER + ROW + ROW


@pytest.mark.parametrize('text, line, cause', [
    (FOUR_LINES + 'a.wav,1,"open\n' + ROW * 3, 4, 'opens a cell and is never closed'),
    (FOUR_LINES + 'a.wav,1,"open\n' + ROW + 'b.wav,2,"closed"\n' + ROW, 4, 'opens a cell that holds the rows below it'),
    (FOUR_LINES + 'a.wav,1,"open\n' + 'b.wav,2,"closed"\n', 4, 'opens a cell that holds the rows below it'),
    (FOUR_LINES + 'a.wav,1,"open\n' + ROW * 2 + 'b.wav,2,"one, two"\n', 4, 'opens a cell that holds the rows below it'),
    (FOUR_LINES + '"a.wav,1,open\n' + ROW * 3, 4, 'opens a cell and is never closed'),
    (FOUR_LINES + '"a.wav,1,open\n' + ROW + '"b.wav",2,x\n', 4, 'opens a cell that holds the rows below it'),
    (HEADER + 'a.wav,1,"two\nlines"\nb.wav,1,"open\n' + ROW * 3, 4, 'never closed'),
    (FOUR_LINES.replace('\n', '\r') + 'a.wav,1,"open\r', 4, 'never closed'),
    (FOUR_LINES + 'a.wav,1,"' + 'long ' * 30000, 4, 'a cell of more than 131072 characters'),
    (FOUR_LINES + 'a.wav,1,"ten"two\n' + ROW, 4, 'text follows the double quote that closes a cell'),
    (FOUR_LINES + 'a.wav,1,"ten\nfive" two\n' + ROW, 5, 'text follows the double quote'),
    (FOUR_LINES + 'a.wav,1,ten,two\n' + ROW, 4, '4 cells, 3 columns are named'),
    (FOUR_LINES + 'a.wav,1,ten,\n' + ROW, 4, '4 cells, 3 columns'),
    (FOUR_LINES.encode() + b'a.wav,1,caf\xe9\n', 4, "not UTF-8 (byte 0xE9, '\u00e9' in Windows-1252); save the file as UTF-8"),
    (FOUR_LINES.replace('\n', '\r\n').encode() + b'a.wav,1,caf\xe9\r\n', 4, 'byte 0xE9'),
    (FOUR_LINES.replace('\n', '\r').encode() + b'a.wav,1,caf\xe9\r', 4, 'byte 0xE9'),
    (FOUR_LINES.encode() + 'b.wav,1,\u00e9'.encode() + b'\xc3(\n', 4, 'byte 0xC3); save'),
    (FOUR_LINES + 'a.wav,1,nu\0ll\n', 4, 'a zero byte; save'),
    (FOUR_LINES + 'a\0.wav,1,x\n', 4, 'a zero byte'),
    (FOUR_LINES.encode('utf-16-le'), 1, 'a zero byte, as UTF-16 without a byte order mark has them'),
    (FOUR_LINES + 'transcript,wav_filename,wav_filesize\nx,a.wav,1\n', 4, 'column names again, but not those'),
    (FOUR_LINES + HEADER.replace(',', ';') + 'a.wav;1;x\n', 4, 'column names again'),
    (FOUR_LINES + ',1,x\n', 4, 'wav_filename is empty'), (FOUR_LINES + '" ",1,x\n', 4, 'wav_filename is empty'),
    (FOUR_LINES + 'a.wav,1.5,x\n', 4, "wav_filesize '1.5' is not a whole number")], ids=lambda value: repr(value)[:40])
def test_what_cannot_be_read_is_refused_with_its_line(make_csv, text, line, cause):
    path = make_csv(text)
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert str(caught.value).startswith(f'{path}, line {line}: ') and cause in str(caught.value), caught.value


@pytest.mark.parametrize('text, cause', [
    (ROW, 'the first line is a row already; write wav_filename,wav_filesize,transcript above it'),
    (ROW.replace(',', ';'), "the first line names 'clips/a.wav;52844;switch off the radio'"),
    ('path\tsentence\na.wav\tx\n', "column wav_filename is missing; the first line names 'path"),
    ('wav_filename,Transcript,TRANSCRIPT\na.wav,x,y\n', 'column transcript stands 2 times'),
    ('\ufeffwav_filename,wav_filename,transcript\na.wav,b.wav,y\n', 'column wav_filename stands 2 times'),
    (b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'a pointer of Git LFS, not a CSV file'),
    (b'<!DOCTYPE html>\n<html>', 'this is a web page'), (b'PK\x03\x04' + bytes(100), 'this is a zip archive'),
    (b'\x1f\x8b\x08' + bytes(100), 'this is a gzip archive'), (b'RIFF\x24\0\0\0WAVEfmt ', 'this is WAV audio'),
    (b'\xff\xfew', 'damaged text in UTF-16'), (b'\n\n', 'no column names'), (HEADER, 'no rows below'),
    (HEADER + HEADER, 'no rows below'), ('sep=;\n', 'no column names')])
def test_what_is_no_data_set_is_called_what_it_is(make_csv, text, cause):
    path = make_csv(text)
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert str(caught.value).startswith(path) and cause in str(caught.value), caught.value


def test_directories_pipes_and_devices_are_called_that(tmp_path):
    """None of them is waited for or read."""
    os.mkfifo(str(tmp_path / 'pipe.csv'))
    (tmp_path / 'directory.csv').mkdir()
    os.symlink('/dev/zero', str(tmp_path / 'zero.csv'))
    for path, kind in ((tmp_path / 'pipe.csv', 'a named pipe'), (tmp_path / 'directory.csv', 'a directory'),
                       (tmp_path / 'zero.csv', 'a device'), ('/dev/zero', 'a device'), (tmp_path, 'a directory')):
        with pytest.raises(DataError, match=f'{path}: cannot be read as a CSV file .it is {kind}, not a file'):
            read_set(SetConfig((str(path),)))


@pytest.mark.parametrize('cell, change', [
    ('sub\\a.wav', 'backslashes are read as slashes'), ('sub/a.wav ', 'blanks around the name are left out'),
    ('\u00a0sub/a.wav', 'blanks around'), ('.\\sub\\a.wav', 'backslashes')])
def test_a_file_is_found_under_a_name_that_another_system_wrote(make_csv, make_wav, tmp_path, cell, change):
    make_wav('sub/a.wav', 1000)
    notices = []
    first, second = read_csv(make_csv(HEADER + f'"{cell}",1,x\nsub/a.wav,1,y\n'), notice=notices.append)
    assert os.path.samefile(first.id, second.id)
    assert len(notices) == 1 and change in notices[0] and '1 row' in notices[0] and repr(cell) in notices[0]


@pytest.mark.parametrize('form, other', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_a_file_is_found_whose_name_another_system_has_normalised(make_csv, make_wav, form, other):
    made = make_wav(unicodedata.normalize(form, 'caf\u00e9.wav'), 1000)
    (row,) = read_csv(make_csv(HEADER + unicodedata.normalize(other, 'caf\u00e9.wav') + ',1,x\n'))
    assert row.id == made


def test_a_file_with_a_backslash_in_its_name_is_taken_as_it_is(make_csv, make_wav):
    made = make_wav('a\\b.wav', 1000)
    make_wav('a/b.wav', 1000)
    (row,) = read_csv(make_csv(HEADER + 'a\\b.wav,1,x\n'))
    assert row.id == made


def test_a_run_says_what_was_read_otherwise(make_csv, make_wav, tmp_path, alphabet, log, output):
    make_wav('a.wav', 30000)
    path = make_csv(HEADER.replace(',', ';') + 'a.wav;60044;letter\n')
    config = SetConfig((path,))
    run = RunConfig(alphabet, ModelConfig(n_labels=alphabet.size), train=config, dev=config, test=config,
                    checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path)))
    prepare_sets(run, str(tmp_path / 'converted'), log)
    assert f'W {path}: cells are parted by semicolons' in output.getvalue()
