"""Stores what an exported model says about the clips of CSV files, for the decoder benchmarks.

    bench/acoustic_outputs.py --model export/output_graph.pb --output probabilities.npz dev.csv test.csv

The file holds one float32 array [time, classes] per clip, named by its number, and the transcripts as `transcripts`.
"""

import argparse
from typing import Dict, List

import numpy as np
from deepspeech.formats.frozen_graph import map_file, read_graph
from deepspeech.network import Network

from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_set
from deepspeech_training.settings.config import SetConfig
from deepspeech_training.text.alphabet import Alphabet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True, help='exported graph (.pb)')
    parser.add_argument('--output', required=True, help='.npz file to write')
    parser.add_argument('csv', nargs='+', help='CSV files of 16 kHz mono clips')
    args = parser.parse_args()
    arrays: Dict[str, np.ndarray] = {}
    transcripts: List[str] = []
    network = Network(args.model)
    for path in args.csv:
        for utterance in read_set(SetConfig((path,))):
            samples = np.rint(read_wav(utterance.id)[0] * 32767).astype(np.int16)
            arrays[str(len(transcripts))] = network.probabilities(samples)
            transcripts.append(utterance.transcript or '')
    arrays.update(transcripts=np.array(transcripts), labels=labels_in(args.model))
    np.savez_compressed(args.output, **arrays)  # type: ignore[arg-type]  # the flag among its keywords is not one of them
    print(f'{args.output}: {len(transcripts)} clips, {sum(map(len, arrays.values()))} rows.')


def labels_in(path: str) -> np.ndarray:
    """Returns the labels in the alphabet of an exported graph."""
    serialised = next(node.attributes['value'] for node in read_graph(map_file(path)) if node.name == 'metadata_alphabet')
    return np.array(Alphabet.from_serialized(serialised.item(), path).labels)


if __name__ == '__main__':
    main()
