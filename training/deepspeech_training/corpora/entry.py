"""The door of an importer: turns errors into one sentence and an exit code."""

from ..entry import exit_code


def run(importer):
    """Calls `importer()` and returns the exit code of the program."""
    return exit_code(importer, 'interrupted; the same command goes on from here.')
