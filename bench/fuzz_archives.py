"""Makes hostile archives and unpacks them: not one byte outside the target may change, and nothing but files may be in it.

    bench/fuzz_archives.py --cases 500 --jobs 2 [--seed 0]

Each archive has twenty members: tar, also compressed, or zip; names that are absolute, lead out of the target, go through
links or are none; links and devices; headers that lie, archives cut off and damaged, links laid where the target will be.
Around the target lies a tree whose files the members name; kinds, contents, permissions and times in it are compared before
and after. Case n of a seed is always the same; one that fails is kept in build/fuzz-archives. With --naive Python's own
libraries unpack, to see that harm is noticed.
"""

import argparse
import bz2
import collections
import contextlib
import gzip
import io
import lzma
import os
import random
import re
import shutil
import signal
import stat
import struct
import sys
import tarfile
import tempfile
import traceback
import warnings
import zipfile
from pathlib import Path
from typing import Callable, Dict, Tuple

from fuzz_workers import cases_of, fuzz_parser, run_workers

from deepspeech_training.console.log import Log
from deepspeech_training.corpora.archives import unpack
from deepspeech_training.errors import DataError

TOP = Path(__file__).resolve().parent.parent
FAILED = TOP / 'build' / 'fuzz-archives'
N_MEMBERS = 20
SECONDS = 60  # for one case
BLOCK = 512
VICTIMS = ('secret/file', 'secret/deep/file', 'in/file', 'in/side/file', 'cwd/file', 'file')
PARTS = ('..', '..', '..', '.', '', 'a', 'b', 'way', 'secret', 'file', 'in', 'side', 'out', '...', '.. ', '..\\', '\\',
         '\u2025', '\uff0e\uff0e', '%2e%2e', 'n' * 300, 'x\0y', 'new\nline', '\x7f', 'CON', 'A', 'caf\u00e9', 'C:', '~',
         '.deepspeech-unpacked', 'content', 'out.unpacking', '\U0001f642')
LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
REASON = re.compile('cut short|damaged|remove it|holds no file|cannot read|encrypted|not a tar')
PACKERS: Dict[str, Callable[[bytes], bytes]] = {'tar': bytes, 'tgz': gzip.compress, 'tbz': bz2.compress, 'txz': lzma.compress}


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker is not None:
        work(arguments)
        return
    run_workers(__file__, arguments, ['--naive'] if arguments.naive else [], what=f'archives of {N_MEMBERS} members')


def parse_arguments() -> argparse.Namespace:
    parser = fuzz_parser(__doc__)
    parser.add_argument('--naive', action='store_true', help="unpack with Python's own libraries")
    return parser.parse_args()


def work(arguments: argparse.Namespace) -> None:
    """Runs the cases of one worker; the program ends with the first failure."""
    os.umask(0o022)
    FAILED.mkdir(parents=True, exist_ok=True)
    outcomes: 'collections.Counter[str]' = collections.Counter()
    for number in cases_of(arguments):
        # Of one length and the same each time: names in the archives hold it.
        root = Path(tempfile.gettempdir()) / f'fuzz-archives-{os.getuid()}-{arguments.seed}-{number:07d}'
        shutil.rmtree(str(root), ignore_errors=True)
        try:
            signal.alarm(SECONDS)  # it ends the program
            kind, outcome = run_case(root, random.Random(f'{arguments.seed}/{number}'), arguments.naive)
            signal.alarm(0)
        except Exception:
            shutil.copytree(str(root), str(FAILED / root.name), symlinks=True)
            sys.exit(f'{FAILED / root.name}: {traceback.format_exc()}')
        finally:
            os.chdir(str(TOP))
            shutil.rmtree(str(root), ignore_errors=True)
        outcomes[f'{kind} {outcome}'] += 1
        outcomes['members'] += N_MEMBERS
    print(f'worker {arguments.worker}: {dict(sorted(outcomes.items()))}')


