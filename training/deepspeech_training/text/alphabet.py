"""The labels of a model: which character has which output, and the byte form stored in exported models."""

import struct
import unicodedata
from collections import Counter
from typing import Any, Collection, Iterable, List, Optional, Sequence, Tuple, Union

from ..errors import DataError
from .files import LINE_END, read_text

NO_SPACE_LABEL = 4294967294  # what published readers report for an alphabet without a blank line-label
MAX_LABELS = 65535  # the serialised form counts labels in 16 bits
MAX_LABEL_BYTES = 65535  # and the bytes of each label as well
MAX_FILE_BYTES = 16 << 20  # of an alphabet file; labels and comments take far less
BYTES = 'bytes'  # what stands for the labels of a ByteAlphabet in JSON
BYTES_FLAG = '--bytes_output_mode'

Label = Any  # str; in a ByteAlphabet bytes


class Alphabet:
    """Maps characters to labels 0..size-1; the CTC blank is `size`.

    Args:
      labels: str each, in label order. A label may have several code points, but transcripts are split into
        single code points, so such a label is only ever produced, never matched.
      source: what messages call the alphabet.
      lines: where in `source` each label stands; None: that is no file.
      is_assumed: whether nobody has named it, so that it may be that of another language.
    Raises:
      DataError: no label, more than 65535 labels, or one of more than 65535 bytes.
    """

    is_bytes = False

    def __init__(self, labels: Iterable[Label], source: str = 'alphabet',
                 lines: Optional[Sequence[int]] = None, is_assumed: bool = False) -> None:
        self.labels: Tuple[Label, ...] = tuple(labels)
        if not self.labels:
            raise DataError(f'{source}: no label in it; write one character per line.')
        if len(self.labels) > MAX_LABELS:
            raise DataError(f'{source}: {len(self.labels)} labels, at most {MAX_LABELS} fit the model format.')
        longest = max(self.labels, key=len)
        if 4 * len(longest) > MAX_LABEL_BYTES and len(longest.encode('utf-8')) > MAX_LABEL_BYTES:
            raise DataError(f'{source}: a label of {len(longest)} characters, at most {MAX_LABEL_BYTES} bytes fit the model '
                            f'format; write one character per line.')
        # Of a repeated label the last one is used to encode, as published models of such alphabets expect.
        self._label_of = {label: index for index, label in enumerate(self.labels)}
        self.source = source
        self.is_assumed = is_assumed
        self._lines = lines

    @classmethod
    def from_file(cls, path: str, flag: str = '--alphabet_config_path', is_assumed: bool = False) -> 'Alphabet':
        """Reads an alphabet file: one label per line, `#` starts a comment, `\\#` is the label `#`.

        Args:
          flag: that takes such a path, for messages.
          is_assumed: whether nobody has named it.
        Raises:
          DataError: it cannot be read, is no text or has no labels.
        """
        text = read_text(path, 'an alphabet', MAX_FILE_BYTES, flag).text
        labels, lines = [], []
        # Only CR, LF and CRLF end a line here: str.splitlines() would also split at U+2028 and others.
        for number, line in enumerate(LINE_END.split(text), 1):
            if line and not line.startswith('#'):
                labels.append('#' if line == '\\#' else line)
                lines.append(number)
        return cls(labels, path, lines, is_assumed)

    @classmethod
    def from_serialized(cls, data: bytes, source: str = 'model') -> 'Alphabet':
        """Reads the form stored in exported models and checkpoints (see `serialize`)."""
        try:
            (count,) = struct.unpack_from('<H', data)
            position, labels = 2, {}
            for _ in range(count):
                label, length = struct.unpack_from('<HH', data, position)
                raw = data[position + 4:position + 4 + length]
                if len(raw) != length:
                    raise struct.error('truncated label')
                labels[label] = raw
                position += 4 + length
            in_order = [labels[index] for index in range(count)]
            if tuple(in_order) == ByteAlphabet.labels:
                return ByteAlphabet()
            return cls([raw.decode('utf-8') for raw in in_order], source=source)
        except (struct.error, UnicodeDecodeError, KeyError) as error:
            raise DataError(f'{source}: its alphabet is damaged ({error}); export the model again.') from error

    def serialize(self) -> bytes:
        """Returns bytes: uint16 count, then per label uint16 label, uint16 length, UTF-8 bytes; little-endian."""
        parts = [struct.pack('<H', self.size)]
        for label, raw in enumerate(self._raw_labels()):
            parts.append(struct.pack('<HH', label, len(raw)) + raw)
        return b''.join(parts)

    def for_json(self) -> Union[str, List[Label]]:
        """Returns what tells this alphabet from others: its labels, or `BYTES`."""
        return list(self.labels)

    @property
    def size(self) -> int:
        """Number of labels, without the CTC blank."""
        return len(self.labels)

    @property
    def blank(self) -> int:
        """Index of the CTC blank."""
        return self.size

    @property
    def space_label(self) -> int:
        """Label of the blank character, or `NO_SPACE_LABEL`."""
        (space,) = self._units(' ')
        return self._label_of.get(space, NO_SPACE_LABEL)

    def warnings(self) -> List[str]:
        """Returns sentences on labels that are legal but are hardly meant: duplicates and several code points."""
        counts = Counter(self.labels)
        repeated = [index for index, label in enumerate(self.labels) if counts[label] > 1]
        longer = [index for index, label in enumerate(self.labels) if len(label) > 1]
        sentences = []
        if repeated:
            label = self.labels[repeated[0]]
            n_repeated = sum(count > 1 for count in counts.values())
            sentences.append(f'{self._place(repeated[0])}: label {_printable(label)} stands on more than one line '
                             f'({n_repeated} such labels); only the last one is used.')
        if longer:
            label = self.labels[longer[0]]
            sentences.append(f'{self._place(longer[0])}: label {describe_characters(label)} has several characters '
                             f'({len(longer)} such labels); it can never match a transcript. {_way_out(label)}')
        return sentences

    def _place(self, index: int) -> str:
        """Returns where a label stands, for messages."""
        return f'{self.source}, line {self._lines[index]}' if self._lines else self.source

    def missing(self, text: str) -> List[str]:
        """Returns the characters of `text` that have no label, each once, in order of appearance."""
        return [char for char in dict.fromkeys(text) if char not in self._label_of]

    def encode(self, text: str) -> List[int]:
        """Returns the list of labels of `text`.

        Raises:
          DataError: a character has no label, or `text` is empty.
        """
        if not text:
            raise DataError('an empty transcript has no labels.')
        missing = self.missing(text)
        if missing:
            raise DataError(f'{describe_character(missing[0])} is not in the alphabet.')
        return [self._label_of[unit] for unit in self._units(text)]

    def decode(self, labels: Collection[int]) -> str:
        """Returns the text of a sequence of labels.

        Raises:
          DataError: a label is out of range.
        """
        foreign = [label for label in labels if not 0 <= label < self.size]
        if foreign:
            raise DataError(f'label {foreign[0]} is outside 0..{self.size - 1}; the model and the alphabet do not belong '
                            f'together.')
        return self._joined(self.labels[label] for label in labels)

    def _units(self, text: str) -> Sequence[Label]:
        """Returns what of `text` has a label each."""
        return text

    def _raw_labels(self) -> Sequence[bytes]:
        return [label.encode('utf-8') for label in self.labels]

    def _joined(self, labels: Iterable[Label]) -> str:
        return ''.join(labels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alphabet) and self.labels == other.labels

    def __hash__(self) -> int:
        return hash(self.labels)


