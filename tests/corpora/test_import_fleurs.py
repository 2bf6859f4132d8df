"""The FLEURS importer on the directory of a language, as it is published."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts


def row(number, file, text):
    return f'{number}\t{file}.wav\t{text.capitalize()}.\t{text}\t{" ".join(text)}\t32000\tMALE\n'


def tables(more=''):
    return {f'{name}.tsv': row(1903, f'{name}100', 'sta\u0142 "pod') + (more if name == 'train' else '')
            for name in ('train', 'dev', 'test')}


def test_directory_with_archives_is_imported_into_the_sets_of_the_corpus(tmp_path):
    make_tree(tmp_path / 'pl_pl', tables(row(1904, 'train101', 'drzewem') + row(1904, 'train102', 'drzewem')))
    for name, files in (('train', ['train100', 'train101', 'train102']), ('dev', ['dev100']), ('test', ['test100'])):
        make_tar(tmp_path / 'pl_pl' / 'audio' / f'{name}.tar.gz', {
            f'{name}/{file}.wav': speech(index) for index, file in enumerate(files)})
    csvs = [tmp_path / f'fleurs-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('fleurs', tmp_path, files=csvs)
    assert transcripts(csvs[0]) == {'train100': 'sta\u0142 pod', 'train101': 'drzewem', 'train102': 'drzewem'}
    assert transcripts(csvs[1]) == {'dev100': 'sta\u0142 pod'}


def test_unpacked_recordings_and_bad_rows(tmp_path):
    make_tree(tmp_path, {**tables('1905\ttrain103.wav\n' + row(1906, 'gone', 'drzewem')),
                         **{f'audio/{name}/{name}100.wav': speech(0) for name in ('train', 'dev', 'test')}})
    result = run_importer('fleurs', tmp_path)
    assert result.returncode == 1 and '2 of 5 clips did not arrive' in result.stderr
    assert [(one['clip'], one['problem'], one['place']) for one in read_csv(tmp_path / 'fleurs-rejected.csv')] == [
        ('train/gone', 'failed', 'train.tsv, line 3'), ('train/train103', 'malformed', 'train.tsv, line 2')]
    assert transcripts(tmp_path / 'fleurs-train.csv') == {'train100': 'sta\u0142 pod'}
    lacking = run_importer('fleurs', tmp_path / 'other', '--language', 'ru_ru', '--offline')
    assert lacking.returncode == 1 and 'train.tsv' in lacking.stderr and 'huggingface.co' in lacking.stderr
