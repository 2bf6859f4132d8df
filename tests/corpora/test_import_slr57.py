"""The importer of African Accented French on an archive of its layout."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

TOP = 'African_Accented_French'
LINES = {'transcripts/train/yaounde/fn_text.txt': ['fn/001.wav Comment allez-vous ?', 'fn/002.wav très bien'],
         'transcripts/train/ca16_conv/transcripts.txt': ['conv/Libreville_0001.tdf oui je suis là'],
         'transcripts/train/ca16_read/conditioned.txt': ['read_01 il fait beau'],
         'transcripts/dev/niger_west_african_fr/transcripts.txt': ['niger_01.wav la ville'],
         'speech/dev/niger_west_african_fr/niger_wav_file_name_transcript.tsv': [
             'niger_01.wav\tla ville', 'niger_02\tles  gens'],
         'transcripts/devtest/ca16_read/conditioned.txt': ['read_02 au revoir'],
         'transcripts/test/ca16/prompts.txt': ['test_01 bonjour', 'test_02 merci']}
AUDIO = ['train/yaounde/fn/001', 'train/yaounde/fn/002', 'train/ca16/conv/Libreville_0001', 'train/ca16/read/read_01',
         'dev/niger_west_african_fr/1/niger_01', 'dev/niger_west_african_fr/2/niger_02', 'devtest/ca16/read_02',
         'test/ca16/test_01', 'test/ca16/test_02']
SETS = ('train', 'dev', 'test')


def corpus():
    return {**{f'{TOP}/{name}': '\n'.join(lines) + '\n' for name, lines in LINES.items()},
            **{f'{TOP}/speech/{name}.wav': speech(index) for index, name in enumerate(AUDIO)}}


def test_archive_becomes_csv_files_of_its_sets(tmp_path):
    make_tar(tmp_path / f'{TOP}.tar.gz', corpus())
    import_twice('slr57', tmp_path, files=[tmp_path / TOP / f'{TOP}_{name}.csv' for name in SETS])
    assert [transcripts(tmp_path / TOP / f'{TOP}_{name}.csv') for name in SETS] == [
        {'001': 'comment allez vous', '002': 'très bien', 'Libreville_0001': 'oui je suis là', 'read_01': 'il fait beau'},
        {'niger_01': 'la ville', 'niger_02': 'les gens', 'read_02': 'au revoir'},
        {'test_01': 'bonjour', 'test_02': 'merci'}]
    assert read_csv(tmp_path / TOP / f'{TOP}_test.csv')[0]['wav_filename'].startswith('/')


def test_equal_names_in_two_sets_are_told_apart_and_what_is_open_is_listed(tmp_path):
    files = corpus()
    files[f'{TOP}/speech/test/ca16/001.wav'] = speech(11)
    files[f'{TOP}/transcripts/test/ca16/prompts.txt'] += '001 un\r\ntest_09 rien\r\n\r\ntwice deux fois\r\nempty vide\r\n'
    files.update({f'{TOP}/speech/test/ca16/{name}.wav': speech(12) for name in ('a/twice', 'b/twice')})
    files[f'{TOP}/speech/test/ca16/empty.wav'] = b''
    make_tree(tmp_path, files)
    result = run_importer('slr57', tmp_path)
    assert result.returncode == 1 and '3 of 13 clips did not arrive' in result.stderr
    assert transcripts(tmp_path / TOP / f'{TOP}_test.csv') == {'001': 'un', 'test_01': 'bonjour', 'test_02': 'merci'}
    assert transcripts(tmp_path / TOP / f'{TOP}_train.csv')['001'] == 'comment allez vous'
    assert [row['reason'] for row in read_csv(tmp_path / TOP / f'{TOP}_rejected.csv')] == [
        '2 recordings are called twice.wav', 'it is empty; record or get it again, or leave it out',
        'no recording is called test_09.wav']
    (tmp_path / TOP / 'transcripts/test/ca16/prompts.txt').unlink()
    result = run_importer('slr57', tmp_path / TOP)
    assert result.returncode == 1 and 'prompts.txt is missing; unpack' in result.stderr
