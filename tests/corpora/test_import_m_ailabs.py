"""The importer of M-AILABS on an archive of its layout."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

BOOKS = {'male/fred/azele': 3, 'female/eva/robinson': 2, 'male/karl/faust': 2, 'mix/maerchen': 2}


def corpus(top='de_DE', rate_hz=16000):
    files, number = {}, 0
    for book, n_clips in BOOKS.items():
        lines = []
        for index in range(n_clips):
            name = f'{book.split("/")[-1]}_01_f{index:06}'
            lines.append(f'{name}|Im Jahre 190{index}, „ja“.|Im Jahre neunzehnhundert, ja {chr(97 + number)}\n')
            files[f'{top}/by_book/{book}/wavs/{name}.wav'] = speech(number, 'wav', rate_hz)
            number += 1
        files.update({f'{top}/by_book/{book}/metadata.csv': ''.join(lines), f'{top}/by_book/{book}/metadata_mls.json': '{}'})
    return files


def sets_of(directory):
    return {name: read_csv(directory / f'de_DE_{name}.csv') for name in ('train', 'dev', 'test')}


def test_archive_becomes_three_csv_files_that_share_no_reader(tmp_path):
    make_tar(tmp_path / 'de_DE.tgz', corpus(rate_hz=22050))
    files = [tmp_path / 'de_DE' / f'de_DE_{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('m-ailabs', tmp_path, '--language', 'de_DE', files=files)
    sets = sets_of(tmp_path / 'de_DE')
    rows = [row for rows in sets.values() for row in rows]
    assert sorted(row['transcript'] for row in rows) == [f'im jahre neunzehnhundert ja {char}' for char in 'abcdefghi']
    people = [{'/'.join(row['wav_filename'].split('/')[1:3]) for row in rows} for rows in sets.values()]
    assert all(people) and sum(map(len, people)) == 4
    assert rows[0]['wav_filename'].startswith('wav/') and len(transcripts(tmp_path / 'de_DE' / 'de_DE_train.csv'))


def test_skipped_books_and_damaged_lines_do_not_end_the_import(tmp_path):
    files = corpus(top='de_DE/de_DE')  # as unpacked by importers before
    listed = 'de_DE/de_DE/by_book/male/fred/azele/metadata.csv'
    files[listed] = '\ufeff' + files[listed].replace('\n', '\r\n') + 'azele_01_f000009|only text\r\n\r\nazele_x|a|b\r\n'
    files['de_DE/de_DE/by_book/male/fred/azele/wavs/azele_01_f000001.wav'] = speech(1)[:3001]
    make_tree(tmp_path, files)
    result = run_importer('m-ailabs', '--language', 'de_DE', '--skiplist', 'female/eva,mix', tmp_path)
    assert result.returncode == 1 and '3 of 7 clips did not arrive' in result.stderr
    assert [(row['clip'], row['problem'], row['place']) for row in read_csv(tmp_path / 'de_DE' / 'de_DE_rejected.csv')] == [
        ('male/fred/azele/azele_01_f000001', 'failed', 'male/fred/azele/metadata.csv, line 2'),
        ('male/fred/azele/azele_01_f000009', 'malformed', 'male/fred/azele/metadata.csv, line 4'),
        ('male/fred/azele/azele_x', 'failed', 'male/fred/azele/metadata.csv, line 6')]
    assert sum(map(len, sets_of(tmp_path / 'de_DE').values())) == 4
    assert (tmp_path / 'de_DE/de_DE/by_book/male/fred/azele/wavs/azele_01_f000001.wav').read_bytes() == speech(1)[:3001]
