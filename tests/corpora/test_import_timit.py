"""The TIMIT importer on archives of its layout, SPHERE inside."""

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts

SPHERE = [speech(number, 'sph') for number in range(4)]


def files_of():
    pairs = {'TRAIN/DR1/FCJF0/SA1': 'She had your dark suit.', 'TRAIN/DR1/FCJF0/SX37': 'Critical equipment; "proper"!',
             'TRAIN/DR2/MABC0/SI648': 'A sailboat may have a bone.', 'TEST/DR1/FAKS0/SX43': 'Elderly people, often ill-fed?'}
    files = {f'{stem}.TXT': f'0 46797 {text}\n' for stem, text in pairs.items()}
    files.update({f'{stem}.WAV': SPHERE[number] for number, stem in enumerate(pairs)})
    return {**files, 'TRAIN/DR1/FCJF0/SX37.PHN': '0 100 h#\n', 'README.DOC': 'x'}


def test_an_archive_becomes_csv_files_without_the_sentences_that_everybody_reads(tmp_path):
    data_dir = tmp_path / 'train'  # must not put everything into the training set
    make_tar(data_dir / 'TIMIT-LDC93S1.tgz', files_of())
    csv_files = [data_dir / 'TIMIT' / f'timit_{name}.csv' for name in ('train', 'test', 'all')]
    import_twice('timit', data_dir, files=csv_files)
    train = {'sx37': 'critical equipment proper', 'si648': 'a sailboat may have a bone'}
    test = {'sx43': 'elderly people often illfed'}
    assert [transcripts(path) for path in csv_files] == [train, test, {**test, **train}]
    assert [row['problem'] for row in read_csv(data_dir / 'TIMIT' / 'timit_rejected.csv')] == ['excluded']


def test_small_letters_copies_of_programs_and_damage_are_told_apart(tmp_path):
    files = {f'TIMIT/data/{name.lower()}': content for name, content in files_of().items()}
    files['TIMIT/data/train/dr1/fcjf0/sx37.wav.wav'] = files['TIMIT/data/train/dr1/fcjf0/sx37_rif.wav'] = speech(0)
    files.update({'TIMIT/data/train/dr3/mxyz0/sx1.wav': SPHERE[0][:5000], 'TIMIT/data/train/dr3/mxyz0/sx1.txt': '0 9 words\r\n',
                  'TIMIT/data/train/dr3/mxyz0/sx2.wav': SPHERE[0], 'TIMIT/data/train/dr3/mxyz0/sx3.txt': '0 9 words',
                  'TIMIT/data/train/dr3/mxyz0/sx4.wav': SPHERE[0], 'TIMIT/data/train/dr3/mxyz0/sx4.txt': '0 9'})
    make_tree(tmp_path, files)
    result = run_importer('timit', tmp_path)
    assert result.returncode == 1 and '4 of 8 clips did not arrive' in result.stderr
    assert list(transcripts(tmp_path / 'TIMIT' / 'timit_all.csv')) == ['sx43', 'sx37', 'si648']
    rejected = {row['clip'][-3:]: row['problem'] for row in read_csv(tmp_path / 'TIMIT' / 'timit_rejected.csv')}
    assert rejected == {'sa1': 'excluded', 'sx1': 'failed', 'sx2': 'malformed', 'sx3': 'failed', 'sx4': 'malformed'}


def test_without_the_corpus_it_is_said_what_to_put_where(tmp_path):
    result = run_importer('timit', tmp_path)
    assert result.returncode == 1 and 'TIMIT-LDC93S1.tgz' in result.stderr
