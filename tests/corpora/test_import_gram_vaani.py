"""The importer of Gram Vaani on a list of its form, MP3 at 8 kHz beside it."""

from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts

COLUMNS = 'piece_id audio_url transcript_labelled transcript labels content_filename audio_length user_id'.split()
TEXTS = ['नमस्ते।', 'आप कैसे हैं', 'धन्यवाद', 'हाँ', 'नहीं', 'पानी']


def row(index, text, user=None):
    cells = [index, f'https://example.org/audio/{index}%20a.mp3?x=1', f'<s> {text}', text, '', index, '2.5', user or index // 2]
    return ','.join(f'"{cell}"' for cell in cells) + '\n'


def corpus():
    table = ','.join(f'"{name}"' for name in COLUMNS) + '\n' + ''.join(row(index, text) for index, text in enumerate(TEXTS))
    return {'list.csv': table, **{f'out/mp3/{index} a.mp3': speech(index, 'mp3', 8000) for index in range(len(TEXTS))}}


def test_list_becomes_three_csv_files_that_share_no_speaker(tmp_path):
    make_tree(tmp_path, corpus())
    words = '-c', tmp_path / 'list.csv', '-t', tmp_path / 'out'
    files = [tmp_path / 'out' / f'{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('gram_vaani', *words, '-vv', files=files)
    sets = [transcripts(path) for path in files]
    assert {name: text for each in sets for name, text in each.items()} == {
        f'{index} a': text.strip('।') for index, text in enumerate(TEXTS)}
    assert sorted(sorted(int(name[0]) // 2 for name in each) for each in sets) == [[0, 0], [1, 1], [2, 2]]
    assert read_csv(files[0])[0]['wav_filename'].startswith('wav/')


def test_rows_without_recording_or_text_cost_only_themselves(tmp_path):
    files = corpus()
    del files['out/mp3/1 a.mp3']
    files['out/mp3/2 a.mp3'] = b'<html>not found</html>'
    files['list.csv'] += row(4, 'फिर') + row(8, '').replace('8%20a', '8') + '"9"\n' + row(7, 'x').replace('https', 'file')
    files['list.csv'] += row(6, 'x').replace('example.org', '[example') + row(6, 'x').replace('%20', '%00')
    make_tree(tmp_path, files)
    result = run_importer('gram_vaani', '-c', tmp_path / 'list.csv', '-t', tmp_path / 'out', '--offline')
    assert result.returncode == 1 and '7 of 12 clips did not arrive' in result.stderr
    rejected = {(row['place'], row['problem']) for row in read_csv(tmp_path / 'out' / 'rejected.csv')}
    assert rejected == {('list.csv, line 3', 'failed'), ('list.csv, line 4', 'failed'), ('list.csv, line 8', 'excluded'),
                        ('list.csv, line 9', 'failed'), ('list.csv, line 10', 'malformed'),
                        ('list.csv, line 11', 'failed'), ('list.csv, line 12', 'malformed'), ('list.csv, line 13', 'malformed')}
    assert sum(len(transcripts(tmp_path / 'out' / f'{name}.csv')) for name in ('train', 'dev', 'test')) == 4
