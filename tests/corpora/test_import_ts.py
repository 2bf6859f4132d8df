"""The importer of TrainingSpeech on an archive of its layout."""

from corpora import import_twice, make_tree, make_zip, read_csv, run_importer, speech, transcripts

ROWS = ['Il était — une fois…', 'L’œuf dur, oui !', 'Trop (long)', 'Chapitre 12', 'Un', 'Deux', 'Trois', 'Quatre', 'Cinq',
        'Six']
ALL = ('train', 'dev', 'test')


def corpus():
    lines = [f'wav/{index:04}.wav,{16.5 if index == 2 else 1.9},"{text}"\n' for index, text in enumerate(ROWS)]
    return {'data.csv': 'path,duration,text\n' + ''.join(lines),
            **{f'wav/{index:04}.wav': speech(index) for index in range(len(ROWS))}}


def all_transcripts(directory):
    return {stem: text for name in ALL for stem, text in transcripts(directory / f'ts_2019-04-11_fr_FR_{name}.csv').items()}


def test_archive_becomes_three_csv_files(tmp_path):
    make_zip(tmp_path / '2019-04-11_fr_FR.zip', corpus())
    import_twice('ts', tmp_path, files=[tmp_path / f'ts_2019-04-11_fr_FR_{name}.csv' for name in ALL])
    found = all_transcripts(tmp_path)
    assert found['0000'] == 'il était une fois' and found['0001'] == "l'œuf dur oui"
    assert len(found) == 8
    assert {row['text']: row['problem'] for row in read_csv(tmp_path / 'ts_2019-04-11_fr_FR_rejected.csv')} == {
        'Trop (long)': 'too_long', 'Chapitre 12': 'invalid_label'}
    assert run_importer('ts', tmp_path, '--english-compatible').returncode == 0
    assert (all_transcripts(tmp_path)['0000'], all_transcripts(tmp_path)['0001']) == ('il etait une fois', "l'oeuf dur oui")


def test_damaged_rows_cost_only_themselves(tmp_path):
    files = corpus()
    files['wav/0004.wav'] = speech(4)[:500]
    files['wav/0005.wav'] = b''
    del files['wav/0006.wav']
    files['data.csv'] += 'wav/0010.wav\nwav/0007.wav,x,Encore\n'
    make_tree(tmp_path, files)
    result = run_importer('ts', tmp_path)
    assert result.returncode == 1 and '4 of 12 clips did not arrive' in result.stderr
    assert sorted(all_transcripts(tmp_path)) == ['0000', '0001', '0007', '0008', '0009']
