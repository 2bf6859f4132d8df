#!/usr/bin/env python
"""Transcribes audio files with an exported model: `infer.py --model output_graph.pb [--scorer x.scorer] --audio a.wav`."""

import argparse
import sys
import tempfile

from deepspeech_training.config import DecoderConfig
from deepspeech_training.data.audio import convert_wav, read_wav
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import DeepSpeechError
from deepspeech_training.export.runner import ExportedModel


def main():
    arguments = parse_arguments()
    try:
        with ExportedModel(arguments.model) as model:
            decoder = make_decoder(decoder_config(arguments, model), model.alphabet)
            for path in arguments.audio:
                print(decoder.decode(model.probabilities(samples(path, model.features.rate_hz)))[0].text)
    except DeepSpeechError as error:
        sys.exit(f'E {error}')


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', required=True, help='exported graph (.pb)')
    parser.add_argument('--audio', required=True, nargs='+', help='audio files; one line of text each')
    parser.add_argument('--scorer', default='', help='scorer package; without one no language model is used')
    parser.add_argument('--beam_width', type=int, help='beams kept while decoding (default: as stored in the model)')
    parser.add_argument('--lm_alpha', type=float, help='weight of the language model (default: as stored in the scorer)')
    parser.add_argument('--lm_beta', type=float, help='bonus per word (default: as stored in the scorer)')
    return parser.parse_args()


def decoder_config(arguments, model):
    return DecoderConfig(arguments.beam_width or model.beam_width, scorer_path=arguments.scorer,
                         lm_alpha=arguments.lm_alpha, lm_beta=arguments.lm_beta)


def samples(path, rate_hz):
    """Returns mono samples at `rate_hz`, whatever the file has."""
    with tempfile.TemporaryDirectory() as directory:
        converted = f'{directory}/converted.wav'
        convert_wav(path, converted, rate_hz)
        return read_wav(converted)[0]


if __name__ == '__main__':
    main()