class ByteAlphabet(Alphabet):
    """The 255 labels of bytes output mode: label i is byte i + 1 of a text in UTF-8. Byte 0 has none.

    Labels are bytes objects: most of them are no character by themselves. Decoding writes U+FFFD for what is no whole
    one.
    """

    is_bytes = True
    labels: Tuple[Label, ...] = tuple(bytes([value]) for value in range(1, 256))

    def __init__(self) -> None:
        super().__init__(self.labels, source=BYTES_FLAG)

    def for_json(self) -> str:
        """Returns `BYTES`."""
        return BYTES

    def missing(self, text: str) -> List[str]:
        """Returns the zero character if it is in `text`."""
        return ['\0'] if '\0' in text else []

    def _units(self, text: str) -> Sequence[Label]:
        return [bytes([value]) for value in text.encode('utf-8')]

    def _raw_labels(self) -> Sequence[bytes]:
        return self.labels

    def _joined(self, labels: Iterable[Label]) -> str:
        return b''.join(labels).decode('utf-8', 'replace')


def describe_character(char: str) -> str:
    """Returns e.g. `character 'é' (U+00E9, LATIN SMALL LETTER E WITH ACUTE)` for messages."""
    return f'character {describe_characters(char)}'


def describe_characters(text: str, limit: int = 4) -> str:
    """Returns a short text with the code points and names of its first characters, e.g. `'é' (U+00E9, LATIN ...)`."""
    shown, more = text[:limit], ' ...' if len(text) > limit else ''
    codes = ' '.join(f'U+{ord(point):04X}' for point in shown)
    names = ', '.join(unicodedata.name(point, 'no name') for point in shown)
    return f'{_printable(shown)}{more} ({codes}{more}, {names}{more})'


def _way_out(label):
    """Returns what to do about a label of several characters, as a sentence."""
    composed = unicodedata.normalize('NFC', label)
    if len(composed) == 1:
        return f'It is one character in Unicode normal form NFC, {describe_characters(composed)}: normalise the alphabet to it.'
    if not label.strip():
        return 'The space is a line with exactly one blank.'
    if len(label.strip()) == 1:
        return 'Is there a blank too many in the line?'
    return 'Transcripts are taken apart into single characters: write one on each line.'


def _printable(text):
    return repr(text) if text.isprintable() else ascii(text)
