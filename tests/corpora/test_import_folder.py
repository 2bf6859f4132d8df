"""Folders of pairs of recordings and texts are imported, at any depth and in any format."""

from corpora import import_twice, make_tree, make_zip, read_csv, run_importer, speech, transcripts


def test_pairs_at_any_depth_are_imported_and_directories_name_the_sets(tmp_path):
    make_tree(tmp_path / 'my', {
        'train/anna/one.wav': speech(0), 'train/anna/one.txt': b'\xef\xbb\xbfTurn on\r\nthe light\r\n',
        'train/ben/two.mp3': speech(1, 'mp3'), 'train/ben/two.lab': 'Stop, please\n',
        'Validation/three.OPUS': speech(2, 'opus', 48000), 'Validation/three.TXT': 'go on'.encode('utf-16'),
        'test/deep/er/four.ogg': speech(3, 'ogg', 48000), 'test/deep/er/four.txt': 'yes', 'test/README.txt': 'About this.'})
    out = tmp_path / 'my' / 'out'  # not a recording in it is taken for one of the corpus
    import_twice('folder', tmp_path / 'my', out, files=[out / f'{name}.csv' for name in ('train', 'dev', 'test')])
    assert transcripts(out / 'train.csv') == {'one': 'turn on the light', 'two': 'stop please'}
    assert transcripts(out / 'dev.csv') == {'three': 'go on'} and transcripts(out / 'test.csv') == {'four': 'yes'}
    assert read_csv(out / 'rejected.csv') == []


def test_names_that_are_no_utf8_do_not_spoil_the_csv(tmp_path):
    make_tree(tmp_path / 'my', {'n\udcefve.wav': speech(0), 'n\udcefve.txt': 'hello'})  # as a Latin-1 system wrote them
    assert run_importer('folder', tmp_path / 'my', tmp_path / 'out', '--split', '100,0,0').returncode == 0
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'n_ve': 'hello'}


def test_archive_of_pairs_is_parted_by_the_speakers_that_its_directories_are(tmp_path):
    make_zip(tmp_path / 'my.zip', {name: data for speaker in 'abcde' for index in range(2) for name, data in (
        (f'my/{speaker}/{index}.flac', speech(index, 'flac')), (f'my/{speaker}/{index}.txt', 'hello'))})
    out = tmp_path / 'out'
    assert run_importer('folder', tmp_path / 'my.zip', out, '--speaker_directories').returncode == 0
    speakers = {name: {row['wav_filename'].split('/')[-2] for row in read_csv(out / f'{name}.csv')}
                for name in ('train', 'dev', 'test')}
    assert sorted(map(len, speakers.values())) == [1, 1, 3] and set.union(*speakers.values()) == set('abcde')


def test_files_without_a_partner_and_texts_that_are_none_are_listed(tmp_path):
    make_tree(tmp_path / 'my', {'one.wav': speech(0), 'one.txt': 'hello', 'two.wav': speech(1), 'three.txt': 'alone',
                                'four.wav': speech(2), 'four.txt': b'na\xefve', 'five.wav': b'', 'five.txt': 'five',
                                'six.wav': speech(3), 'six.txt': '', '._one.wav': b'\0', 'license.txt': 'CC0'})
    result = run_importer('folder', tmp_path / 'my', tmp_path / 'out')
    assert result.returncode == 1 and '4 of 6 clips did not arrive' in result.stderr
    rejected = {row['clip']: (row['problem'], row['reason']) for row in read_csv(tmp_path / 'out' / 'rejected.csv')}
    assert {clip: problem for clip, (problem, _) in rejected.items()} == {
        'two': 'malformed', 'three': 'failed', 'four': 'malformed', 'five': 'failed', 'six': 'invalid_label'}
    assert 'two.txt' in rejected['two'][1] and 'Windows-1252' in rejected['four'][1]
    assert run_importer('folder', tmp_path / 'my', tmp_path / 'my').stderr.count('another directory') == 1


def test_recordings_of_a_telephone_are_told_how_to_convert(tmp_path):
    make_tree(tmp_path / 'my', {'New one.m4a': b'\0\0\0 ftypM4A ', 'New one.txt': 'hello', 'two.MP4': b'', 'two.txt': 'stop',
                                'alone.m4a': b''})
    result = run_importer('folder', tmp_path / 'my', tmp_path / 'out')
    assert result.returncode == 1 and 'New one.m4a cannot be read here; make a WAV file of it' in result.stderr
    reasons = [row['reason'] for row in read_csv(tmp_path / 'out' / 'rejected.csv')]
    assert [reason.partition(': ')[2] for reason in reasons] == [
        "ffmpeg -i 'New one.m4a' 'New one'.wav", 'ffmpeg -i two.MP4 two.wav']
