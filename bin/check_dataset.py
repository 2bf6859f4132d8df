#!/usr/bin/env python
"""Checks every row of data sets and says what is in them: files, sound, transcripts, doublets, what sets have in common.

    bin/check_dataset.py train.csv dev.csv test.csv --alphabet alphabet.txt --output report

Writes to --output: data_report.html to look at, data_report.json with all its numbers, rejected.csv with the rows that a
training leaves out, findings.csv with every row that something is said of. What was found in audio is remembered: a second
check only looks at what is new. The exit status is 1 if rows are left out.
"""

import argparse
import json
import os
import sys

from deepspeech_training.console.log import Log
from deepspeech_training.entry import run_command
from deepspeech_training.errors import DataError
from deepspeech_training.inspection.checking import Check, check_files, write_report
from deepspeech_training.paths import ensure_writable, user_cache_dir
from deepspeech_training.settings.config import DROP_CLIP, TEXT_POLICIES
from deepspeech_training.text.characters import counted


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('sets', nargs='+', metavar='CSV', help='data sets; also .sdb files')
    parser.add_argument('--alphabet', '--alphabet_config_path', help='that transcripts have to fit (all their characters)')
    parser.add_argument('--output', '-o', default='.', metavar='DIRECTORY', help='where the report goes (%(default)s)')
    parser.add_argument('--text_policy', choices=TEXT_POLICIES, default=DROP_CLIP,
                        help='as in training; with error, rows are listed as with drop_clip (%(default)s)')
    parser.add_argument('--audio_sample_rate', type=int, default=16000, help='of the model, in Hz (%(default)s)')
    parser.add_argument('--headers_only', action='store_true', help='do not listen: no silence, clipping, doublets of sound')
    parser.add_argument('--model', help='exported model that reads each recording; what it reads quite differently is listed')
    parser.add_argument('--scorer', help='scorer for --model')
    parser.add_argument('--json', action='store_true', help='print the numbers as JSON, too')
    return parser.parse_args()


def main() -> None:
    args, log = parse_arguments(), Log(stream=sys.stderr)
    ensure_writable(args.output, 'output', DataError)
    check = Check(args.alphabet, args.text_policy, args.audio_sample_rate, listens=not args.headers_only, model=args.model,
                  scorer=args.scorer)
    found, rejections = check_files(args.sets, check, user_cache_dir(''), log)
    title = f'Data of {len(args.sets)} sets' if len(args.sets) > 1 else args.sets[0]
    path = write_report(found, rejections, args.output, title)
    if args.json:
        print(json.dumps(found.numbers, indent=2))
    for each in found.numbers['findings']:
        log.info(f'{each["title"]}: {counted(each["rows"], "row")}, for example {each["examples"][0]["location"]} '
                 f'({each["examples"][0]["reason"]})')
    log.info(f'Wrote {path}, and beside it data_report.json, findings.csv'
             + (', rejected.csv' if any(rejections.values()) else '') + '.')
    n_rejected = sum(map(len, rejections.values()))
    if n_rejected:
        raise DataError(f'{counted(n_rejected, "row")} would be left out of a training, see '
                        f'{os.path.join(args.output, "rejected.csv")}.')


if __name__ == '__main__':
    sys.exit(run_command(main))
