"""Stores what an exported model says about the clips of CSV files, for the decoder benchmarks.

    bench/acoustic_outputs.py --model export/output_graph.pb --output probabilities.npz dev.csv test.csv

The file holds one float32 array [time, classes] per clip, named by its number, and the transcripts as `transcripts`.
"""

import argparse

import numpy as np

from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.export.runner import ExportedModel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True, help='exported graph (.pb)')
    parser.add_argument('--output', required=True, help='.npz file to write')
    parser.add_argument('csv', nargs='+', help='CSV files of 16 kHz mono clips')
    args = parser.parse_args()
    arrays, transcripts = {}, []
    with ExportedModel(args.model) as model:
        for path in args.csv:
            for sample in read_csv(path):
                samples, _ = read_wav(sample.audio_path)[:2]
                arrays[str(len(transcripts))] = model.probabilities(samples).astype(np.float32)
                transcripts.append(sample.transcript)
        labels = np.array(model.alphabet.labels)
    np.savez_compressed(args.output, transcripts=np.array(transcripts), labels=labels, **arrays)
    print(f'{args.output}: {len(transcripts)} clips, {sum(map(len, arrays.values()))} rows.')


if __name__ == '__main__':
    main()
