"""The MAGICDATA importer on archives of its layout, under all the names that people have them."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

HEADER = 'UtteranceID\tSpeakerID\tTranscription\n'


def files_of(name, rows):
    lines = ''.join(f'{clip}.wav\t{speaker}\t{text}\n' for speaker, clip, text in rows)
    return {f'{name}/TRANS.txt': HEADER + lines,
            **{f'{name}/{speaker}/{clip}.wav': speech(number) for number, (speaker, clip, text) in enumerate(rows)}}


def test_three_archives_become_csv_files(tmp_path):
    train = [('5_541', '5_541_1', '来 一首 歌'), ('5_541', '5_541_2', '[FIL] 好')]
    make_tar(tmp_path / 'train_set.tar.gz', files_of('train', train))
    make_tar(tmp_path / 'magicdata_dev_set.tar.gz', files_of('dev', [('5_542', '5_542_1', '打开 ｇｐｓ')]))
    make_tar(tmp_path / 'magicdata_test.tar.gz', files_of('test', [('5_543', '5_543_1', '[SPK] 好 的')]))
    csv_files = [tmp_path / 'magicdata' / f'magicdata_{part}.csv' for part in ('train', 'dev', 'test')]
    import_twice('magicdata', tmp_path, files=csv_files)
    assert [transcripts(path) for path in csv_files] == [
        {'5_541_1': '来 一首 歌'}, {'5_542_1': '打开 GPS'}, {'5_543_1': '好 的'}]
    rejected = read_csv(tmp_path / 'magicdata' / 'magicdata_rejected.csv')
    assert [(row['clip'], row['problem']) for row in rejected] == [('train/5_541/5_541_2', 'excluded')]


def test_clips_cut_short_and_rows_cut_short_are_listed(tmp_path):
    files = {**files_of('train', [('1', 'a', '好'), ('1', 'b', '好'), ('1', 'c', '好')]), **files_of('dev', [('2', 'd', '好')]),
             **files_of('test', [('3', 'e', '好')])}
    files['train/1/b.wav'] = speech(1)[:-5000]
    files['train/TRANS.txt'] = files['train/TRANS.txt'].replace('c.wav\t1\t好', 'c.wav\t1')
    make_tree(tmp_path, files)
    result = run_importer('magicdata', tmp_path)
    assert result.returncode == 1 and '2 of 5 clips did not arrive' in result.stderr
    rejected = read_csv(tmp_path / 'magicdata' / 'magicdata_rejected.csv')
    assert [(row['clip'], row['problem'], row['place']) for row in rejected] == [
        ('train/1/b', 'failed', 'TRANS.txt, line 3'), ('train/1/c', 'malformed', 'TRANS.txt, line 4')]
    assert list(transcripts(tmp_path / 'magicdata' / 'magicdata_train.csv')) == ['a']
