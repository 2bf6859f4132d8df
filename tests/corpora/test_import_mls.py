"""The MLS importer on both releases, Opus and FLAC."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts


def files_of(release, name, ending, texts=('mimo to jednak', 'nie \u017cyczy\u0142 sobie')):
    clips = [f'4800_10003_00000{number}' for number in range(len(texts))]
    lines = ''.join(f'{clip}\t{text}\n' for clip, text in zip(clips, texts))
    rate_hz = 48000 if ending == 'opus' else 16000
    return {f'{release}/{name}/transcripts.txt': lines, f'{release}/{name}/segments.txt': '4800_10003_000000\thttp://x\t0\t9\n',
            **{f'{release}/{name}/audio/4800/10003/{clip}.{ending}': speech(number, ending, rate_hz)
               for number, clip in enumerate(clips)}}


def every_set(release, ending, **how):
    return {path: data for name in ('train', 'dev', 'test') for path, data in files_of(release, name, ending, **how).items()}


def test_archive_of_opus_is_imported_into_the_sets_of_the_corpus(tmp_path):
    make_tar(tmp_path / 'mls_polish_opus.tar.gz', every_set('mls_polish_opus', 'opus'))
    csvs = [tmp_path / f'MLS_{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('mls', '--language', 'polish', tmp_path, files=csvs)
    for path in csvs:
        assert transcripts(path) == {'4800_10003_000000': 'mimo to jednak', '4800_10003_000001': 'nie \u017cyczy\u0142 sobie'}
    assert read_csv(csvs[0])[0]['wav_filename'] == 'MLS-wav/train/4800_10003_000000.wav'


def test_unpacked_release_of_flac_with_bad_rows(tmp_path):
    make_tree(tmp_path, every_set('mls_polish', 'flac', texts=('mimo',)))
    with open(str(tmp_path / 'mls_polish' / 'train' / 'transcripts.txt'), 'a') as file:
        file.write('not_a_clip_name\tnie\n4800_10003_000009\tnie ma\n4800_10003_000000\tmimo\n')
    result = run_importer('mls', '-l', 'polish', tmp_path)
    assert result.returncode == 1 and '2 of 6 clips did not arrive' in result.stderr
    assert [(row['problem'], row['place']) for row in read_csv(tmp_path / 'MLS_rejected.csv')] == [
        ('excluded', 'train/transcripts.txt, line 4'), ('failed', 'train/transcripts.txt, line 3'),
        ('malformed', 'train/transcripts.txt, line 2')]
    assert transcripts(tmp_path / 'MLS_train.csv') == {'4800_10003_000000': 'mimo'}
    lacking = run_importer('mls', '-l', 'german', tmp_path, '--offline')
    assert lacking.returncode == 1 and 'mls_german_opus.tar.gz' in lacking.stderr
