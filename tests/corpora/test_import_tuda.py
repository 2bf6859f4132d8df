"""The importer of German Distant Speech on an archive of its layout: a file of XML and recordings of several microphones."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

TOP = 'german-speechdata-package-v2'
MICROPHONES = ('Kinect-RAW', 'Samson', 'Yamaha')
SENTENCES = {'train': ['Das CO2 steigt.', 'Schöne Grüße, Señor'], 'dev': ['Über Café und Straße'], 'test': ['Guten Tag!']}


def xml(sentence, speaker='0d3b'):
    return (f'<?xml version="1.0" encoding="utf-8"?>\n<recording><speaker_id>{speaker}</speaker_id><rate>16000</rate>'
            f'<gender>male</gender><sentence>{sentence}</sentence><cleaned_sentence>{sentence}</cleaned_sentence></recording>')


def corpus():
    files, number = {}, 0
    for name, sentences in SENTENCES.items():
        for sentence in sentences:
            stem = f'{TOP}/{name}/2014-03-17-13-10-{number:02}'
            files[f'{stem}.xml'] = xml(sentence)
            files.update({f'{stem}_{microphone}.wav': speech(number) for microphone in MICROPHONES})
            number += 1
    return files


def texts(path):
    return sorted(set(transcripts(path).values()))


def test_archive_becomes_csv_files_with_a_row_for_each_microphone(tmp_path):
    make_tar(tmp_path / f'{TOP}.tar.gz', corpus())
    files = [tmp_path / f'tuda-v2-{name}.csv' for name in SENTENCES]
    import_twice('tuda', tmp_path, files=files)
    assert [len(read_csv(path)) for path in files] == [6, 3, 3]
    others = [['über café und straße'], ['guten tag']]
    assert [texts(path) for path in files] == [['das c o zwei steigt', 'schöne grüße señor'], *others]
    assert read_csv(files[1])[0]['wav_filename'] == f'unpacked/{TOP}/{TOP}/dev/2014-03-17-13-10-02_Kinect-RAW.wav'
    (tmp_path / 'alphabet.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyzäöüßé') + '\n', encoding='utf-8')
    result = run_importer('tuda', tmp_path, '--normalize', '--alphabet', tmp_path / 'alphabet.txt', '--keep_archive', 'false')
    assert result.returncode == 0, result.stderr
    assert [texts(path) for path in files] == [['das c o zwei steigt', 'schöne grüße senor'], *others]
    assert (tmp_path / f'{TOP}.tar.gz').exists()


def test_damaged_files_cost_only_their_clips(tmp_path):
    files = corpus()
    files[f'{TOP}/train/bomb.xml'] = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + xml('&b;').split('\n')[1]
    files[f'{TOP}/train/bomb_Samson.wav'] = speech(5)
    files[f'{TOP}/train/cut.xml'] = xml('Abgeschnitten')[:100]
    files[f'{TOP}/train/cut_Samson.wav'] = speech(6)
    files[f'{TOP}/train/alone.xml'] = xml('Ohne Ton')
    files[f'{TOP}/train/silent.xml'] = xml('')
    files[f'{TOP}/train/silent_Samson.wav'] = speech(6)
    files[f'{TOP}/dev/2014-03-17-13-10-02_Samson.wav'] = speech(2)[:-1000]
    files[f'{TOP}/dev/2014-03-17-13-10-02_Yamaha.wav'] = speech(2, 'wav', 44100, ('-ac', '2'))
    make_tree(tmp_path, files)
    result = run_importer('tuda', tmp_path)
    assert result.returncode == 1 and '4 of 16 clips did not arrive' in result.stderr
    assert list(transcripts(tmp_path / 'tuda-v2-dev.csv')) == ['2014-03-17-13-10-02_Kinect-RAW', '2014-03-17-13-10-02_Yamaha']
    assert [(row['clip'], row['problem']) for row in read_csv(tmp_path / 'tuda-v2-rejected.csv')] == [
        ('dev/2014-03-17-13-10-02_Samson', 'failed'), ('train/alone', 'failed'), ('train/bomb_Samson', 'malformed'),
        ('train/cut_Samson', 'malformed'), ('train/silent_Samson', 'invalid_label')]
    assert run_importer('tuda', tmp_path, '--max_duration', '1', '--accept_failed', '100').returncode == 1
    assert {row['problem'] for row in read_csv(tmp_path / 'tuda-v2-rejected.csv')} >= {'too_long'}
