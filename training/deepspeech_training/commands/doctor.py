"""Says what this machine and this installation are, and what is wrong with them, with what to do about it.

    bin/doctor.py
    bin/doctor.py --csv train.csv dev.csv --checkpoint_dir checkpoints --json

The command `deepspeech-doctor` is the same.

Looks at packages, native libraries, devices and TensorFlow's use of them, the environment, formats of sound, directories and
limits; with --csv at data sets, with --checkpoint_dir at a run. Changes nothing. What lacks TensorFlow or another package is
said, too. Exit code: 0 if nothing fails (warnings do not), else 1.
"""

import argparse
import importlib.util
import os
import shutil
import sys

from ..incomplete import CHECKOUT


def parse_arguments() -> argparse.Namespace:
    """Returns what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--csv', nargs='+', default=[], metavar='FILE', help='data sets to look at, CSV or SDB')
    parser.add_argument('--checkpoint_dir', default='', metavar='DIR', help='directory of checkpoints to look at')
    parser.add_argument('--alphabet', default='', metavar='FILE',
                        help='alphabet that the data sets are to fit (that of the checkpoint)')
    parser.add_argument('--json', action='store_true', help='print all as JSON')
    return parser.parse_args()


def run() -> int:
    """Prints the report; returns the exit code, also where it cannot be written."""
    try:
        package = importlib.util.find_spec('deepspeech')
        if package is None or not os.path.exists(os.path.join(os.path.dirname(package.origin or ''), 'streams.py')):
            return _report()  # that our package is not installed, or the published one in its place, is a finding
        from deepspeech.streams import with_streams
        return with_streams(_report)
    except KeyboardInterrupt:
        print('E interrupted.', file=sys.stderr)
        return 1


def _report() -> int:
    args = parse_arguments()
    from ..doctor.examination import Asked, examine, split_list
    from ..doctor.findings import FAIL
    from ..doctor.report import json_of, lines_of
    findings = examine(Asked(split_list(args.csv), args.checkpoint_dir, args.alphabet), CHECKOUT)
    text = json_of(findings) if args.json else '\n'.join(lines_of(findings, shutil.get_terminal_size((120, 0)).columns))
    print(text.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace'))
    return int(any(finding.status == FAIL for finding in findings))
