"""The LJ Speech importer on an archive of its layout."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

LINES = ['LJ001-0001|He said "forty-two|He said "forty-two', 'LJ001-0002|in 1455, in Mainz|in fourteen fifty-five, in Mainz',
         'LJ001-0003|Go on.|', 'LJ001-0004|Gone.|Gone.', 'LJ001-0005', 'LJ001-0003|Go on again.|Go on again.']


def test_archive_is_imported_by_what_is_read_and_bad_rows_are_listed(tmp_path):
    make_tar(tmp_path / 'LJSpeech-1.1.tar.bz2', {
        'LJSpeech-1.1/metadata.csv': '\n'.join(LINES) + '\n', 'LJSpeech-1.1/README': 'LJ Speech',
        **{f'LJSpeech-1.1/wavs/LJ001-000{number}.wav': speech(number, 'wav', 22050) for number in (1, 2, 3)}}, 'bz2')
    make_tree(tmp_path / 'unpacked.unpacking' / 'content', {'LJSpeech-1.1/metadata.csv': 'of a program that was killed'})
    csvs = [tmp_path / f'ljspeech-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('ljspeech', tmp_path, '--accept_failed', '50', files=csvs)
    found = {}
    for path in csvs:
        found.update(transcripts(path))
    assert found == {'LJ001-0001': 'he said forty two', 'LJ001-0002': 'in fourteen fifty five in mainz', 'LJ001-0003': 'go on'}
    assert [(row['clip'], row['problem'], row['place']) for row in read_csv(tmp_path / 'ljspeech-rejected.csv')] == [
        ('LJ001-0003', 'excluded', 'metadata.csv, line 6'), ('LJ001-0004', 'failed', 'metadata.csv, line 4'),
        ('LJ001-0005', 'malformed', 'metadata.csv, line 5')]


def test_unpacked_corpus_is_used_where_it_is_and_what_is_missing_is_named(tmp_path):
    make_tree(tmp_path / 'LJSpeech-1.1', {'metadata.csv': '\n'.join(LINES[:1]), 'wavs/LJ001-0001.wav': speech(1)})
    assert run_importer('ljspeech', tmp_path, '--split', '100,0,0').returncode == 0
    assert list(transcripts(tmp_path / 'ljspeech-train.csv')) == ['LJ001-0001']
    lacking = run_importer('ljspeech', tmp_path / 'other', '--offline')
    assert lacking.returncode == 1 and 'LJSpeech-1.1.tar.bz2' in lacking.stderr
