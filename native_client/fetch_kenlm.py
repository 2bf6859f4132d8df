"""Fetches the KenLM sources that the native parts are compiled with, once, before any build.

    python native_client/fetch_kenlm.py

They come through pip from the package index that is configured, as the source distribution pinned in kenlm-source.txt, and are
checked against its hash. They are unpacked into native_client/third_party/kenlm.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE_PIN = os.path.join(HERE, 'kenlm-source.txt')
TARGET = os.path.join(HERE, 'third_party', 'kenlm')
STAMP = os.path.join(TARGET, '.pin')  # a copy of the pin that the directory was made by


def fetch_kenlm() -> str:
    """Returns the directory of the sources, which are downloaded if they are not there yet or the pin is another."""
    with open(SOURCE_PIN, encoding='utf-8') as file:
        pin = file.read()
    if _stamp() == pin:
        return TARGET
    os.makedirs(os.path.dirname(TARGET), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(TARGET)) as scratch:
        source = _download(scratch)
        with open(os.path.join(source, '.pin'), 'w', encoding='utf-8') as file:
            file.write(pin)
        if _stamp() != pin:  # else another set-up of this checkout was quicker, and may be compiling already
            shutil.rmtree(TARGET, ignore_errors=True)
            os.rename(source, TARGET)
    return TARGET


def _stamp() -> str:
    try:
        with open(STAMP, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def _download(scratch: str) -> str:
    """Returns the directory in `scratch` with the unpacked sources."""
    command = [sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary', 'kenlm', '--require-hashes',
               '--requirement', SOURCE_PIN, '--dest', scratch]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        output = result.stdout.decode('utf-8', 'replace').strip()
        if 'No module named pip' in output:
            sys.exit(f'E {sys.executable} has no pip, which downloads the KenLM sources; install it (on Debian or Ubuntu: '
                     f'apt-get install python3-pip), or run this with the Python of a virtual environment.')
        print(output, file=sys.stderr)
        sys.exit('E pip could not download the KenLM sources named in native_client/kenlm-source.txt; is the package index '
                 'reachable, and pip 19 or newer?')
    (archive,) = [name for name in os.listdir(scratch) if name.endswith('.tar.gz')]
    with tarfile.open(os.path.join(scratch, archive)) as tar:
        tar.extraction_filter = getattr(tarfile, 'data_filter', lambda member, path: member)
        tar.extractall(scratch)
    return os.path.join(scratch, archive[:-len('.tar.gz')])


if __name__ == '__main__':
    fetch_kenlm()
