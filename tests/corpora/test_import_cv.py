"""The importer of the first version of Common Voice on an archive of its layout, MP3 inside."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

COLUMNS = 'filename,text,up_votes,down_votes,age,gender,accent,duration\n'


def corpus():
    sets = {'cv-valid-train': ['learn to recognize omens', 'everything in its time'], 'cv-valid-dev': ['be careful'],
            'cv-valid-test': ["it's all right"], 'cv-other-train': ['', 'he said "no"']}
    files = {}
    for number, (name, texts) in enumerate(sets.items()):
        rows = [f'{name}/sample-{index:06}.mp3,{csv_cell(text)},1,0,,,,\n' for index, text in enumerate(texts)]
        files[f'cv_corpus_v1/{name}.csv'] = COLUMNS + ''.join(rows)
        files.update({f'cv_corpus_v1/{name}/sample-{index:06}.mp3': speech(number + index, 'mp3', 48000)
                      for index in range(len(texts))})
    return files


def csv_cell(text):
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


def test_archive_becomes_a_csv_file_for_each_list(tmp_path):
    make_tar(tmp_path / 'cv_corpus_v1.tar.gz', corpus())
    names = ['cv-valid-train', 'cv-valid-dev', 'cv-valid-test', 'cv-other-train']
    import_twice('cv', tmp_path, files=[tmp_path / f'{name}.csv' for name in names])
    assert [transcripts(tmp_path / f'{name}.csv') for name in names] == [
        {'sample-000000': 'learn to recognize omens', 'sample-000001': 'everything in its time'},
        {'sample-000000': 'be careful'}, {'sample-000000': "it's all right"}, {'sample-000001': 'he said no'}]
    assert read_csv(tmp_path / 'cv-valid-dev.csv')[0]['wav_filename'].startswith('/')
    assert [row['problem'] for row in read_csv(tmp_path / 'rejected.csv')] == ['invalid_label']  # known of cv-other-train


def test_missing_and_damaged_rows_are_listed_and_the_unpacked_corpus_is_left_as_it_is(tmp_path):
    files = corpus()
    del files['cv_corpus_v1/cv-valid-train/sample-000001.mp3']
    files['cv_corpus_v1/cv-valid-dev.csv'] = '\ufeff' + files['cv_corpus_v1/cv-valid-dev.csv'].replace('\n', '\r\n') + (
        'cv-valid-dev/sample-000001.mp3\r\n../../etc/x.mp3,out,,,,,,\r\n,no name,,,,,,\r\n'
        'cv-valid-dev/sample-000000.mp3,again,,,,,,\r\n')
    make_tree(tmp_path, files)
    result = run_importer('cv', tmp_path)
    assert result.returncode == 1 and '4 of 10 clips did not arrive' in result.stderr
    assert transcripts(tmp_path / 'cv-valid-dev.csv') == {'sample-000000': 'be careful'}
    assert [(row['problem'], row['place']) for row in read_csv(tmp_path / 'rejected.csv')] == [
        ('malformed', 'cv-valid-dev.csv, line 4'), ('invalid_label', 'cv-other-train.csv, line 2'),
        ('malformed', 'cv-valid-dev.csv, line 5'), ('excluded', 'cv-valid-dev.csv, line 6'),
        ('malformed', 'cv-valid-dev.csv, line 3'), ('failed', 'cv-valid-train.csv, line 3')]
    assert sorted(path.suffix for path in (tmp_path / 'cv_corpus_v1' / 'cv-valid-dev').iterdir()) == ['.mp3']


def test_without_the_archive_it_is_said_what_to_put_where(tmp_path):
    result = run_importer('cv', tmp_path, '--offline')
    assert result.returncode == 1 and 'cv_corpus_v1.tar.gz' in result.stderr and str(tmp_path) in result.stderr


def test_lists_of_an_unpacked_corpus_are_not_written_over(tmp_path):
    make_tree(tmp_path, corpus())
    before = (tmp_path / 'cv_corpus_v1' / 'cv-valid-dev.csv').read_bytes()
    refused = run_importer('cv', tmp_path / 'cv_corpus_v1')
    assert refused.returncode == 1 and 'is there already' in refused.stderr
    assert (tmp_path / 'cv_corpus_v1' / 'cv-valid-dev.csv').read_bytes() == before
