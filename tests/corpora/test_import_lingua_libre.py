"""The importer of Lingua Libre on an archive of its layout, Ogg Vorbis inside."""

from corpora import import_twice, make_tree, make_zip, read_csv, run_importer, speech, transcripts

LANGUAGE = ('--qId', '21', '--iso639-3', 'fra', '--english-name', 'French')
TOP = 'Q21-fra-French'
SPEAKERS = {'WikiLucas': ['bonjour', "s'il vous plaît", 'Ça va'], 'Lyokoï': ['oui', 'bonjour'], 'Poslovitch': ['peut-être'],
            'DSwissK': ['merci']}


def corpus():
    words = [(speaker, word) for speaker, all_words in SPEAKERS.items() for word in all_words]
    return {f'{TOP}/{speaker}/{word}.ogg': speech(index, 'ogg', 44100) for index, (speaker, word) in enumerate(words)}


def sets_of(directory):
    return {name: read_csv(directory / f'lingua_libre_{TOP}_{name}.csv') for name in ('train', 'dev', 'test')}


def test_archive_becomes_three_csv_files_that_share_no_speaker(tmp_path):
    make_zip(tmp_path / f'{TOP}.zip', corpus())
    import_twice('lingua_libre', tmp_path, *LANGUAGE,
                 files=[tmp_path / f'lingua_libre_{TOP}_{name}.csv' for name in ('train', 'dev', 'test')])
    sets = sets_of(tmp_path)
    rows = [row for rows in sets.values() for row in rows]
    assert sorted(row['transcript'] for row in rows) == sorted([
        'bonjour', 'bonjour', "s'il vous plaît", 'ça va', 'oui', 'peut être', 'merci'])
    people = [{row['wav_filename'].split('/')[-2] for row in rows} for rows in sets.values()]
    assert all(people) and sum(map(len, people)) == 4
    assert rows[0]['wav_filename'].startswith('/') and transcripts(tmp_path / f'lingua_libre_{TOP}_train.csv')


def test_bogus_and_damaged_records_are_listed_and_the_rest_imported(tmp_path):
    files = corpus()
    files[f'{TOP}/WikiLucas/bonjour.ogg'] = b''
    files[f'{TOP}/DSwissK/._merci.ogg'] = b'of macOS'
    make_tree(tmp_path, files)
    bogus = tmp_path / 'bogus.txt'
    bogus.write_bytes(f'\ufeff{TOP}/Lyoko./o.*\r\n\r\n{TOP}/DSwissK\r\n'.encode('utf-8'))
    result = run_importer('lingua_libre', tmp_path, *LANGUAGE, '--bogus-records', bogus, '--accept_failed', '20')
    assert result.returncode == 0, result.stderr
    rejected = read_csv(tmp_path / f'lingua_libre_{TOP}_rejected.csv')
    assert [(row['clip'], row['problem']) for row in rejected] == [
        ('DSwissK/merci', 'excluded'), ('Lyokoï/oui', 'excluded'), ('WikiLucas/bonjour', 'failed')]
    assert rejected[1]['reason'] == 'it is bogus by bogus.txt, line 1'
    bogus.write_text('(\n')
    result = run_importer('lingua_libre', tmp_path, *LANGUAGE, '--bogus-records', bogus)
    assert result.returncode == 1 and 'line 1: no regular expression' in result.stderr
