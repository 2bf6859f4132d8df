#!/usr/bin/env python
"""Says what data sets consist of: bytes, files, hours; then of each set lengths, speed, characters, and what training would
stumble over; and what the sets share.

    bin/stats.py -csv train.csv,dev.csv,test.csv
    bin/stats.py -csv train.csv --probe --json

Hours follow from the sizes in the CSV files, taken for WAV of --sample-rate, --channels and --bits-per-sample. With --probe
they follow from the headers of the audio files, which are opened for that.
"""

import argparse
import json
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.data.set_statistics import (
    SoundFormat,
    describe,
    describe_overlap,
    overlaps,
    statistics_of,
    totals,
)
from deepspeech_training.data.transcripts import csv_list
from deepspeech_training.entry import positive, run_command


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('-csv', '--csv-files', required=True, help='CSV files, separated by commas')
    parser.add_argument('--sample-rate', type=positive, default=SoundFormat().rate_hz, help='in Hz (%(default)s)')
    parser.add_argument('--channels', type=positive, default=SoundFormat().n_channels, help='(%(default)s)')
    parser.add_argument('--bits-per-sample', type=positive, default=SoundFormat().bits, help='(%(default)s)')
    parser.add_argument('--probe', action='store_true', help='open the audio files instead of trusting sizes')
    parser.add_argument('--json', action='store_true', help='print all as JSON')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    sound = SoundFormat(args.sample_rate, args.channels, args.bits_per_sample)
    sets = [statistics_of(path, sound, args.probe, log.warn) for path in csv_list(args.csv_files)]
    shared = overlaps(sets)
    if args.json:
        print(json.dumps({'sets': [each.for_json() for each in sets], 'overlaps': [each._asdict() for each in shared]},
                         indent=2))
        return
    for line in totals(sets):
        print(line)
    for each in sets:
        print('', *describe(each), sep='\n')
    for number, overlap in enumerate(shared):
        print('' if number else '\n', describe_overlap(overlap), sep='')


if __name__ == '__main__':
    sys.exit(run_command(main))
