"""Manifests of Lhotse are imported: recordings with supervisions, and cuts; commands in them are not run."""

import gzip
import json

from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts


def manifest(*items):
    return gzip.compress(''.join(json.dumps(item) + '\n' for item in items).encode())


def recording(name, source, channels=(0,), kind='file'):
    return {'id': name, 'sources': [{'type': kind, 'channels': list(channels), 'source': source}], 'sampling_rate': 16000,
            'num_samples': 32000, 'duration': 2.0}


def supervision(name, text, start=0.0, duration=1.3, **more):
    return {'id': name, 'recording_id': 'r', 'start': start, 'duration': duration, 'channel': 0, 'text': text, **more}


def test_recordings_with_supervisions_are_imported_by_parts(tmp_path):
    for part, channel in (('train-clean', 0), ('dev', 1), ('test', [0])):
        make_tree(tmp_path / 'm', {
            f'mini_recordings_{part}.jsonl.gz': manifest(recording('r', '/elsewhere/m/a/stereo.flac', (0, 1))),
            f'mini_supervisions_{part}.jsonl.gz': manifest(supervision(f'{part}-1', 'GO ON', channel=channel),
                                                           supervision(f'{part}-2', 'Stop.', .5, .75, speaker='7'))})
    make_tree(tmp_path / 'm', {'a/stereo.flac': speech(0, 'flac', 16000, ('-ac', '2'))})
    csvs = [tmp_path / 'out' / f'{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('lhotse', tmp_path / 'm', tmp_path / 'out', files=csvs)
    assert [transcripts(path) for path in csvs] == [{f'{part}-1': 'go on', f'{part}-2': 'stop'}
                                                    for part in ('train-clean', 'dev', 'test')]
    assert read_csv(csvs[0])[1]['wav_filesize'] == str(44 + 2 * 12000)


def test_cuts_are_imported_and_what_cannot_be_used_is_listed(tmp_path):
    def cut(name, start, supervisions, **how):
        return {'id': name, 'start': start, 'duration': 2.0, 'channel': 0, 'supervisions': supervisions, 'type': 'MonoCut',
                'recording': recording('r', **{'source': 'a.wav', **how})}
    touched = tmp_path / 'touched'
    make_tree(tmp_path / 'm', {'a.wav': speech(0), 'cuts.jsonl.gz': manifest(
        cut('c1', 0.25, [supervision('s1', 'one', 0.25, 0.5), supervision('s2', 'two', 0.5, 0.5)]),
        cut('c2', 0, [supervision('s3', 'three')], source=f'touch {touched}; cat a.wav', kind='command'),
        cut('c3', 0, [supervision('s4', 'four')], source='gone.wav'), cut('c4', 0, []), [1],
        cut('c5', 0, [supervision('s5', 'five', 'soon')]))})
    result = run_importer('lhotse', tmp_path / 'm', tmp_path / 'out', '--split', '100,0,0')
    assert result.returncode == 1 and '5 of 7 clips did not arrive' in result.stderr and not touched.exists()
    rows = read_csv(tmp_path / 'out' / 'train.csv')
    assert [(row['transcript'], row['wav_filesize']) for row in rows] == [('one', '16044'), ('two', '16044')]
    assert {(row['place'], row['problem']) for row in read_csv(tmp_path / 'out' / 'rejected.csv')} == {
        ('cuts.jsonl.gz, line 2', 'malformed'), ('cuts.jsonl.gz, line 3', 'failed'), ('cuts.jsonl.gz, line 4', 'malformed'),
        ('cuts.jsonl.gz, line 5', 'malformed'), ('cuts.jsonl.gz, line 6', 'malformed')}
    damaged = tmp_path / 'm' / 'cuts.jsonl.gz'
    damaged.write_bytes(damaged.read_bytes()[:60])
    assert 'get it again' in run_importer('lhotse', tmp_path / 'm', tmp_path / 'out').stderr
