"""The LDC93S1 importer with files put in place by hand, and without network."""

import csv
import wave

from corpora import run_importer, run_program

LINE = '0 46797 She had your dark suit in greasy wash water all year.\n'


def place_files(data_dir):
    with wave.open(str(data_dir / 'LDC93S1.wav'), 'wb') as wav:
        wav.setparams((1, 2, 16000, 0, 'NONE', ''))
        wav.writeframes(bytes(2 * 46797))
    (data_dir / 'LDC93S1.txt').write_text(LINE, encoding='utf-8')


def test_hand_placed_files_are_imported_without_network_twice(tmp_path):
    place_files(tmp_path)
    for _ in range(2):
        result = run_program('ldc93s1', tmp_path)
        assert result.returncode == 0, result.stderr
        with open(str(tmp_path / 'ldc93s1.csv'), newline='', encoding='utf-8') as file:
            assert list(csv.reader(file)) == [
                ['wav_filename', 'wav_filesize', 'transcript'],
                [str(tmp_path / 'LDC93S1.wav'), '93638', 'she had your dark suit in greasy wash water all year']]


def test_without_files_and_network_the_message_names_both_files_and_the_directory(tmp_path):
    result = run_importer('ldc93s1', tmp_path / 'ldc')
    assert result.returncode == 1
    assert result.stderr.startswith('E ')
    assert len(result.stderr.splitlines()) == 1
    for word in ('LDC93S1.wav', 'LDC93S1.txt', str(tmp_path / 'ldc')):
        assert word in result.stderr
    assert not (tmp_path / 'ldc' / 'ldc93s1.csv').exists()


def test_transcript_file_of_another_form_is_refused(tmp_path):
    place_files(tmp_path)
    (tmp_path / 'LDC93S1.txt').write_text('<html>', encoding='utf-8')
    result = run_importer('ldc93s1', tmp_path)
    assert result.returncode == 1
    assert 'LDC93S1.txt is a web page' in result.stderr