def run_case(root: Path, chance: random.Random, is_naive: bool) -> Tuple[str, str]:
    """Unpacks one archive; returns its kind and what has become of it. Raises AssertionError."""
    for victim in VICTIMS:
        (root / victim).parent.mkdir(parents=True, exist_ok=True)
        (root / victim).write_bytes(victim.encode())
    kind, content = archive(root, chance)
    (root / 'archive').write_bytes(content)
    lay_traps(root, chance)
    os.chdir(str(root / 'cwd'))
    before = surroundings(root)
    outcome = (naive if is_naive else safe)(root)
    after = surroundings(root)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if is_naive:
        return kind, 'harmful' if changed else 'harmless'
    assert not changed, f'changed outside of the target: {changed}'
    out = root / 'in' / 'side' / 'out'
    for path in [] if out.is_symlink() else out.rglob('*'):
        mode = os.lstat(str(path)).st_mode
        assert stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o7133 == 0 or stat.S_ISDIR(mode), f'{path}: {oct(mode)}'
    return kind, outcome


def safe(root: Path) -> str:
    said = io.StringIO()
    try:
        unpack(str(root / 'archive'), str(root / 'in' / 'side' / 'out'), Log(stream=said))
        return 'with members left out' if 'left out' in said.getvalue() else 'whole'
    except DataError as error:
        assert len(str(error).splitlines()) == 1, repr(str(error))
        return f'refused: {REASON.search(str(error)).group()}'  # type: ignore[union-attr]


def naive(root: Path) -> str:
    out = str(root / 'in' / 'side' / 'out')
    signal.signal(signal.SIGALRM, signal.default_int_handler)  # it waits for the other end of a pipe that it has just made
    signal.alarm(5)
    with contextlib.suppress(Exception, KeyboardInterrupt):
        if (root / 'archive').read_bytes()[:2] == b'PK':
            with zipfile.ZipFile(str(root / 'archive')) as opened:
                opened.extractall(out)
        with tarfile.open(str(root / 'archive')) as tar:
            if hasattr(tarfile, 'fully_trusted_filter'):
                tar.extraction_filter = tarfile.fully_trusted_filter
            for member in tar:
                with contextlib.suppress(Exception):
                    tar.extract(member, out)
    return ''


def lay_traps(root: Path, chance: random.Random) -> None:
    """Puts links where the target, or what it is made from, will be."""
    side, trap = root / 'in' / 'side', chance.randrange(12)
    if trap == 0:
        (side / 'out').symlink_to(root / 'secret')
    elif trap == 1:
        (side / 'out.unpacking').symlink_to(root / 'secret')
    elif trap == 2:
        (side / 'out.unpacking').mkdir()
        (side / 'out.unpacking' / 'content').symlink_to(root / 'secret')
    elif trap == 3:
        (side / 'out.unpacking' / 'content').mkdir(parents=True)
        (side / 'out.unpacking' / 'content' / 'way').symlink_to(root / 'secret')


def surroundings(root: Path) -> Dict[str, Tuple[object, ...]]:
    """Returns {path: what it is and holds} of all below the root but the target and the directory that it is made from."""
    found: Dict[str, Tuple[object, ...]] = {}
    for top, directories, files in os.walk(str(root)):
        if top == str(root / 'in' / 'side'):
            directories[:] = [name for name in directories if not name.startswith('out')]
            files = [name for name in files if not name.startswith('out')]
        for path in [top, *(os.path.join(top, name) for name in files + directories)]:
            state = os.lstat(path)
            content: object = Path(path).read_bytes() if stat.S_ISREG(state.st_mode) else None
            if stat.S_ISLNK(state.st_mode):
                content = os.readlink(path)
            times = () if path == str(root / 'in' / 'side') else (state.st_mtime_ns,)  # the target gets its name there
            found[path] = (state.st_mode, state.st_uid, content, *times)
    return found


