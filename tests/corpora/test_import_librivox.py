"""The LibriSpeech importer on archives of its layout, FLAC inside."""

import subprocess
import sys

from corpora import TOP, import_twice, make_tar, make_tree, read_csv, run_importer, speech, transcripts


def files_of(name, speaker, chapter='121123', texts=('GO DO YOU HEAR', 'BUT IN LESS THAN FIVE MINUTES')):
    directory = f'LibriSpeech/{name}/{speaker}/{chapter}'
    lines = [f'{speaker}-{chapter}-{number:04} {text}\n' for number, text in enumerate(texts)]
    return {f'{directory}/{speaker}-{chapter}.trans.txt': ''.join(lines),
            **{f'{directory}/{speaker}-{chapter}-{number:04}.flac': speech(number, 'flac') for number in range(len(texts))}}


def test_archives_become_csv_files_and_a_second_run_does_nothing(tmp_path):
    make_tar(tmp_path / 'dev-clean.tar.gz', files_of('dev-clean', 84))
    make_tar(tmp_path / 'test-clean.tar.gz', files_of('test-clean', 61))
    dev, test = tmp_path / 'librivox-dev-clean.csv', tmp_path / 'librivox-test-clean.csv'
    import_twice('librivox', tmp_path, '--sets', 'dev-clean,test-clean', files=[dev, test])
    assert transcripts(dev) == {'84-121123-0000': 'go do you hear', '84-121123-0001': 'but in less than five minutes'}
    assert list(transcripts(test)) == ['61-121123-0000', '61-121123-0001']
    assert read_csv(dev)[0]['wav_filename'].startswith('/')


def test_archive_may_go_once_it_is_unpacked(tmp_path):
    archive = make_tar(tmp_path / 'dev-clean.tar.gz', files_of('dev-clean', 84))
    assert run_importer('librivox', tmp_path, '--sets', 'dev-clean').returncode == 0
    archive.unlink()
    result = run_importer('librivox', tmp_path, '--sets', 'dev-clean')
    assert result.returncode == 0 and 'nothing to do' in result.stdout, result.stderr


def test_unpacked_directory_is_used_where_it_is(tmp_path):
    make_tree(tmp_path, files_of('dev-other', 700))
    assert run_importer('librivox', tmp_path, '--sets', 'dev-other', '--relative_paths').returncode == 0
    assert len(transcripts(tmp_path / 'librivox-dev-other.csv')) == 2
    assert read_csv(tmp_path / 'librivox-dev-other.csv')[0]['wav_filename'] == 'LibriSpeech-wav/dev-other/700-121123-0000.wav'


def test_damaged_and_missing_clips_are_listed_and_the_rest_imported(tmp_path):
    files = files_of('dev-clean', 84, texts=['ONE', 'TWO', 'THREE'])
    files['LibriSpeech/dev-clean/84/121123/84-121123-0001.flac'] = speech(1, 'flac')[:3000]
    del files['LibriSpeech/dev-clean/84/121123/84-121123-0002.flac']
    make_tree(tmp_path, files)
    result = run_importer('librivox', tmp_path, '--sets', 'dev-clean')
    assert result.returncode == 1
    assert '2 of 3 clips did not arrive' in result.stderr and '84-121123.trans.txt, line 2' in result.stderr
    assert list(transcripts(tmp_path / 'librivox-dev-clean.csv')) == ['84-121123-0000']
    rejected = read_csv(tmp_path / 'librivox-rejected.csv')
    assert [(row['clip'], row['problem'], row['text']) for row in rejected] == [
        ('dev-clean/84-121123-0001', 'failed', 'TWO'), ('dev-clean/84-121123-0002', 'failed', 'THREE')]
    assert run_importer('librivox', tmp_path, '--sets', 'dev-clean', '--accept_failed', '70').returncode == 0


def test_without_archive_and_network_it_is_said_what_to_put_where(tmp_path):
    result = run_importer('librivox', tmp_path, '--sets', 'dev-clean', '--offline')
    assert result.returncode == 1
    assert 'dev-clean.tar.gz' in result.stderr and str(tmp_path) in result.stderr and 'openslr.org' in result.stderr


def test_without_room_it_says_so_and_a_later_run_completes_it(tmp_path):
    """No file may become longer than 40 KB: as on a full disk, some clips are written and some are not."""
    make_tree(tmp_path, files_of('dev-clean', 84, texts=['ONE', 'TWO', 'THREE', 'FOUR']))
    program = [sys.executable, str(TOP / 'bin' / 'import_librivox.py'), str(tmp_path), '--sets', 'dev-clean']
    limited = subprocess.run(['bash', '-c', 'ulimit -f 40; exec "$@"', 'bash', *program], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, universal_newlines=True)
    assert limited.returncode == 1
    assert limited.stderr.startswith('E ') and 'cannot be written' in limited.stderr and len(limited.stderr.splitlines()) == 1
    assert not list(tmp_path.glob('*.csv'))
    assert not [path for path in tmp_path.rglob('*') if path.name.startswith('.tmp-')]
    assert subprocess.run(program, stdout=subprocess.DEVNULL).returncode == 0
    assert len(transcripts(tmp_path / 'librivox-dev-clean.csv')) == 4
