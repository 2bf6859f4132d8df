"""The LDC93S1 importer with files put in place by hand, and without network."""

import csv
import os
import subprocess
import sys
import wave
from pathlib import Path

IMPORTER = Path(__file__).resolve().parents[2] / 'bin' / 'import_ldc93s1.py'
LINE = '0 46797 She had your dark suit in greasy wash water all year.\n'
# Nothing listens on the discard port, so every connection is refused at once.
NO_NETWORK = {name: 'http://127.0.0.1:9' for name in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY')}


def run_importer(data_dir):
    return subprocess.run([sys.executable, str(IMPORTER), str(data_dir)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, env=dict(os.environ, no_proxy='', NO_PROXY='', **NO_NETWORK))


def place_files(data_dir):
    with wave.open(str(data_dir / 'LDC93S1.wav'), 'wb') as wav:
        wav.setparams((1, 2, 16000, 0, 'NONE', ''))
        wav.writeframes(bytes(2 * 46797))
    (data_dir / 'LDC93S1.txt').write_text(LINE, encoding='utf-8')


def test_hand_placed_files_are_imported_without_network_twice(tmp_path):
    place_files(tmp_path)
    for _ in range(2):
        result = run_importer(tmp_path)
        assert result.returncode == 0, result.stderr
        with open(str(tmp_path / 'ldc93s1.csv'), newline='', encoding='utf-8') as file:
            assert list(csv.reader(file)) == [
                ['wav_filename', 'wav_filesize', 'transcript'],
                [str(tmp_path / 'LDC93S1.wav'), '93638', 'she had your dark suit in greasy wash water all year']]


def test_without_files_and_network_the_message_names_both_files_and_the_directory(tmp_path):
    result = run_importer(tmp_path / 'ldc')
    assert result.returncode == 1
    assert result.stderr.startswith('E ')
    assert len(result.stderr.splitlines()) == 1
    for word in ('LDC93S1.wav', 'LDC93S1.txt', str(tmp_path / 'ldc')):
        assert word in result.stderr
    assert not (tmp_path / 'ldc' / 'ldc93s1.csv').exists()


def test_transcript_file_of_another_form_is_refused(tmp_path):
    place_files(tmp_path)
    (tmp_path / 'LDC93S1.txt').write_text('<html>', encoding='utf-8')
    result = run_importer(tmp_path)
    assert result.returncode == 1
    assert 'LDC93S1.txt is a web page' in result.stderr
