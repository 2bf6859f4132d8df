"""Data sets of Hugging Face are imported: AudioFolder with each kind of metadata, and Parquet with recordings in it."""

import json
import os

import pyarrow
import pyarrow.parquet
import pytest
from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts


def write_parquet(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({name: pyarrow.array(cells) for name, cells in columns.items()}), str(path))


def recording(index, path='clip.flac'):
    return {'bytes': speech(index, 'flac'), 'path': path}


@pytest.mark.parametrize('kind', ['csv', 'jsonl', 'parquet'])
def test_metadata_of_each_kind_gives_the_same_data_set(kind, tmp_path):
    rows = [('train/one.flac', 'Go on, "Ben"'), ('validation/two.flac', 'Stop'), ('test/sub/three.flac', 'Yes')]
    make_tree(tmp_path / 'set', {name: speech(index, 'flac') for index, (name, _) in enumerate(rows)})
    names, texts = zip(*rows)
    quoted = [text.replace('"', '""') for text in texts]
    content = {'csv': 'file_name,transcription\n' + ''.join(f'{name},"{text}"\n' for name, text in zip(names, quoted)),
               'jsonl': ''.join(json.dumps({'file_name': name, 'text': text}) + '\n' for name, text in rows)}
    if kind == 'parquet':
        write_parquet(tmp_path / 'set' / 'metadata.parquet', file_name=names, sentence=texts)
    else:
        make_tree(tmp_path / 'set', {f'metadata.{kind}': content[kind]})
    assert run_importer('audiofolder', tmp_path / 'set', tmp_path / 'out').returncode == 0
    assert [transcripts(tmp_path / 'out' / f'{name}.csv') for name in ('train', 'dev', 'test')] == [
        {'one': 'go on ben'}, {'two': 'stop'}, {'three': 'yes'}]


def test_recordings_in_parquet_are_written_once_and_bad_rows_listed(tmp_path):
    bad = [{'bytes': b'none', 'path': '../../x/bad.flac'}, {'bytes': None, 'path': None}, {'bytes': None, 'path': 'gone.wav'}]
    write_parquet(tmp_path / 'set' / 'data' / 'train-00000-of-00001.parquet', text=['go on', 'stop', 'yes', 'a', 'b', 'c'],
                  audio=[recording(0), recording(1), recording(2, '/a/clip~2.flac'), *bad], id=range(6))
    for name in ('validation', 'test'):
        write_parquet(tmp_path / 'set' / 'data' / f'{name}-00000-of-00001.parquet', text=['no'], audio=[recording(3)])
    out = tmp_path / 'out'
    first = run_importer('audiofolder', tmp_path / 'set', out)
    assert first.returncode == 1 and '3 of 8 clips did not arrive' in first.stderr
    assert [(row['problem'], row['place'].rpartition(', ')[2]) for row in read_csv(out / 'rejected.csv')] == [
        ('failed', 'row 4'), ('failed', 'row 6'), ('malformed', 'row 5')]
    import_twice('audiofolder', tmp_path / 'set', out, '--accept_failed', '50', files=[out / 'train.csv'])
    assert transcripts(out / 'train.csv') == {'clip': 'go on', 'clip~2': 'stop', 'clip~2~2': 'yes'}
    assert transcripts(out / 'dev.csv') == transcripts(out / 'test.csv') == {'clip': 'no'}
    assert len(list((out / 'parquet').glob('*/data/*/*'))) == 6 and not list((tmp_path / 'set').rglob('*.flac'))


def test_damaged_parquet_and_a_missing_pyarrow_are_one_sentence(tmp_path):
    make_tree(tmp_path, {'set/train.parquet': b'PAR1' + bytes(100), 'without/pyarrow.py': 'raise ImportError("not here")'})
    damaged = run_importer('audiofolder', tmp_path / 'set', tmp_path / 'out')
    assert damaged.returncode == 1 and damaged.stderr.count('\n') == 1 and 'get it again' in damaged.stderr
    path = os.pathsep.join([str(tmp_path / 'without'), os.environ.get('PYTHONPATH', '')])
    missing = run_importer('audiofolder', tmp_path / 'set', tmp_path / 'out', PYTHONPATH=path)
    assert missing.returncode == 1 and missing.stderr.count('\n') == 1 and 'pip install pyarrow' in missing.stderr
    nothing = run_importer('audiofolder', tmp_path / 'without', tmp_path / 'out')
    assert nothing.returncode == 1 and 'metadata.csv' in nothing.stderr
