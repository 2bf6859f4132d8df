"""The Asterisk importer on a small stand-in for the unpacked Debian packages, with real G.722 made by ffmpeg."""

import csv
import gzip
import os
import subprocess
import wave

import pytest
from corpora import run_importer

LIST = """\
; Core Asterisk Sounds in French

hello: Bonjour, l'Été !
beep: [un bip]
count: Il y a 3 messages.
silent: ...
never-recorded: Jamais.
digits/1: un
digits/2: deux
"""


def read_rows(out_dir):
    """Returns [(set name, row as a dict)] of all files; a set without clips has none."""
    rows = []
    for name in ('train', 'dev', 'test'):
        if (out_dir / f'{name}.csv').exists():
            with open(str(out_dir / f'{name}.csv'), newline='', encoding='utf-8') as file:
                rows += [(name, row) for row in csv.DictReader(file)]
    return rows


@pytest.fixture(scope='module')
def packages(tmp_path_factory):
    """A directory as `dpkg -x` of the two packages leaves it; prompt n lasts 0.4 + n / 10 seconds."""
    root = tmp_path_factory.mktemp('packages')
    doc = root / 'usr/share/doc/asterisk-core-sounds-fr'
    doc.mkdir(parents=True)
    with gzip.open(str(doc / 'core-sounds-fr.txt.gz'), 'wt', encoding='utf-8') as file:
        file.write(LIST)
    sounds = root / 'usr/share/asterisk/sounds/fr_CA_f_June'
    (sounds / 'digits').mkdir(parents=True)
    for index, name in enumerate(['hello', 'beep', 'count', 'silent', 'digits/1', 'digits/2']):
        subprocess.run(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', f'sine=frequency=300:duration={0.4 + index / 10}',
                        '-ar', '16000', '-ac', '1', '-c:a', 'g722', '-f', 'g722', str(sounds / f'{name}.g722')], check=True)
    return root


def test_imports_spoken_prompts_as_16_khz_mono_with_lower_case_letters(packages, tmp_path):
    result = run_importer('asterisk', 'fr', tmp_path, '--packages', packages)
    assert result.returncode == 0, result.stderr
    rows = read_rows(tmp_path)
    assert {row['wav_filename']: row['transcript'] for _, row in rows} == {
        'wav/hello.wav': "bonjour l'été", 'wav/digits_1.wav': 'un', 'wav/digits_2.wav': 'deux'}
    assert [name for name, _ in rows] == ['train', 'train', 'test']  # int(3 * .8), then int(3 * .9) - 2 = 0
    for _, row in rows:
        path = tmp_path / row['wav_filename']
        assert path.stat().st_size == int(row['wav_filesize'])
        with wave.open(str(path)) as wav:
            assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16000, 1, 2)
            assert 44 + 2 * wav.getnframes() == int(row['wav_filesize'])
    # The alphabet is sorted with the blank first, and the text for a language model is that of the training set.
    characters = (tmp_path / 'alphabet.txt').read_text(encoding='utf-8').splitlines()
    assert characters == sorted(set("bonjour l'été un deux"))
    assert characters[0] == ' '
    train = [row['transcript'] for name, row in read_rows(tmp_path) if name == 'train']
    assert (tmp_path / 'train.txt').read_text(encoding='utf-8').splitlines() == train


def test_second_run_converts_only_what_is_missing(packages, tmp_path):
    run_importer('asterisk', 'fr', tmp_path, '--packages', packages)
    before = read_rows(tmp_path)
    kept, lost = tmp_path / 'wav/hello.wav', tmp_path / 'wav/digits_1.wav'
    os.utime(str(kept), (4e9, 4e9))
    lost.unlink()
    assert run_importer('asterisk', 'fr', tmp_path, '--packages', packages).returncode == 0
    assert kept.stat().st_mtime == 4e9
    assert lost.exists()
    assert read_rows(tmp_path) == before
    assert not [path for path in tmp_path.rglob('*') if '.tmp' in path.name]


def test_missing_ffmpeg_is_named_with_its_package(packages, tmp_path):
    result = run_importer('asterisk', 'fr', tmp_path, '--packages', packages, PATH=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == 'E ffmpeg is needed and is not installed; on Debian or Ubuntu: apt-get install ffmpeg.\n'


def test_directory_without_the_packages_is_refused(tmp_path):
    result = run_importer('asterisk', 'ru', tmp_path / 'out', '--packages', tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f'E {tmp_path}: there is no usr/share/')
    assert not list((tmp_path / 'out').glob('*.csv'))


def test_damaged_recording_is_left_out_and_the_import_goes_on(packages, tmp_path):
    """Of three prompts it is more than may be missing without being accepted, so the exit code tells."""
    copy = tmp_path / 'packages'
    subprocess.run(['cp', '-r', str(packages), str(copy)], check=True)
    (copy / 'usr/share/asterisk/sounds/fr_CA_f_June/digits/1.g722').write_bytes(b'')
    result = run_importer('asterisk', 'fr', tmp_path / 'out', '--packages', copy)
    assert result.returncode == 1
    assert 'E ' in result.stderr and 'digits_1' in result.stderr and '--accept_failed' in result.stderr
    assert {row['transcript'] for _, row in read_rows(tmp_path / 'out')} == {"bonjour l'été", 'deux'}


def test_packages_are_downloaded_and_unpacked_once(packages, tmp_path, monkeypatch):
    """Real packages made by dpkg-deb; the apt-get in front of the PATH copies them instead of asking a mirror."""
    tree = tmp_path / 'tree'
    subprocess.run(['cp', '-r', str(packages), str(tree)], check=True)
    (tree / 'DEBIAN').mkdir()
    (tree / 'DEBIAN/control').write_text('Package: asterisk-core-sounds-fr\nVersion: 1\nArchitecture: all\n'
                                         'Maintainer: Nobody <nobody@localhost>\nDescription: prompts\n')
    subprocess.run(['dpkg-deb', '--build', str(tree), str(tmp_path / 'prompts.deb')], check=True, stdout=subprocess.DEVNULL)
    programs = tmp_path / 'programs'
    programs.mkdir()
    (programs / 'apt-get').write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\ncp {tmp_path}/prompts.deb .\n')
    (programs / 'apt-get').chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        result = run_importer('asterisk', 'fr', 'out', PATH=f'{programs}:{os.environ["PATH"]}')
        assert result.returncode == 0, result.stderr
    assert len(read_rows(tmp_path / 'out')) == 3
    assert (tmp_path / 'calls').read_text() == 'download -q asterisk-core-sounds-fr asterisk-core-sounds-fr-g722\n'
    assert len(list((tmp_path / 'out/packages').iterdir())) == 1
