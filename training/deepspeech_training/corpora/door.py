"""The door of every `bin/import_*.py`: finds the importer of that name and runs it.

Short because it has to be loaded at once: whatever is large is imported when the program can answer for it, so that a Ctrl-C or
a lack of memory while NumPy is loaded is one sentence, too. Worker processes come through this door as well, and load no more
than they need.
"""

import importlib
from typing import TYPE_CHECKING, Type

from ..entry import run_importer

if TYPE_CHECKING:
    from .importer import Importer


def main(name: str) -> int:
    """Runs the importer of the program `import_<name>.py` on the words of the command line; returns the exit code."""
    return run_importer(lambda: importer_of(name)().run())


def importer_of(name: str) -> 'Type[Importer]':
    """Returns the importer of the program `import_<name>.py`.

    Raises:
      LookupError: its module has none of that name.
    """
    module = importlib.import_module(f'{__package__}.importers.{name.replace("-", "_")}')
    for member in vars(module).values():
        if isinstance(member, type) and vars(member).get('name') == name:
            return member
    raise LookupError(f'{module.__name__} has no importer called {name}')
