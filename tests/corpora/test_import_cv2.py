"""The importer of Common Voice on the tables and archives of all its versions, MP3 inside."""

import pytest
from corpora import import_twice, make_tar, make_tree, make_zip, read_csv, run_importer, speech, transcripts

HEADERS = {
    '2': 'client_id path sentence up_votes down_votes age gender accent',
    '5.0': 'client_id up_votes path sentence down_votes gender age accent',
    '5.1': 'client_id path sentence up_votes down_votes age gender accent locale segment',
    '8': 'client_id path sentence up_votes down_votes age gender accents locale segment',
    '13': 'client_id path sentence up_votes down_votes age gender accents variant locale segment',
    '17': 'client_id path sentence_id sentence sentence_domain up_votes down_votes age gender accents variant locale segment',
}
CLIPS = {f'common_voice_en_{index}': (f'speaker{index // 2}', text) for index, text in enumerate((
    'First things first.', 'They said "no!', '"Quoted ""twice"" over"', 'Ready, steady', 'Out of order', 'The last but one',
    'Now or never', 'Too late'))}
SETS = {'test': [0, 1], 'dev': [2, 3], 'train': [4, 5], 'validated': [0, 1, 2, 3, 4, 5, 6], 'other': [7]}
EXPECTED = {'test': ['first things first', 'they said no'], 'dev': ['quoted twice over', 'ready steady'],
            'train': ['out of order', 'the last but one'], 'other': ['too late']}
FILES = ('test', 'dev', 'train', 'validated', 'other', 'train-all', 'rejected')


def table(version, names, clips=CLIPS, line_end='\n'):
    """Returns a table of clips as that version writes it."""
    columns = HEADERS[version].split()
    lines = ['\t'.join(columns)]
    for name in names:
        speaker, text = clips[name]
        cells = dict({column: '' for column in columns}, client_id=speaker, sentence=text, up_votes='2', down_votes='0',
                     path=name + ('' if version == '2' else '.mp3'), gender='female', accents='England English|Scottish')
        lines.append('\t'.join(cells[column] for column in columns))
    return line_end.join(lines) + line_end


def release(version, sets=None, **options):
    """Returns the files of a release, by their names in the directory of the language."""
    names = list(CLIPS)
    files = {f'{name}.tsv': table(version, [names[index] for index in indices], **options)
             for name, indices in (sets or SETS).items()}
    return {**files, **{f'clips/{name}.mp3': speech(index, 'mp3', 48000) for index, name in enumerate(names)},
            'reported.tsv': 'sentence\tsentence_id\tlocale\treason\nx\t1\ten\t"\nmore\n', 'invalidated.tsv': table(version, [])}


def under(directory, files):
    return {f'{directory}/{name}': content for name, content in files.items()}


def test_all_versions_give_the_same_bytes(tmp_path):
    made = {}
    for version in HEADERS:
        make_tree(tmp_path / version, release(version))
        clips = tmp_path / version / 'clips'
        if version == '2':
            import_twice('cv2', tmp_path / version, files=[clips / f'{name}.csv' for name in FILES])
            for name, texts in EXPECTED.items():
                assert list(transcripts(clips / f'{name}.csv').values()) == texts, name
            assert list(transcripts(clips / 'train-all.csv').values()) == ['out of order', 'the last but one', 'now or never']
        else:
            result = run_importer('cv2', tmp_path / version)
            assert result.returncode == 0, result.stderr
        made[version] = {name: (clips / f'{name}.csv').read_bytes() for name in FILES}
    assert all(files == made['2'] for files in made.values())
    assert made['2']['test'].splitlines()[1].startswith(b'common_voice_en_0.wav,')


@pytest.mark.parametrize('version, ending, where', [('2', 'tar.gz', ''), ('8', 'tar.gz', 'cv-corpus-8.0-2022-01-19/en'),
                                                    ('17', 'zip', 'en')])
def test_archive_is_imported_as_it_is_and_from_the_folder_above(tmp_path, version, ending, where):
    files = under(where, release(version)) if where else release(version)
    archive = tmp_path / f'cv-corpus-en.{ending}'
    (make_zip if ending == 'zip' else make_tar)(archive, files)
    clips = tmp_path / 'cv-corpus-en' / where / 'clips'
    import_twice('cv2', archive, files=[clips / 'train.csv'])
    make_tree(tmp_path / 'above' / where, release(version))
    assert run_importer('cv2', tmp_path / 'above').returncode == 0
    for name in FILES:
        assert (tmp_path / 'above' / where / 'clips' / f'{name}.csv').read_bytes() == (clips / f'{name}.csv').read_bytes()


