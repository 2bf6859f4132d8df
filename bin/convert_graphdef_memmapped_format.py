#!/usr/bin/env python
"""Makes a memory-mapped model (.pbmm) of a frozen graph (.pb): it loads at once and shares its memory between programs.

It has the arguments of TensorFlow's program of this name, and does without TensorFlow.
"""

import argparse
import sys

from deepspeech_training.entry import run_command
from deepspeech_training.errors import ExportError
from deepspeech_training.paths import written_atomically

try:
    from deepspeech.errors import ModelError
    from deepspeech.formats.frozen_graph import map_file
    from deepspeech.formats.memory_mapped import MIN_BYTES, memory_mapped
except ImportError as error:  # the client knows the formats
    sys.exit(f'E the client cannot be loaded ({error}); install it, from the top of the checkout: pip install '
             f'./native_client/ctcdecode ./native_client/python')


def main() -> None:
    arguments = parse_arguments()
    try:
        pieces, n_converted = memory_mapped(map_file(arguments.in_graph), arguments.min_conversion_tensor_size)
    except ModelError as error:
        raise ExportError(f'{arguments.in_graph}: {error.detail}') from error
    except ValueError as error:
        raise ExportError(f'{arguments.in_graph}: the file is empty; pass a frozen graph (.pb).') from error
    with written_atomically(arguments.out_graph, ExportError) as file:
        file.writelines(pieces)
    print(f'Converted {n_converted} nodes')
    if not n_converted:
        print(f'W No constant in {arguments.in_graph} has {arguments.min_conversion_tensor_size} bytes or more: is it a frozen '
              f'graph?', file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--in_graph', required=True, help='frozen graph (.pb)')
    parser.add_argument('--out_graph', required=True, help='memory-mapped model to write (.pbmm)')
    parser.add_argument('--min_conversion_tensor_size', type=int, default=MIN_BYTES,
                        help='bytes from which a constant is mapped (default: %(default)s)')
    return parser.parse_args()


if __name__ == '__main__':
    sys.exit(run_command(main))
