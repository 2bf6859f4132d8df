"""The TED-LIUM importer on an archive of its layout: talks in SPHERE, segments in STM."""

import pytest
from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

from deepspeech_training.corpora.importers.ted import Ted

SETS = ('train', 'dev', 'test')


def files_of(lines='{talk} 1 {talk} 0.00 1.10 <o,f0,male> last year i showed\n'):
    return {name: content for number, part in enumerate(SETS) for name, content in (
        (f'TEDLIUM_release2/{part}/sph/AlGore_{number}.sph', speech(number, 'sph')),
        (f'TEDLIUM_release2/{part}/stm/AlGore_{number}.stm', lines.format(talk=f'AlGore_{number}')))}


def test_segments_of_talks_become_csv_files(tmp_path):
    make_tar(tmp_path / 'TEDLIUM_release2.tar.gz', files_of(
        '{talk} 1 inter_segment_gap 0 0.1 <o,f0,> ignore_time_segment_in_scoring\n'
        "{talk} 1 {talk} 0.10 1.10 <o,f0,male> it 's caf\u00e9 time\n"
        '{talk} 1 {talk} 0.2 1.2 <o,f0,male> the <unk> thing\n'))
    csv_files = [tmp_path / f'ted-{part}.csv' for part in SETS]
    import_twice('ted', tmp_path, files=csv_files)
    assert [transcripts(path) for path in csv_files] == [
        {f'AlGore_{number}-0.1-1.1': "it's cafe time"} for number in range(3)]
    assert [row['problem'] for row in read_csv(tmp_path / 'ted-rejected.csv')] == 3 * ['invalid_label']


def test_damaged_lines_and_talks_cost_no_others(tmp_path):
    files = files_of()
    files['TEDLIUM_release2/train/stm/AlGore_0.stm'] += (
        ';; a comment\n\nAlGore_0 1 AlGore_0 0.5\nAlGore_0 1 AlGore_0 x 1 <o,f0,male> a\n'
        'AlGore_0 1 AlGore_0 2 1 <o,f0,male> a\nAlGore_0 1 AlGore_0 nan 1 <o,f0,male> a\n'
        'AlGore_0 1 AlGore_0 50 52 <o,f0,male> a\nnone 1 none 0 1 <o,f0,male> a\n'
        'AlGore_0 1 AlGore_0 0.2 1.2 without a label\n')
    files['TEDLIUM_release2/train/stm/Cut.stm'] = 'Cut 1 Cut 0.00 1.10 <o,f0,male> cut short\n'
    files['TEDLIUM_release2/train/sph/Cut.sph'] = speech(0, 'sph')[:3000]
    make_tree(tmp_path, files)
    result = run_importer('ted', tmp_path / 'TEDLIUM_release2')
    assert result.returncode == 1 and '7 of 11 clips did not arrive' in result.stderr
    assert transcripts(tmp_path / 'TEDLIUM_release2' / 'ted-train.csv') == {
        'AlGore_0-0.0-1.1': 'last year i showed', 'AlGore_0-0.2-1.2': 'without a label'}
    rejected = read_csv(tmp_path / 'TEDLIUM_release2' / 'ted-rejected.csv')
    assert sorted((row['place'], row['problem']) for row in rejected) == [
        *((f'AlGore_0.stm, line {number}', kind) for number, kind in (
            (4, 'malformed'), (5, 'malformed'), (6, 'malformed'), (7, 'malformed'), (8, 'failed'), (9, 'failed'))),
        ('Cut.stm, line 1', 'failed')]


@pytest.mark.parametrize('text, transcript', [
    ("they 're here and he 'll go", "they're here and he'll go"), ("it was 'em", "it was 'em"), ('<unk>', None),
    ('THE(2) {SMACK} END', 'the end'), ('don\u2019t', "don't")])
def test_texts_of_talks_are_written_as_they_are_read(tmp_path, text, transcript):
    cleaned = Ted([str(tmp_path)]).clean(text)
    assert (cleaned and ' '.join(cleaned.split())) == transcript