def test_releases_without_sets_are_parted_by_speaker(tmp_path):
    speakers = {f'common_voice_en_{index}': (f'speaker{index // 2}', f'Words {chr(97 + index)}') for index in range(8)}
    names = list(CLIPS)
    delta = release('17', {'validated': range(8)}, clips=speakers)
    make_tree(tmp_path / 'delta', delta)
    result = run_importer('cv2', tmp_path / 'delta', '--split', '50,25,25')
    assert result.returncode == 0 and 'No clips of train, dev, test in this release' in result.stdout
    sets = {name: set(transcripts(tmp_path / 'delta' / 'clips' / f'{name}.csv'))
            for name in ('train', 'dev', 'test', 'train-all')}
    assert set(names) == sets['train'] | sets['dev'] | sets['test'] and sets['train-all'] == sets['train']
    people = [{speakers[name][0] for name in sets[each]} for each in ('train', 'dev', 'test')]
    assert all(people) and sum(map(len, people)) == 4
    # A table may be there with its header only.
    make_tree(tmp_path / 'empty', dict(release('13', {'test': [0, 1], 'dev': [], 'train': [4, 5], 'validated': range(7)})))
    assert run_importer('cv2', tmp_path / 'empty').returncode == 0
    clips = tmp_path / 'empty' / 'clips'
    assert {CLIPS[name][0] for name in transcripts(clips / 'dev.csv')} <= {'speaker1', 'speaker3'}
    assert set(transcripts(clips / 'test.csv')) == {names[0], names[1]}
    # All speakers are in train and test: then only a new split helps.
    make_tree(tmp_path / 'small', release('13', {'test': [0], 'dev': [], 'train': [2, 3, 4, 5], 'validated': range(6)}))
    assert '--split_validated' in run_importer('cv2', tmp_path / 'small').stdout
    assert not (tmp_path / 'small' / 'clips' / 'dev.csv').exists()
    assert run_importer('cv2', tmp_path / 'small', '--split_validated').returncode == 0
    assert len(transcripts(tmp_path / 'small' / 'clips' / 'dev.csv')) == 2


def test_hostile_rows_cost_only_themselves(tmp_path):
    files = release('17', {'test': [0, 1]}, line_end='\r\n')
    columns = HEADERS['17'].split()

    def row(**cells):
        return '\t'.join({**{column: '' for column in columns}, 'client_id': 'speaker9', **cells}[column] for column in columns)

    files['validated.tsv'] = '\ufeff' + '\r\n'.join([
        '\t'.join(columns),
        row(path='common_voice_en_2.mp3', sentence='Tab\tin the text', segment='x'),
        row(path='common_voice_en_3.mp3', sentence='Line end\nin the text', segment='x'),
        'speaker5\tcommon_voice_en_4.mp3\tid\tEnds early',
        'speaker5\tcommon_voice_en_5.mp3',
        row(path='common_voice_en_6.mp3', sentence='cafe\u0301 "'),
        row(path='common_voice_en_7.mp3', sentence='Damaged'),
        row(path='gone.mp3', sentence='Missing'),
        row(path='empty.mp3', sentence='Empty'),
        row(path='../../outside.mp3', sentence='Outside'),
        row(path='', sentence='No name'),
        row(path='common_voice_en_6.mp3', sentence='Again'),
        row(path='short.mp3', sentence='far too many words for such a short clip ' * 4),
        row(path='latin1.mp3', sentence='d\udce9j\udce0'),
        row(path='common_voice_en_0.mp3', sentence='12 digits')]) + '\r\n'
    files['validated.tsv'] = files['validated.tsv'].encode('utf-8', 'surrogateescape')
    files['clips/latin1.mp3'] = speech(4, 'mp3', 48000)
    files['clips/common_voice_en_7.mp3'] = b'\xff\xfb' + bytes(2000)
    files['clips/empty.mp3'] = b''
    files['clips/short.mp3'] = speech(3, 'mp3', 48000)
    make_tree(tmp_path, files)
    result = run_importer('cv2', tmp_path)
    assert result.returncode == 1 and '7 of 15 clips did not arrive' in result.stderr
    clips = tmp_path / 'clips'
    assert transcripts(clips / 'validated.csv') == {
        'common_voice_en_2': 'tab in the text', 'common_voice_en_3': 'line end in the text', 'common_voice_en_4': 'ends early',
        'common_voice_en_6': 'caf\u00e9'}
    assert len(transcripts(clips / 'test.csv')) == 1
    rejected = {row['clip']: (row['problem'], row['place'].replace('validated.tsv, line ', '')) for row in read_csv(
        clips / 'rejected.csv')}
    assert rejected == {
        '../../outside': ('malformed', '11'), 'common_voice_en_0': ('invalid_label', '16'),
        'common_voice_en_5': ('malformed', '6'), 'common_voice_en_6': ('excluded', '13'), 'common_voice_en_7': ('failed', '8'),
        'empty': ('failed', '10'), 'gone': ('failed', '9'), 'latin1': ('malformed', '15'), 'short': ('too_short', '14'),
        'validated.tsv, line 12': ('malformed', '12')}


