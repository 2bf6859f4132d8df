"""The VoxPopuli importer on its list, with recordings of utterances and of whole sessions."""

import gzip

from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts

HEADER = 'session_id|id_|start_time|end_time|split|speaker_id|gender|normed_text|original_text\n'
SESSION = '20180118-0900-PLENARY-15'
ROWS = [f'{SESSION}|a-0|0.0|1.2|train|7|male|one "two|One "Two.\n', f'{SESSION}|a-1|0.5|1.7|dev|8|male|three|Three.\n',
        f'{SESSION}|a-2|0.2|1.1|test|9|female||Four.\n']


def corpus(rows):
    return {'asr_en.tsv.gz': gzip.compress((HEADER + ''.join(rows)).encode()),
            f'raw_audios/original/2018/{SESSION}_original.ogg': speech(0, 'ogg', 48000)}


def test_utterances_are_cut_out_of_sessions(tmp_path):
    make_tree(tmp_path, corpus(ROWS))
    csvs = [tmp_path / f'voxpopuli-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('voxpopuli', tmp_path, files=csvs)
    assert [transcripts(path) for path in csvs] == [{'a-0': 'one two'}, {'a-1': 'three'}, {'a-2': 'four'}]
    assert read_csv(csvs[0])[0]['wav_filesize'] == str(44 + 2 * 16000 * 12 // 10)


def test_utterances_that_were_cut_before_are_taken_and_bad_rows_listed(tmp_path):
    bad_rows = [f'{SESSION}|a-3|1.0|0.5|train|7|male|x|X\n', f'{SESSION}|a-4|soon||train|7|male|x|X\n',
                'gone|a-5|0|1|train|7|male|x|X\n', 'short|row\n']
    make_tree(tmp_path, {**corpus([*ROWS, *bad_rows]),
                         f'transcribed_data/en/2018/{SESSION}/a-0.ogg': speech(1, 'ogg', 48000)})
    result = run_importer('voxpopuli', tmp_path, '--original_text')
    assert result.returncode == 1 and '4 of 7 clips did not arrive' in result.stderr
    assert [(row['problem'], row['place']) for row in read_csv(tmp_path / 'voxpopuli-rejected.csv')] == [
        ('malformed', 'asr_en.tsv, line 5'), ('malformed', 'asr_en.tsv, line 6'), ('failed', 'asr_en.tsv, line 7'),
        ('malformed', 'asr_en.tsv, line 8')]
    assert int(read_csv(tmp_path / 'voxpopuli-train.csv')[0]['wav_filesize']) != 44 + 2 * 16000 * 12 // 10
    lacking = run_importer('voxpopuli', tmp_path / 'other')
    assert lacking.returncode == 1 and '--language' in lacking.stderr
