"""Which files a person means: those of a release by its number, an address, a file, or all that lie in a directory."""

import os
import re
import urllib.parse
from contextlib import suppress
from typing import List, NamedTuple, Tuple

from ..corpora.fetching.archives import is_unpacked, without_suffix
from ..corpora.fetching.sources import ARCHIVES, Source
from ..errors import DataError

# What the names of the files of a release end in, after `deepspeech-0.9.3-`; the last ones have every release from 0.7 on.
PARTS = {'checkpoint': 'checkpoint.tar.gz', 'model': 'models.pbmm', 'scorer': 'models.scorer'}
MODELS = ('.pb', '.pbmm', '.tflite', '.scorer', '.binary')
_VERSION = re.compile(r'v?(\d+\.\d+\.\d+[\w.-]*)')


class Wanted(NamedTuple):
    """A file, and where it is, or comes to.

    is_named: a person has named this very file, so it must be there.
    """

    source: Source
    directory: str
    is_named: bool


def wanted_files(what: str, directory: str, url: str, digest: str, parts: Tuple[str, ...] = tuple(PARTS)) -> List[Wanted]:
    """Returns the files that `what` means.

    Args:
      what: the number of a release, an address, the path of a file; '': whatever lies in `directory`.
      directory: where downloads come to, and files of releases are looked for.
      url: address below which the files of a release lie; '': unknown.
      digest: of the one file, as in Source; '': unknown.
      parts: which files of a release, of PARTS.
    Raises:
      DataError: it means nothing.
    """
    if digest and not re.fullmatch(r'md5:[0-9a-fA-F]{32}|sha1:[0-9a-fA-F]{40}|sha256:[0-9a-fA-F]{64}', digest):
        raise DataError(f'--digest {digest}: expected md5:, sha1: or sha256: and its hexadecimal digits.')
    if re.match(r'https?://', what):
        return [Wanted(Source(_name_of(what), (what,), digest=digest), directory, True)]
    version = _VERSION.fullmatch(what)
    if what and (os.path.lexists(what) or not version):
        if not os.path.isfile(what):
            raise DataError(f'{what}: there is no such file; name an archive, a model, an address, or a release such as 0.9.3.')
        return [Wanted(Source(os.path.basename(what), digest=digest), os.path.dirname(what) or '.', True)]
    if digest:
        raise DataError(f'--digest {digest} is that of one file; name the file, or its address.')
    if version:
        return _of_release(version.group(1), directory, url, parts)
    return [Wanted(Source(name), directory, True) for name in names_in(directory, '')]


def names_in(directory: str, prefix: str) -> List[str]:
    """Returns the names of archives and models in a directory that begin with `prefix`, sorted."""
    with suppress(FileNotFoundError):
        return sorted(name for name in os.listdir(directory) if name.startswith(prefix)
                      and name.lower().endswith(ARCHIVES + MODELS) and os.path.isfile(os.path.join(directory, name)))
    return []


def _of_release(version: str, directory: str, url: str, parts: Tuple[str, ...]) -> List[Wanted]:
    prefix = f'deepspeech-{version}-'
    names = [prefix + PARTS[part] for part in parts]
    if url:
        return [Wanted(Source(name, (f'{url.rstrip("/")}/{name}',)), directory, True) for name in names]
    placed = names_in(directory, prefix)  # others, too: releases before 0.7 have archives of models
    if parts == tuple(PARTS):
        names += [name for name in placed if name not in names]
    if not set(names) & set(placed) and not any(is_unpacked(os.path.join(directory, without_suffix(name))) for name in names):
        raise DataError(f'None of {", ".join(names)} is in {directory}, and no address of release {version} is known here: put '
                        f'them there, or pass the address of the directory that they are published in with --url.')
    return [Wanted(Source(name), directory, False) for name in names]


def _name_of(url: str) -> str:
    """Returns `x.tar.gz` for `https://host/x.tar.gz?key=0`. Raises DataError."""
    name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition('/')[2])
    if not name.lower().endswith(ARCHIVES + MODELS):
        raise DataError(f'{url}: {name or "this"} is no name of an archive or a model; give the address of a file that ends in '
                        f'one of {", ".join(ARCHIVES + MODELS)}.')
    return name
