"""The importers of Mandarin corpora that share their code, on archives of the real layouts, archives in archives included."""

import json

import pytest
from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, tar_bytes, transcripts

SETS = ('train', 'dev', 'test')
TEXTS = ('以及 拥有 陆地', '打开 ＡＰＰ', '今天 天气')


def aidatatang():
    inner = {f'corpus/{name}/G000{number}.tar.gz': tar_bytes({
        f'G000{number}/T0055G000{number}S0001.wav': speech(number), f'G000{number}/T0055G000{number}S0001.txt': 'x',
        f'G000{number}/T0055G000{number}S0001.metadata': 'x'}) for number, name in enumerate(SETS)}
    lines = ''.join(f'T0055G000{number}S0001 {text}\r\n' for number, text in enumerate(TEXTS))
    return {f'aidatatang_200zh/{name}': content for name, content in {
        'transcript/aidatatang_200_zh_transcript.txt': '\ufeff' + lines, **inner}.items()}


def aishell():
    inner = {f'wav/S000{number}.tar.gz': tar_bytes({f'{name}/S000{number}/BAC009S000{number}W0001.wav': speech(number)})
             for number, name in enumerate(SETS)}
    lines = ''.join(f'BAC009S000{number}W0001 {text}\n' for number, text in enumerate(TEXTS))
    return {f'data_aishell/{name}': content for name, content in {
        'transcript/aishell_transcript_v0.8.txt': lines, **inner}.items()}


@pytest.mark.parametrize('name, archive, files, stem', [
    ('aidatatang', 'aidatatang_200zh.tgz', aidatatang(), 'T0055G000{}S0001'),
    ('aishell', 'data_aishell.tgz', aishell(), 'BAC009S000{}W0001')], ids=['aidatatang', 'aishell'])
def test_archives_within_an_archive_become_csv_files(tmp_path, name, archive, files, stem):
    make_tar(tmp_path / archive, files)
    csv_files = [tmp_path / f'{name}_{part}.csv' for part in SETS]
    import_twice(name, tmp_path / archive, files=csv_files)
    assert [transcripts(path) for path in csv_files] == [
        {stem.format(0): '以及 拥有 陆地'}, {stem.format(1): '打开 APP'}, {stem.format(2): '今天 天气'}]


def test_speech_that_people_have_unpacked_themselves_is_used_where_it_is(tmp_path):
    files = {'transcript/aishell_transcript_v0.8.txt': ''.join(f'B{number} {text}\n' for number, text in enumerate(TEXTS)),
             **{f'wav/{name}/S1/B{number}.wav': speech(number) for number, name in enumerate(SETS)},
             'wav/S1.tar.gz': b'not looked at, as its content is there'}
    make_tree(tmp_path / 'data_aishell', files)
    result = run_importer('aishell', tmp_path / 'data_aishell', '--target_dir', tmp_path / 'out')
    assert result.returncode == 0, result.stderr
    row = read_csv(tmp_path / 'out' / 'aishell_train.csv')[0]
    assert row['wav_filename'] == str(tmp_path / 'data_aishell/wav/train/S1/B0.wav')


def test_only_training_clips_are_limited_in_length_and_bad_rows_are_named(tmp_path):
    long = speech(0, 'wav', 16000, ('-af', 'apad=whole_dur=11'))
    names = {'train': ('a', 'b', 'c', 'd', 'e'), 'dev': ('f',), 'test': ('g',)}
    files = {f'corpus/{part}/G1/{name}.wav': speech(1) for part, all_names in names.items() for name in all_names}
    files.update({'corpus/train/G1/a.wav': long, 'corpus/dev/G1/f.wav': long, 'corpus/train/G1/b.wav': b'',
                  'corpus/other/G1/i.wav': speech(1),
                  'transcript/aidatatang_200_zh_transcript.txt': 'a 一\nb 二\nc\nd 四\nf 六\ng 七\nh 八\nd 四\ni 九\n'})
    make_tree(tmp_path / 'aidatatang_200zh', files)
    result = run_importer('aidatatang', tmp_path)
    assert result.returncode == 1 and '5 of 10 clips did not arrive' in result.stderr
    assert [list(transcripts(tmp_path / f'aidatatang_{part}.csv')) for part in SETS] == [['d'], ['f'], ['g']]
    assert [(row['clip'], row['problem'], row['place'][-6:]) for row in read_csv(tmp_path / 'aidatatang_rejected.csv')] == [
        ('G1/i', 'malformed', 'line 9'), ('h', 'failed', 'line 7'), ('train/G1/a', 'too_long', 'line 1'), ('train/G1/b', 'failed', 'line 2'),
        ('train/G1/c', 'malformed', 'line 3'), ('train/G1/d', 'excluded', 'line 8'), ('train/G1/e', 'malformed', '')]


