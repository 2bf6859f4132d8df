import os
from typing import NamedTuple, Tuple, Optional
class Source(NamedTuple):
    name: str
    urls: Tuple[str, ...] = ()
    size_bytes: Optional[int] = None
    digest: str = ''
    other_names: Tuple[str, ...] = ()
def fetch(source, directory, offline=False, log=None):
    return os.path.join(directory, source.name)
