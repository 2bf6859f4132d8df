"""Shards of WebDataset are imported: text in .txt or .json beside each recording, one key for both."""

import json

from corpora import import_twice, make_tar, read_csv, run_importer, speech, transcripts


def test_shards_are_imported_into_the_sets_that_their_names_say(tmp_path):
    make_tar(tmp_path / 's' / 'train-000000.tar', {'000.flac': speech(0, 'flac'), '000.txt': 'Go on.\n', '001.wav': speech(1),
                                                   '001.json': json.dumps({'text': 'Stop', 'speaker': 7})}, '')
    make_tar(tmp_path / 's' / 'train-000001.tar', {'000.wav': speech(2), '000.json': json.dumps({'sentence': 'Yes'})}, '')
    make_tar(tmp_path / 's' / 'val' / 'shard.tar.gz', {'a/000.wav': speech(3), 'a/000.txt': 'no', 'a/000.cls': '1'})
    make_tar(tmp_path / 's' / 'test.tar', {'x.opus': speech(4, 'opus', 48000), 'x.json': json.dumps({'line': 'hello'}),
                                           'x.txt': 'good bye'}, '')
    out = tmp_path / 'out'
    import_twice('webdataset', tmp_path / 's', out, files=[out / f'{name}.csv' for name in ('train', 'dev', 'test')])
    rows = read_csv(out / 'train.csv')
    assert [row['transcript'] for row in rows] == ['go on', 'stop', 'yes']
    assert transcripts(out / 'dev.csv') == {'000': 'no'} and transcripts(out / 'test.csv') == {'x': 'good bye'}


def test_one_shard_with_keys_that_are_not_whole(tmp_path):
    make_tar(tmp_path / 'all.tar', {'0.wav': speech(0), '0.json': '{"line": "one"}', '1.wav': speech(1), '2.txt': 'two',
                                    '3.wav': b'', '3.json': '{"line": "three"}', '4.wav': speech(2), '4.json': '{broken',
                                    '../5.wav': speech(3)}, '')
    result = run_importer('webdataset', tmp_path / 'all.tar', tmp_path / 'out', '--text_column', 'line', '--split', '100,0,0')
    assert result.returncode == 1 and '4 of 5 clips did not arrive' in result.stderr
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'0': 'one'}
    assert [(row['place'], row['problem']) for row in read_csv(tmp_path / 'out' / 'rejected.csv')] == [
        ('all.tar, 1', 'malformed'), ('all.tar, 2', 'failed'), ('all.tar, 3', 'failed'), ('all.tar, 4', 'malformed')]
    assert not (tmp_path / 'out' / 'unpacked' / '5.wav').exists()
    cut = (tmp_path / 'all.tar').read_bytes()[:40000]
    (tmp_path / 'cut.tar').write_bytes(cut)
    damaged = run_importer('webdataset', tmp_path / 'cut.tar', tmp_path / 'other')
    assert damaged.returncode == 1 and damaged.stderr.count('\n') == 1 and 'cut.tar' in damaged.stderr