def test_free_st_mandarin_keeps_speakers_apart(tmp_path):
    top, names = 'ST-CMDS-20170001_1-OS', [f'20170001P{speaker:05}A{clip:04}' for speaker in range(1, 5) for clip in (1, 2)]
    files = {f'{top}/{name}.{ending}': content for number, name in enumerate(names) for ending, content in (
        ('wav', speech(number)), ('txt', '你好\n'), ('metadata', 'x'))}
    make_tar(tmp_path / f'{top}.tar.gz', {**files, f'{top}/20170001P00009A0001.wav': speech(0)})
    csv_files = [tmp_path / f'freestmandarin_{part}.csv' for part in SETS]
    import_twice('freestmandarin', tmp_path / f'{top}.tar.gz', '--accept_failed', '20', files=csv_files)
    speakers = [{name[:14] for name in transcripts(path)} for path in csv_files]
    assert sum(map(len, speakers)) == len(set().union(*speakers)) == 4
    assert sorted(name for path in csv_files for name in transcripts(path)) == names
    assert '你好' in csv_files[0].read_text(encoding='utf-8')
    rejected = read_csv(tmp_path / 'freestmandarin_rejected.csv')
    assert [(row['clip'], row['reason']) for row in rejected] == [('20170001P00009A0001', 'the text file beside it is missing')]


def test_primewords_reads_its_list_in_json(tmp_path):
    top, names = 'primewords_md_2018_set1', [f'{number}a{number}d0da1f-7f9c' for number in range(6)]
    entries = [{'id': number, 'file': f'{name}.wav', 'user_id': str(number // 2), 'length': '2.1', 'text': '你好'}
               for number, name in enumerate(names)]
    bad = [{'id': 7, 'file': 'none.wav'}, 'x', {'file': 'gone.wav', 'text': '不'}, {'file': 'zero\0.wav', 'text': '不'}]
    make_tree(tmp_path / top, {
        'set1_transcript.json': json.dumps(entries + bad, ensure_ascii=False),
        **{f'audio_files/{name[0]}/{name[:2]}/{name}.wav': speech(number) for number, name in enumerate(names)},
        'audio_files/f/ff/ff.wav': speech(0)})
    csv_files = [tmp_path / f'primewords_{part}.csv' for part in SETS]
    import_twice('primewords', tmp_path, '--accept_failed', '50', files=csv_files)
    assert sorted(sorted(name[0] for name in transcripts(path)) for path in csv_files) == [['0', '1'], ['2', '3'], ['4', '5']]
    kinds = {row['place'] or row['clip']: row['problem'] for row in read_csv(tmp_path / 'primewords_rejected.csv')}
    assert kinds == {'ff': 'excluded', **{f'set1_transcript.json, entry {number}': kind for number, kind in (
        (7, 'malformed'), (8, 'malformed'), (9, 'failed'), (10, 'malformed'))}}


def test_a_damaged_list_is_named(tmp_path):
    make_tree(tmp_path / 'primewords_md_2018_set1', {'set1_transcript.json': '[{"id": 0, "fi'})
    result = run_importer('primewords', tmp_path)
    assert result.returncode == 1 and 'set1_transcript.json: no JSON' in result.stderr
    result = run_importer('aishell', tmp_path / 'my.tgz')
    assert result.returncode == 1 and 'there is no such file; name data_aishell.tgz' in result.stderr