def test_how_to_of_the_published_project_works_as_written(tmp_path):
    make_tree(tmp_path / 'data', release('2'))
    (tmp_path / 'alphabet.txt').write_text(' \n' + '\n'.join('abcdefghijklmnopqrstuvw') + '\n')
    make_tree(tmp_path / 'elsewhere', {name[6:]: data for name, data in release('2').items() if name.startswith('clips/')})
    result = run_importer('cv2', '--filter_alphabet', tmp_path / 'alphabet.txt', tmp_path / 'data')
    assert result.returncode == 0, result.stderr
    assert list(transcripts(tmp_path / 'data' / 'clips' / 'dev.csv')) == ['common_voice_en_2']
    assert 'Not in the alphabet' in result.stdout
    result = run_importer('cv2', tmp_path / 'data', '--audio_dir', tmp_path / 'elsewhere', '--space_after_every_character')
    assert result.returncode == 0, result.stderr
    assert transcripts(tmp_path / 'elsewhere' / 'other.csv') == {'common_voice_en_7': 't o o l a t e'}


def test_spontaneous_speech_goes_by_its_own_table(tmp_path):
    columns = ('client_id audio_id audio_file duration_ms prompt_id prompt transcription votes age gender accents variant '
               'language prompt_upvotes prompt_reports is_edited split char_per_sec quality_tags').split()
    rows = [dict(audio_file=f'spontaneous-speech-{index}.mp3', client_id=f's{index}', split=name, prompt='Why?\nHow?',
                 transcription=text) for index, (name, text) in enumerate([
                     ('train', '[noise] Well, I think so'), ('dev', 'Hm [disfluency] yes'), ('test', 'No'),
                     ('unassigned', 'So'), ('../x', 'Right'), ('train', '')])]
    lines = ['\t'.join(columns), *('\t'.join(row.get(column, '') for column in columns) for row in rows)]
    make_tree(tmp_path, {'ss-corpus-en.tsv': '\n'.join(lines) + '\n', 'README.md': 'x', **{
        f'audios/spontaneous-speech-{index}.mp3': speech(index, 'mp3', 32000) for index in range(6)}})
    import_twice('cv2', tmp_path, files=[tmp_path / 'audios' / f'{name}.csv' for name in ('train', 'dev', 'test')])
    assert transcripts(tmp_path / 'audios' / 'train.csv') == {'spontaneous-speech-0': 'well i think so'}
    assert transcripts(tmp_path / 'audios' / 'dev.csv') == {'spontaneous-speech-1': 'hm yes'}
    assert not (tmp_path / 'x.csv').exists()
    assert [row['reason'] for row in read_csv(tmp_path / 'audios' / 'rejected.csv')] == ['there is no text']


def test_csv_files_go_elsewhere_when_asked_to(tmp_path):
    release = make_tree(tmp_path / 'release', {
        'train.tsv': 'client_id\tpath\tsentence\na\tclip1.mp3\tone word\n', 'clips/clip1.mp3': speech(1, 'mp3', 48000)})
    result = run_importer('cv2', release, '--csv_dir', tmp_path / 'out')
    assert result.returncode == 0, result.stderr
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'clip1': 'one word'}
    assert sorted(path.name for path in (release / 'clips').iterdir()) == ['clip1.mp3']


def test_recordings_that_are_wav_already_are_never_written_over(tmp_path):
    files = release('17', {'validated': [0, 1, 2]})
    files['validated.tsv'] = files['validated.tsv'].replace('en_0.mp3', 'en_0.wav')
    source = files['clips/common_voice_en_0.wav'] = speech(0, 'wav', 48000, ('-ac', '2'))
    make_tree(tmp_path, files)
    import_twice('cv2', tmp_path, files=[tmp_path / 'clips' / 'validated.csv'])
    assert (tmp_path / 'clips' / 'common_voice_en_0.wav').read_bytes() == source
    assert 'common_voice_en_0~2' in transcripts(tmp_path / 'clips' / 'validated.csv')
