#!/usr/bin/env python
"""Brings released models to where they can be used: verified, unpacked, ready to train on, to test or to transcribe with.

    bin/fetch_models.sh 0.9.3 --url https://host/v0.9.3           # checkpoint, .pbmm and .scorer of a release, below an address
    bin/fetch_models.sh 0.9.3                                     # the same, placed in models/ by hand
    bin/fetch_models.sh https://host/model.tar.xz --digest sha256:...
    bin/fetch_models.sh ~/Downloads/deepspeech-0.9.3-checkpoint.tar.gz
    bin/fetch_models.sh                                           # whatever archives and models lie in models/

Archives (.tar.gz, .tar.bz2, .tar.xz, .tar, .zip) are unpacked beside one another in models/, and nowhere else; paths of another
machine in `checkpoint` and `best_dev_checkpoint` become names there. What is done is not done again; interrupted, the same
command goes on. Prints the commands that go on from there.
"""

import argparse
import os
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.released.installing import install
from deepspeech_training.released.naming import PARTS, wanted_files
from deepspeech_training.released.next_steps import find_models, next_steps

CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', nargs='?', default='', metavar='RELEASE|URL|FILE',
                        help='number of a release, address of a file, or a file; by default what lies in the directory')
    parser.add_argument('--url', default='', help='address of the directory that the files of the release are published in')
    parser.add_argument('--directory', default=os.path.join(CHECKOUT, 'models'), metavar='DIR',
                        help='where files of releases are looked for and come to, and archives are unpacked (models/)')
    parser.add_argument('--parts', nargs='+', choices=sorted(PARTS), default=list(PARTS), help='which files of a release (all)')
    parser.add_argument('--digest', default='', metavar='KIND:DIGITS', help='md5:, sha1: or sha256: of the one file')
    parser.add_argument('--offline', action='store_true', help='download nothing')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    directory = os.path.relpath(args.directory) if args.directory.startswith(os.getcwd() + os.sep) else args.directory
    wanted = wanted_files(args.what, directory, args.url, args.digest, tuple(part for part in PARTS if part in args.parts))
    if not wanted:
        raise DataError(f'{directory} holds no archive and no model; put one there, or name a release, an address or a file.')
    paths = [path for each in wanted for path in install(each, directory, args.offline, log)]
    models = find_models(paths)
    print(f'Ready: {", ".join(paths)}')
    print('\n'.join(next_steps(models)))


if __name__ == '__main__':
    sys.exit(run_command(main))
