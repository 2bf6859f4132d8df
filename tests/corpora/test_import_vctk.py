"""The VCTK importer on archives of both releases."""

from corpora import import_twice, make_tree, make_zip, read_csv, run_importer, speech, transcripts

SPEAKERS = ('p225', 'p226', 'p227', 'p228')


def first_release(speakers=SPEAKERS, top='VCTK-Corpus/'):
    files = {f'{top}README': 'VCTK'}
    for index, speaker in enumerate(speakers):
        files[f'{top}wav48/{speaker}/{speaker}_001.wav'] = speech(index, 'wav', 48000)
        files[f'{top}txt/{speaker}/{speaker}_001.txt'] = 'Please call "Stella".\n'
    return files


def second_release():
    files = {'speaker-info.txt': 'ID AGE'}
    for index, speaker in enumerate(SPEAKERS):
        for microphone in 'mic1', 'mic2':
            files[f'wav48_silence_trimmed/{speaker}/{speaker}_001_{microphone}.flac'] = speech(index, 'flac', 48000)
        files[f'txt/{speaker}/{speaker}_001.txt'] = "Don't ask her.\n"
    return files


def test_archive_of_the_first_release_is_parted_by_speakers(tmp_path):
    make_zip(tmp_path / 'VCTK-Corpus.zip', first_release((*SPEAKERS, 'p315')))
    csvs = [tmp_path / f'vctk_{name}.csv' for name in ('full', 'train', 'dev', 'test')]
    import_twice('vctk', tmp_path, files=csvs)
    found = [transcripts(path) for path in csvs]
    assert found[0] == {f'{speaker}_001': 'please call stella' for speaker in SPEAKERS}
    assert sorted(map(len, found)) == [1, 1, 2, 4] and {**found[1], **found[2], **found[3]} == found[0]
    (lost,) = read_csv(tmp_path / 'vctk_rejected.csv')
    assert (lost['clip'], lost['problem']) == ('p315_001', 'excluded')


def test_archive_of_the_second_release_gives_one_microphone(tmp_path):
    make_zip(tmp_path / 'VCTK-Corpus-0.92.zip', second_release())
    assert run_importer('vctk', tmp_path).returncode == 0
    assert transcripts(tmp_path / 'vctk_full.csv') == {f'{speaker}_001': "don't ask her" for speaker in SPEAKERS}


def test_bad_clips_of_an_unpacked_corpus_are_listed_and_its_files_stay(tmp_path):
    files = first_release(top='')
    files['wav48/p226/p226_001.wav'] = b'RIFF'
    del files['txt/p227/p227_001.txt']
    files['wav48/p228/p228_001.wav'] = speech(0, 'wav', 48000, ('-t', '0.4'))
    make_tree(tmp_path, files)
    result = run_importer('vctk', tmp_path, '--split', '100,0,0')
    assert result.returncode == 1 and '2 of 4 clips did not arrive' in result.stderr
    assert [(row['clip'], row['problem'], row['place']) for row in read_csv(tmp_path / 'vctk_rejected.csv')] == [
        ('p226_001', 'failed', 'p226/p226_001.txt'), ('p227_001', 'malformed', 'p227/p227_001.txt'),
        ('p228_001', 'too_short', 'p228/p228_001.txt')]
    assert transcripts(tmp_path / 'vctk_train.csv') == {'p225_001': 'please call stella'}
    assert all((tmp_path / name).exists() for name in files)
    lacking = run_importer('vctk', tmp_path / 'other', '--offline')
    assert lacking.returncode == 1 and 'VCTK-Corpus.zip' in lacking.stderr
