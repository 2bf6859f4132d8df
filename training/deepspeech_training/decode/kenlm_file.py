"""Where the language model of a scorer package ends.

A package is a KenLM binary with more bytes behind it and no index, so its length must be computed from its own
header: the sizes of the vocabulary, of the search tables, of their bit-packed records. This is format version 5.
"""

import mmap
import os
import struct

from ..errors import ScorerError

_PREFIX = b'mmap lm http://kheafield.com/code format version 5\n\0\0'.ljust(56, b'\0')
# Test values by which KenLM knows that byte order and number formats are its own.
_REFERENCE = _PREFIX + struct.pack('<3f3IQ', 0.0, 1.0, -0.5, 1, 0xFFFFFFFF, 0, 1)
_HEADER = struct.Struct('<B3xfIB3xI')  # order, probing multiplier, model type, has strings, search version
_FIXED_BYTES = len(_REFERENCE) + _HEADER.size
_PROBING, _REST, _TRIE, _QUANTISED, _ARRAY, _QUANTISED_ARRAY = range(6)
MAX_ORDER = 6


def map_file(path):
    """Returns the bytes of a file as a read-only memory map (`bytes` if it is empty).

    Raises:
      ScorerError: the file cannot be read.
    """
    try:
        with open(path, 'rb') as file:
            if not os.fstat(file.fileno()).st_size:
                return b''
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise ScorerError(f'{path}: the scorer or language model cannot be read ({error.strerror}); check the path.'
                          ) from error


def language_model_size(data, path):
    """Returns the size in bytes of the KenLM binary that `data` starts with.

    Args:
      data: bytes or memory map of the whole file.
      path: for messages.
    Raises:
      ScorerError: not a KenLM binary of a kind that a scorer can hold, or `data` is too short for it.
    """
    if data[:len(_REFERENCE)] != _REFERENCE:
        raise ScorerError(f'{path}: not a scorer: it does not start with a KenLM binary of format version 5; pass a '
                          f'package made by bin/make_scorer.py or generate_scorer_package.')
    reader = _Reader(data, path)
    order, multiplier, kind, has_strings, search_version = reader.unpack(_HEADER, len(_REFERENCE))
    if not 2 <= order <= MAX_ORDER or kind > _QUANTISED_ARRAY or search_version != (kind >= _TRIE) or \
            not multiplier >= 1.0:
        raise ScorerError(f'{path}: the header of the language model is damaged (order {order}, type {kind}, search '
                          f'version {search_version}); build the scorer again.')
    if has_strings:
        raise ScorerError(f'{path}: a language model with vocabulary strings is not a scorer; build it with '
                          f'build_binary -v and make a package of it.')
    counts = reader.unpack(struct.Struct(f'<{order}Q'), _FIXED_BYTES)
    start = _align8(_FIXED_BYTES + 8 * order)
    if max(counts) > len(data) * 8:  # a record has at least one bit; keeps the sums below from growing absurd
        raise reader.too_short()
    sizes = _probing_size if kind <= _REST else _trie_size
    end = sizes(reader, start, counts, kind, multiplier)
    if end > len(data):
        raise reader.too_short()
    return end


class _Reader:
    """Reads fixed structures and turns a file that ends too early into a ScorerError."""

    def __init__(self, data, path):
        self.data, self.path = data, path

    def too_short(self):
        return ScorerError(f'{self.path}: the file ends within its language model; copy or build the scorer again.')

    def unpack(self, structure, offset):
        if offset + structure.size > len(self.data):
            raise self.too_short()
        return structure.unpack_from(self.data, offset)


def _probing_size(_, start, counts, kind, multiplier):
    """Returns the end of a model in hash tables; a rest cost makes all but the longest n-grams 4 bytes larger."""
    def buckets(count):
        return max(count + 1, int(_single(multiplier * count)))
    rest = 4 if kind == _REST else 0
    vocabulary = 8 + 12 * buckets(counts[0])
    unigrams = (counts[0] + 1) * (8 + rest)
    middle = sum(buckets(count) * (16 + rest) for count in counts[1:-1])
    return start + vocabulary + unigrams + middle + buckets(counts[-1]) * 12


def _trie_size(reader, start, counts, kind, _):
    """Returns the end of a model in a bit-packed trie."""
    quantised, array = kind in (_QUANTISED, _QUANTISED_ARRAY), kind in (_ARRAY, _QUANTISED_ARRAY)
    end = start + 8 + 8 * counts[0]
    probability_bits, middle_bits = 31, 31 + 32
    if quantised:
        _, probability_bits, backoff_bits = reader.unpack(struct.Struct('<3B'), end)
        if not (1 <= probability_bits <= 25 and 1 <= backoff_bits <= 25):
            raise ScorerError(f'{reader.path}: the quantisation of the language model is damaged '
                              f'({probability_bits} and {backoff_bits} bits); build the scorer again.')
        middle_bits = probability_bits + backoff_bits
        n_middle = len(counts) - 2
        end += 8 + 4 * (n_middle * (2 ** probability_bits + 2 ** backoff_bits) + 2 ** probability_bits)
    end += 16 * (counts[0] + 2)
    word_bits = counts[0].bit_length()
    if array and len(counts) > 2:
        _, max_chop = reader.unpack(struct.Struct('<2B'), end)  # one value serves all orders
    for count, next_count in zip(counts[1:-1], counts[2:]):
        pointer_bits = next_count.bit_length()
        if array:
            pointer_bits -= _chopped_bits(count + 1, next_count, max_chop)
            end += 8 * ((next_count >> pointer_bits) + 2) + 7
        end += _packed_size(count, word_bits + middle_bits + pointer_bits)
    return end + _packed_size(counts[-1], word_bits + probability_bits)


def _chopped_bits(entries, max_pointer, max_chop):
    """Returns how many high bits of a pointer are kept in an array instead of each record: what saves most."""
    required = max_pointer.bit_length()
    return min(range(min(required, max_chop) + 1),
               key=lambda chop: (max_pointer >> (required - chop)) * 64 - entries * chop)


def _packed_size(count, record_bits):
    return ((1 + count) * record_bits + 7) // 8 + 8  # one record more, and slack for 64-bit reads


def _single(value):
    return struct.unpack('<f', struct.pack('<f', value))[0]


def _align8(offset):
    return (offset + 7) // 8 * 8
