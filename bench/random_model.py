"""Exports a model with random weights in all formats that clients read, for benchmarks of their speed.

    bench/random_model.py --n_hidden 2048 --output models/2048

Writes output_graph.pb, .pbmm, .onnx, .tflite and _int8.tflite. The outputs are made about as sure of themselves as a trained
model's, mostly of the blank, so that decoders have neither less nor more to do than they have with speech.
"""

import argparse
import os
import tempfile
from typing import Optional

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.stored_model import StoredModel
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.export.graph import trained_weights
from deepspeech_training.export.package import export, export_spec
from deepspeech_training.export.tflite import tflite_model
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.paths import write_atomically
from deepspeech_training.settings.config import CheckpointConfig, ExportConfig, RunConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.state import TrainingState

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARPNESS, BLANK_BIAS = 10., 6.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n_hidden', type=int, default=2048)
    parser.add_argument('--output', required=True, help='directory')
    args = parser.parse_args()
    os.makedirs(args.output, exist_ok=True)
    alphabet = Alphabet.from_file(os.path.join(ROOT, 'data', 'alphabet.txt'))
    with tempfile.TemporaryDirectory() as directory:
        run = RunConfig(alphabet, ModelConfig(alphabet.size, args.n_hidden, 'unidirectional'),
                        checkpoints=CheckpointConfig(directory, directory), export=ExportConfig(args.output, onnx=True))
        source = random_checkpoint(run)
        export(run, source, Log())
        weights = trained_weights(run.model, source)
    for ending, quantized in (('', False), ('_int8', True)):
        path = os.path.join(args.output, f'output_graph{ending}.tflite')
        write_atomically(path, tflite_model(export_spec(run), weights, quantized))


def random_checkpoint(run: RunConfig) -> Optional[StoredModel]:
    """Saves and returns a checkpoint."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(11)
        last = acoustic_weights(run.model).dense[6]
        session.run(tf.global_variables_initializer())
        session.run(last.weights.assign(last.weights * SHARPNESS))
        session.run(last.bias.assign([0.] * run.model.n_labels + [BLANK_BIAS]))
        description = description_of(run.model, run.features, run.alphabet)
        directory = CheckpointDirectory(run.checkpoints.save_dir)
        writer = CheckpointWriter(directory, tf.global_variables(), description, max_to_keep=1)
        writer.save_last(session, 1, TrainingState().as_dict())
    return directory.last()


if __name__ == '__main__':
    main()
