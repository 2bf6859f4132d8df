"""Tables of any form are imported: what spreadsheets, scripts and other machines write."""

import codecs
import os

import pytest
from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts

ROWS = [('clips/one.wav', 'Turn on the light', 'anna', 'train'), ('clips/two.wav', 'Stop, please', 'ben', 'validation'),
        ('clips/three.wav', 'He said "yes"', 'anna', 'TEST')]
EXPECTED = {'train': {'one': 'turn on the light'}, 'dev': {'two': 'stop please'}, 'test': {'three': 'he said yes'}}
CLIPS = {f'clips/{name}.wav': speech(index) for index, name in enumerate(['one', 'two', 'three'])}


def table(header, delimiter=',', line_end='\n', rows=ROWS):
    def cell(text):
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if delimiter in text or '"' in text else text
    lines = [delimiter.join(map(cell, row)) for row in [header, *rows]]
    return ''.join(line + line_end for line in lines)


def imported(directory):
    return {name: transcripts(directory / f'{name}.csv') for name in ('train', 'dev', 'test')}


HEADER = ('path', 'sentence', 'client_id', 'split')


@pytest.mark.parametrize('content', [
    table(('file_name', 'transcription', 'speaker_id', 'split')),
    codecs.BOM_UTF8 + table(HEADER, ';', '\r\n').encode(),
    'sep=;\r\n' + table(HEADER, ';', '\r\n'),
    codecs.BOM_UTF16_LE + table(HEADER, '\t', '\r\n').encode('utf-16-le'),
    table(HEADER, rows=[(f'C:\\data\\{row[0]}'.replace('/', '\\'), *row[1:]) for row in ROWS]),
    table(HEADER, '|', rows=[(row[0][:-4].upper(), *row[1:]) for row in ROWS]),
], ids=['hugging face', 'Excel UTF-8', 'sep line', 'Excel Unicode text', 'Windows paths', 'capitals without ending'])
def test_every_form_of_a_table_gives_the_same_data_set(content, tmp_path):
    make_tree(tmp_path / 'my', {**CLIPS, 'all.csv': content})
    out = tmp_path / 'out'
    result = run_importer('csv', tmp_path / 'my' / 'all.csv', out)
    assert result.returncode == 0, result.stderr
    assert imported(out) == EXPECTED


def test_sets_come_from_names_of_tables_and_columns_may_be_named(tmp_path):
    header = ('Nr', 'Datei', 'Gesprochen')
    files = {f'{name}.tsv': table(header, '\t', rows=[(str(index), ROWS[index][0][len('clips/'):], ROWS[index][1])])
             for index, name in enumerate(['train', 'valid', 'test'])}
    make_tree(tmp_path / 'my', {**CLIPS, **files, 'rows.csv': ''.join(f'{row[0]};{row[1]}\n' for row in ROWS)})
    words = [*(tmp_path / 'my' / name for name in files), tmp_path / 'out', '--audio_column', 'Datei', '--text_column', '3',
             '--audio_dir', tmp_path / 'my' / 'clips']
    import_twice('csv', *words, files=[tmp_path / 'out' / 'train.csv', tmp_path / 'out' / 'dev.csv'])
    assert imported(tmp_path / 'out') == EXPECTED
    lacking = run_importer('csv', tmp_path / 'my' / 'train.tsv', tmp_path / 'other')
    assert lacking.returncode == 1 and "'Datei'" in lacking.stderr and '--audio_column' in lacking.stderr
    bare = run_importer('csv', tmp_path / 'my' / 'rows.csv', tmp_path / 'bare')  # no names, two columns
    assert bare.returncode == 0, bare.stderr
    assert len(read_csv(tmp_path / 'bare' / 'train.csv')) == 1 and len(read_csv(tmp_path / 'bare' / 'rejected.csv')) == 0


def test_a_quote_that_a_later_row_closes_swallows_no_rows(tmp_path):
    lines = ['path,sentence', 'one,"go on', 'two,stop', 'three,yes"', 'four,"no,', 'no"']  # paths without endings
    make_tree(tmp_path / 'my', {f'{name}.wav': speech(index) for index, name in enumerate(['one', 'two', 'three', 'four'])})
    make_tree(tmp_path / 'my', {'all.csv': '\r\n'.join(lines)})
    words = '--split', '100,0,0', '--audio_dir', os.path.relpath(str(tmp_path / 'my'))  # which that of the table is, too
    assert run_importer('csv', tmp_path / 'my' / 'all.csv', tmp_path / 'out', *words).returncode == 0
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'one': 'go on', 'two': 'stop', 'three': 'yes', 'four': 'no no'}


def test_rows_that_cannot_be_used_are_listed_and_the_rest_is_imported(tmp_path):
    lines = ['path,sentence', 'one.wav,"a quote that is never closed', 'two.wav,"Stop,', ' please"', 'three.wav,yes, I do',
             'one.wav', 'one.wav,"open, and not closed', 'gone.wav,hello', 'one.wav,again', 'broken.wav,hello', 'two.wav,  ']
    make_tree(tmp_path / 'my', {**{name.rpartition('/')[2]: data for name, data in CLIPS.items()}, 'broken.wav': b'RIFF',
                                'all.csv': '\n'.join(lines), 'latin.csv': b'path,sentence\none.wav,na\xefve\n'})
    result = run_importer('csv', tmp_path / 'my' / 'all.csv', tmp_path / 'out')
    assert result.returncode == 1 and '4 of 9 clips did not arrive' in result.stderr
    parts = imported(tmp_path / 'out')
    assert {**parts['train'], **parts['dev'], **parts['test']} == {
        'one': 'a quote that is never closed', 'two': 'stop please', 'three': 'yes i do'}
    rejected = {(row['place'], row['problem']) for row in read_csv(tmp_path / 'out' / 'rejected.csv')}
    assert rejected == {('all.csv, line 6', 'malformed'), ('all.csv, line 7', 'malformed'), ('all.csv, line 8', 'failed'),
                        ('all.csv, line 9', 'excluded'), ('all.csv, line 10', 'failed'), ('all.csv, line 11', 'excluded')}
    latin = [tmp_path / 'my' / 'latin.csv', tmp_path / 'latin']
    assert '--encoding' in run_importer('csv', *latin).stderr
    assert 'not undefined' in run_importer('csv', *latin, '--encoding', 'undefined').stderr.partition('E ')[2]
    assert run_importer('csv', *latin, '--encoding', 'cp1252', '--split', '100,0,0').returncode == 0
    assert transcripts(tmp_path / 'latin' / 'train.csv') == {'one': 'na\u00efve'}


@pytest.mark.parametrize('header', ['path,sentence', 'wav_filename,wav_filesize,transcript'])
def test_no_table_is_written_over(header, tmp_path):
    content = f'{header}\nclips/one.wav,{"1," if "filesize" in header else ""}Turn on the light\n'
    make_tree(tmp_path, {**CLIPS, 'dev.csv': content, 'other.csv': content})
    for name in ('dev.csv', 'other.csv')[:1 if 'filesize' in header else 2]:
        refused = run_importer('csv', tmp_path / name, tmp_path)
        assert refused.returncode == 1 and f'{tmp_path}/dev.csv' in refused.stderr and 'name another' in refused.stderr
        assert (tmp_path / 'dev.csv').read_text() == content
    assert run_importer('csv', tmp_path / 'dev.csv', tmp_path / 'out').returncode == 0
