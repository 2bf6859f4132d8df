"""The importers of Fisher and Switchboard on discs and archives of their layouts: SPHERE, mu-law, 8 kHz, stereo."""

import subprocess
import wave

import numpy as np
import pytest
from corpora import import_twice, long_clips, make_tar, make_tree, read_csv, run_importer, tar_bytes, transcripts


@pytest.fixture(scope='module')
def talk():
    """Returns the bytes of a talk: speech of the first 1.2 s on side A, then other speech on side B, in all about 2.4 s."""
    clips = [str(path) for path in long_clips()[:2]]
    sides = [f'|sox -D {clip} -t wav - trim 0 1.2 pad {1.2 * number} {1.2 * (1 - number)}' for number, clip in enumerate(clips)]
    sox = ['sox', '-D', '-M', *sides]
    options = ['-t', 'sph', '-r', '8000', '-e', 'mu-law', '-']
    return subprocess.run([*sox, *options], stdout=subprocess.PIPE, check=True).stdout


def fisher_files(talk, numbers, part='2004', lines='0.0 1.2 A: yes\n1.2 2.4 B: no\n'):
    trans = {'2004': 'LDC2004T19/fe_03_p1_tran', '2005': 'LDC2005T19/fe_03_p2_tran'}[part]
    return {name: content for number in numbers for name, content in (
        (f'LDC{part}S13/fisher_eng_tr_sp_d1/audio/000/fe_03_{number:05}.sph', talk),
        (f'{trans}/data/trans/000/fe_03_{number:05}.txt', f'# fe_03_{number:05}.sph\n# by BBN\n\n{lines}'))}


def test_fisher_is_cut_into_segments_of_each_side_and_talks_stay_whole(tmp_path, talk):
    make_tree(tmp_path, {**fisher_files(talk, range(1, 4)), **fisher_files(talk, [5851], '2005')})
    csv_files = [tmp_path / f'fisher-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('fisher', tmp_path, files=csv_files)
    found = [transcripts(path) for path in csv_files]
    assert {name: text for part in found for name, text in part.items()} == {
        name: text for number in (1, 2, 3, 5851) for name, text in (
            (f'fe_03_{number:05}-0.0-1.2-A', 'yes'), (f'fe_03_{number:05}-1.2-2.4-B', 'no'))}
    assert all(len({name[:11] for name in part}) * 2 == len(part) for part in found)
    for row in read_csv(csv_files[0]):  # each side is loud where it speaks, and silent on the other's channel
        with wave.open(row['wav_filename']) as wav:
            assert wav.getnframes() == 19200
            samples = np.frombuffer(wav.readframes(19200), np.int16).astype(float)
            assert np.sqrt(np.mean(samples ** 2)) > 100


def test_fisher_lists_rows_that_cannot_be_used_and_mends_known_mistakes(tmp_path, talk):
    lines = ('0.0 1.0 A: ((hm))\n0.1 1.1 B: [laughter] yes\n0.2 1.2 A: i\u2019m \u00e9l\n0.3 1.3 C: yes\n'
             '0.4 x A: yes\n0.5 0.4 A: yes\n0.6\n0.7 1.7 B: cat 22\n7.0 8.0 A: late\n')
    make_tree(tmp_path, fisher_files(talk, [1], lines=lines))
    make_tree(tmp_path, fisher_files(b'', [2], lines='0.0 1.0 A: lost\n'))
    make_tree(tmp_path, fisher_files(talk, [11487], lines='31.09 234.06 A: mistyped\n'))
    result = run_importer('fisher', tmp_path, '--parts', '1', '--split', '100,0,0')
    assert result.returncode == 1 and '6 of 11 clips did not arrive' in result.stderr
    assert transcripts(tmp_path / 'fisher-train.csv') == {'fe_03_00001-0.2-1.2-A': "i'm el"}
    rejected = {row['place']: row['problem'] for row in read_csv(tmp_path / 'fisher-rejected.csv')}
    kinds = ['invalid_label', 'invalid_label', '', *4 * ['malformed'], 'invalid_label', 'failed']
    assert rejected == {'fe_03_00002.txt, line 4': 'failed', 'fe_03_11487.txt, line 4': 'excluded', **{
        f'fe_03_00001.txt, line {number}': kind for number, kind in enumerate(kinds, 4) if kind}}
    result = run_importer('fisher', tmp_path)
    assert result.returncode == 1 and 'LDC2005S13 is missing' in result.stderr and '--parts 1' in result.stderr


def swb_text(stem):
    return {f'swb_ms98_transcriptions/{stem[2:4]}/{stem[2:6]}/{stem}-ms98-a-trans.text':
            f'{stem}-ms98-a-0001 0.000000 0.500000 [silence]\n' + (
                f'{stem}-ms98-a-0002 0.100000 1.200000 hi there\n' if stem.endswith('A') else
                f'{stem}-ms98-a-0002 1.200000 2.400000 bye\nshort row\n'),
            f'swb_ms98_transcriptions/{stem[2:4]}/{stem[2:6]}/{stem}-ms98-a-word.text': 'ignored\n'}


def test_switchboard_becomes_csv_files_and_a_second_run_does_nothing(tmp_path, talk):
    talks = (2001, 2005, 3006)
    discs = {f'swb1_d{disc}/data/sw0{number}.sph': talk for disc, number in enumerate(talks, 1)}
    make_tar(tmp_path / 'swb1_LDC97S62.tgz', discs)
    texts = {name: text for number in talks for side in 'AB' for name, text in swb_text(f'sw{number}{side}').items()}
    make_tree(tmp_path, {'LDC97S62/switchboard_word_alignments.tar.gz': tar_bytes(texts)})
    csv_files = [tmp_path / 'LDC97S62' / f'swb-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('swb', tmp_path, '--accept_failed', '30', files=csv_files)
    assert sorted(tuple(transcripts(path).items()) for path in csv_files) == [
        ((f'sw{number}A-ms98-a-trans-0.1-1.2', 'hi there'), (f'sw{number}B-ms98-a-trans-1.2-2.4', 'bye')) for number in talks]
    rejected = read_csv(tmp_path / 'LDC97S62' / 'swb-rejected.csv')
    assert sorted((row['problem'], row['place'][:7]) for row in rejected) == sorted(
        [('invalid_label', f'sw{number}{side}') for number in talks for side in 'AB']
        + [('malformed', f'sw{number}B') for number in talks])


def test_switchboard_says_what_is_missing(tmp_path):
    result = run_importer('swb', tmp_path)
    assert result.returncode == 1 and 'swb1_LDC97S62.tgz' in result.stderr