def archive(root: Path, chance: random.Random) -> Tuple[str, bytes]:
    """Returns (kind, content) of a case."""
    kind = chance.choice(('tar', 'tar', 'tgz', 'tbz', 'txz', 'zip', 'zip'))
    content = zip_archive(root, chance) if kind == 'zip' else PACKERS[kind](tar_archive(root, chance))
    damaged = bytearray(content)
    for _ in range(chance.choice((0, 0, 0, 0, 0, 0, 0, 1, 3))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.1:
        del damaged[chance.randrange(len(damaged)):]
    return kind, bytes(damaged)


def name_of(root: Path, chance: random.Random) -> str:
    victim = chance.choice(VICTIMS)
    ups = '../' * chance.randrange(1, 7)
    return chance.choice((
        str(root / victim), ups + victim, f'way/{chance.choice(("file", "deep/file", "new"))}', 'way', chance.choice('abc'),
        f'a/{ups}{victim}', (ups + victim).replace('/', '\\'), f'/{root}/{victim}', f'./{chance.choice("abc")}/{victim}',
        '/'.join(chance.choice(PARTS) for _ in range(chance.randrange(1, 7))), 'd/' * chance.randrange(1, 200) + 'e'))


def tar_archive(root: Path, chance: random.Random) -> bytes:
    """Returns a tar archive whose headers are made by hand: nothing keeps names from being what they should not."""
    blocks = [tar_member(b'way', tarfile.SYMTYPE, b'', str(root / 'secret').encode(), chance)]
    for _ in range(N_MEMBERS - 1):
        kind = chance.choice((b'0', b'0', b'0', b'0', b'\0', b'5', b'7', b'1', b'2', b'3', b'4', b'6', b'S',
                              bytes([chance.randrange(256)])))
        link = name_of(root, chance).encode('utf-8', 'surrogateescape') if kind in LINKS or chance.random() < .1 else b''
        content = b'' if kind in b'123456' else b'yours' * chance.choice((0, 1, 1, 300))
        name = name_of(root, chance).encode()
        if chance.random() < .1:
            name += bytes([chance.randrange(128, 256)])
        blocks.append(tar_member(name, kind, content, link, chance))
    return b''.join(blocks) + bytes(BLOCK * chance.choice((0, 1, 1, 2, 2, 2, 2, 2, 2, 20)))


def tar_member(name: bytes, kind: bytes, content: bytes, link: bytes, chance: random.Random) -> bytes:
    extra, size = b'', len(content)
    way = chance.randrange(3)
    if way == 0 or len(name) > 100 or len(link) > 100:
        extra = long_name(b'L', name) + (long_name(b'K', link) if link else b'')
    elif way == 1:
        records = pax(b'path', name) + (pax(b'linkpath', link) if link else b'')
        records += chance.choice((b'', pax(b'size', b'%d' % size)))
        extra = header(b'pax', b'x', len(records), b'') + padded(records)
    if chance.random() < .005:
        size = chance.choice((1, 511, 10 ** 6, 8 ** 11 - 1))
    return extra + header(name[:100], kind, size, link[:100], chance.choice((0o644, 0o6777, 0))) + padded(content)


def long_name(kind: bytes, name: bytes) -> bytes:
    return header(b'././@LongLink', kind, len(name) + 1, b'') + padded(name + b'\0')


def pax(keyword: bytes, value: bytes) -> bytes:
    size = len(keyword) + len(value) + 3
    size += len(str(size + len(str(size))))
    return b'%d %s=%s\n' % (size, keyword, value)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


def header(name: bytes, kind: bytes, size: int, link: bytes, mode: int = 0o644) -> bytes:
    fields = b'%b%07o\0%07o\0%07o\0%011o\0%011o\0' % (name.ljust(100, b'\0'), mode, 0, 0, size, 0)
    rest = (kind + link.ljust(100, b'\0') + b'ustar\x0000').ljust(BLOCK - len(fields) - 8, b'\0')
    return fields + b'%06o\0 ' % (sum(fields + rest) + 8 * 32) + rest


def zip_archive(root: Path, chance: random.Random) -> bytes:
    """Returns a zip archive; some of its lists of members lie."""
    made = io.BytesIO()
    warnings.simplefilter('ignore')  # of names that come twice
    with zipfile.ZipFile(made, 'w') as opened:
        for _ in range(N_MEMBERS):
            info = zipfile.ZipInfo('x')
            info.filename = info.orig_filename = name_of(root, chance).replace('\0', '\x01')[:60000]
            info.compress_type = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
            kind = chance.choice((0, stat.S_IFREG, stat.S_IFREG, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR))
            info.create_system, info.external_attr = chance.choice((0, 3)), (kind | chance.choice((0o644, 0o6777))) << 16
            opened.writestr(info, str(root / 'secret') if kind == stat.S_IFLNK else 'yours' * chance.choice((0, 1, 300)))
    content = bytearray(made.getvalue())
    if chance.random() < .1:
        lists = [at for at in range(len(content)) if content.startswith(b'PK\x01\x02', at)]
        at, number = chance.choice(lists) + chance.choice((8, 10, 16, 20, 24, 28, 42)), chance.choice((0, 1, 77, 10 ** 9))
        struct.pack_into('<I', content, at, number)
    return bytes(content)


if __name__ == '__main__':
    main()
