#!/usr/bin/env python
"""Imports LDC93S1: one sentence of TIMIT, 2.9 seconds, enough to see that a set-up trains.

Source: https://catalog.ldc.upenn.edu/desc/addenda/LDC93S1.wav (16 kHz mono, 93,638 bytes) and LDC93S1.txt; a sample that
the Linguistic Data Consortium gives away. Files that are in the directory already are used as they are, without network.
Writes DATA_DIR/ldc93s1.csv.
"""

import argparse
import os
import sys

from deepspeech_training.corpora import download, output
from deepspeech_training.entry import run_importer
from deepspeech_training.errors import DataError
from deepspeech_training.text.letters import lower_case

BASE_URL = 'https://catalog.ldc.upenn.edu/desc/addenda/'
FILES = {'LDC93S1.wav': 93638, 'LDC93S1.txt': None}  # size in bytes, where it is known


def fetch(data_dir: str) -> None:
    """Makes sure that both files are in `data_dir`."""
    for name, size_bytes in FILES.items():
        try:
            download.download(BASE_URL + name, os.path.join(data_dir, name), size_bytes=size_bytes)
        except DataError as error:
            raise DataError(f'{error} Fetch {" and ".join(FILES)} with another machine, put them into '
                            f'{os.path.abspath(data_dir)} and run this again.') from error


def read_transcript(path: str) -> str:
    """Returns the words of a line such as `0 46797 She had your dark suit.` (first sample, last sample, text)."""
    with open(path, encoding='utf-8') as file:
        fields = lower_case(file.read().strip()).split(' ', 2)
    if len(fields) < 3:
        raise DataError(f'{path}: expected "<first sample> <last sample> <words>"; fetch the file again.')
    return fields[2].replace('.', '')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_dir', help='directory of the two files and of the CSV file')
    data_dir = parser.parse_args().data_dir
    fetch(data_dir)
    wav = os.path.abspath(os.path.join(data_dir, 'LDC93S1.wav'))
    transcript = read_transcript(os.path.join(data_dir, 'LDC93S1.txt'))
    output.write_csv(os.path.join(data_dir, 'ldc93s1.csv'), [output.Clip(wav, os.path.getsize(wav), transcript)])


if __name__ == '__main__':
    sys.exit(run_importer(main))
