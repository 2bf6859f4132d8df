"""Trains, tests and exports speech recognition models."""

import os

from .incomplete import complete

with open(os.path.join(os.path.dirname(__file__), 'VERSION'), encoding='utf-8') as _file:
    __version__ = _file.read().strip()

complete()
