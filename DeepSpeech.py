#!/usr/bin/env python
"""Trains, tests and exports speech recognition models; `--helpfull` lists all flags."""
# Short because everything is in the package, so that other programs and tests can use it. (--help shows the docstring.)

import sys

try:
    import xdg  # noqa: F401  first needed when paths are asked for

    from deepspeech_training.main import main
except ImportError as error:
    if error.name not in ('deepspeech_training', 'absl', 'xdg'):
        raise
    sys.exit(f'E The training package is not installed here ({error}); run "bash bin/setup.sh" and then '
             f'".venv/bin/python DeepSpeech.py ...", or "pip install -r requirements.txt".')

if __name__ == '__main__':
    sys.exit(main())
