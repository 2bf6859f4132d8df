"""Compiles the native programs and packs them as the published archive: native_client.amd64.cpu.linux.tar.xz.

    make native_client                                  # into the top of the checkout
    python native_client/make_archive.py --output DIR

The same sources and compiler give the same bytes; SOURCE_DATE_EPOCH sets the time of the files in it. cmake and ninja must be
installed.
"""

import argparse
import os
import platform
import shutil
import tarfile
import tempfile
from typing import Dict

from fetch_kenlm import fetch_kenlm
from native_build import TREE, build_directory, build_lock, cmake_build, cmake_install

TARGETS = ('deepspeech', 'deepspeech_program', 'generate_scorer_package', 'convert_graphdef_memmapped_format')
COMPONENTS = ('library', 'coqui_name', 'headers', 'programs', 'decoder_programs')
MACHINES = {'x86_64': 'amd64', 'aarch64': 'arm64'}  # as the published archives call them
EARLIEST = 315532800  # 1980, before which some unpackers complain


def archive_name() -> str:
    """Returns the published name for this kind of machine."""
    machine = platform.machine()
    return f'native_client.{MACHINES.get(machine, machine)}.cpu.{platform.system().lower()}.tar.xz'


def contents(prefix: str) -> Dict[str, str]:
    """Returns the files of the archive, which has no folders: {name: path}."""
    installed = {'bin': ('deepspeech', 'generate_scorer_package', 'convert_graphdef_memmapped_format'),
                 'lib': ('libdeepspeech.so', 'libstt.so'),
                 'include': ('deepspeech.h', 'deepspeech_more.h', 'coqui-stt.h')}
    files = {name: os.path.join(prefix, folder, name) for folder, names in installed.items() for name in names}
    files['LICENSE'] = os.path.join(os.path.dirname(TREE), 'LICENSE')
    files['LICENSE.KenLM'] = os.path.join(TREE, 'third_party', 'kenlm', 'LICENSE')
    files['COPYING.KenLM'] = os.path.join(TREE, 'third_party', 'kenlm', 'COPYING')
    files['README'] = os.path.join(TREE, 'README-archive.txt')
    return files


def pack(files: Dict[str, str], path: str) -> None:
    """Writes an archive that depends on names, contents and permissions only."""
    with tarfile.open(path, 'w:xz', preset=9) as tar:
        for name in sorted(files):
            entry = tar.gettarinfo(files[name], name)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ''
            entry.mtime = int(os.environ.get('SOURCE_DATE_EPOCH', EARLIEST))
            entry.mode = 0o755 if entry.mode & 0o100 else 0o644
            if entry.issym():
                tar.addfile(entry)
                continue
            with open(files[name], 'rb') as file:
                tar.addfile(entry, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--output', default=os.getcwd(), help='directory of the archive (%(default)s)')
    args = parser.parse_args()
    fetch_kenlm()
    prefix = tempfile.mkdtemp()
    try:
        with build_lock():
            build = cmake_build(TREE, build_directory('native'), TARGETS, ['-DNATIVE_PYTHON=OFF'], 'g++ cmake ninja-build')
            cmake_install(build, prefix, COMPONENTS)
        path = os.path.join(args.output, archive_name())
        pack(contents(prefix), path + '.part')
        os.replace(path + '.part', path)
    finally:
        shutil.rmtree(prefix)
    print(path)


if __name__ == '__main__':
    main()
