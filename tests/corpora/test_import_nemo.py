"""The importer of NeMo's manifests: clips and parts of recordings, several sets, lines that are no clips."""

import json

from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts


def lines(*rows):
    return ''.join(json.dumps(row, ensure_ascii=False) + '\n' for row in rows)


def row_of(path, text, **more):
    return {'audio_filepath': path, 'duration': 1.5, 'text': text, **more}


def test_manifests_become_sets(tmp_path):
    make_tree(tmp_path, {
        'wavs/a.wav': speech(0), 'wavs/a.flac': speech(1, 'flac'), 'wavs/long.mp3': speech(2, 'mp3', 44100, ('-ac', '2')),
        'train_manifest.json': lines(row_of('wavs/a.wav', 'Größe'), row_of(str(tmp_path / 'wavs/a.flac'), 'two')),
        'dev.json': lines(row_of('wavs/long.mp3', 'first', offset=0.0, duration=0.5),
                          row_of('wavs/long.mp3', 'second', offset=0.5, duration=0.75))})
    csv_files = [tmp_path / 'train.csv', tmp_path / 'dev.csv']
    import_twice('nemo', tmp_path / 'train_manifest.json', tmp_path / 'dev.json', files=csv_files)
    assert transcripts(csv_files[0]) == {'a': 'Größe', 'a.flac': 'two'}
    assert transcripts(csv_files[1]) == {'long.mp3-0.000-0.500': 'first', 'long.mp3-0.500-1.250': 'second'}
    assert [int(row['wav_filesize']) for row in read_csv(csv_files[1])] == [44 + 2 * 8000, 44 + 2 * 12000]


def test_one_manifest_is_parted_by_speaker_and_bad_lines_are_named(tmp_path):
    good = [row_of(f'{number}.wav', 'yes', speaker=f's{number // 2}') for number in range(6)]
    bad = ['{"audio_filepath": "0.wav"', '[]', '{}', '{"audio_filepath": 3, "text": "a"}', lines(row_of('0.wav', None)).strip(),
           lines(row_of('0.wav', 'a', offset='x')).strip(), lines(row_of('0.wav', 'a', offset=2, duration=-1)).strip(),
           '{"audio_filepath": "0.wav", "text": "a", "offset": 0, "duration": 1e400}', lines(row_of('none.wav', 'a')).strip(),
           lines(row_of('0.wav', 'twice')).strip(), '[' * 100000,
           '{"audio_filepath": "0.wav", "text": "a", "offset": 0, "duration": 1%s}' % ('0' * 400),
           '{"audio_filepath": "1.wav", "text": "\\ud800"}', lines(row_of('x\0.wav', 'a')).strip()]
    make_tree(tmp_path, {f'{number}.wav': speech(number) for number in range(6)})
    (tmp_path / 'all.json').write_text('\ufeff' + lines(*good).replace('\n', '\r\n') + '\n'.join(bad), encoding='utf-8')
    result = run_importer('nemo', tmp_path / 'all.json')
    assert result.returncode == 1 and '13 of 20 clips did not arrive' in result.stderr
    found = [transcripts(tmp_path / f'{name}.csv') for name in ('train', 'dev', 'test')]
    assert sorted(sorted(part) for part in found) == [['0', '1'], ['2', '3'], ['4', '5']]
    rejected = {int(row['place'].split()[-1]): row['problem'] for row in read_csv(tmp_path / 'rejected.csv')}
    assert rejected == {**dict.fromkeys(range(7, 21), 'malformed'), 15: 'failed', 16: 'excluded'}


def test_manifests_of_tarred_audio_are_refused(tmp_path):
    make_tree(tmp_path, {'tarred.json': lines(row_of('a.wav', 'yes', shard_id=0))})
    result = run_importer('nemo', tmp_path / 'tarred.json')
    assert result.returncode == 1 and 'tarred audio' in result.stderr and 'Traceback' not in result.stderr
