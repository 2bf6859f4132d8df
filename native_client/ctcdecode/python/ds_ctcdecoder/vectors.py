"""The containers of the published raw module: lists and a dict that own what they hold."""


LARGEST = 1 << 28  # items of a vector made of a length


class _Vector(list):
    """A list that can also be made of a length, and has the C++ names for what lists can do."""

    _empty = 0

    def __init__(self, source=(), value=None):
        if isinstance(source, int):
            if not 0 <= source <= LARGEST:
                raise OverflowError(f'a vector of {source} items; at most {LARGEST} are possible')
            source = [self._empty_item() if value is None else value for _ in range(source)]
        super().__init__(source)

    def _empty_item(self):
        return self._empty

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return type(self)(found) if isinstance(index, slice) else found

    def size(self):
        return len(self)

    def empty(self):
        return not self

    def push_back(self, item):
        self.append(item)

    def front(self):
        return self[0]

    def back(self):
        return self[-1]


class UnsignedIntVector(_Vector):
    """Labels, or frames at which they were emitted."""


class StringVector(_Vector):
    """Words as bytes."""

    _empty = b''


class Output:
    """One hypothesis.

    Attributes:
      confidence: natural log of its probability, language model and bonuses included; may be positive. It is the
        `score` of a ctcdecode.Hypothesis.
      tokens: UnsignedIntVector of labels.
      timesteps: UnsignedIntVector, for each token the frame at which it was emitted.
    """

    def __init__(self, confidence=0.0, tokens=(), timesteps=()):
        self.confidence = confidence
        self.tokens = UnsignedIntVector(tokens)
        self.timesteps = UnsignedIntVector(timesteps)

    def __repr__(self):
        return f'Output(confidence={self.confidence}, tokens={self.tokens}, timesteps={self.timesteps})'


class OutputVector(_Vector):
    """Hypotheses, best first."""

    def _empty_item(self):
        return Output()


class OutputVectorVector(_Vector):
    """Hypotheses of each item of a batch."""

    def _empty_item(self):
        return OutputVector()


class Map(dict):
    """Hot words: bytes (str is encoded) -> float, what is added to the natural-log probability of the word."""

    def __init__(self, source=()):
        super().__init__()
        for word, boost in dict(source).items():
            self[word] = boost

    def __setitem__(self, word, boost):
        super().__setitem__(as_bytes(word), float(boost))

    def __getitem__(self, word):
        return super().__getitem__(as_bytes(word))

    def __contains__(self, word):
        return super().__contains__(as_bytes(word))

    def size(self):
        return len(self)

    def empty(self):
        return not self

    def has_key(self, word):
        return word in self

    def asdict(self):
        return dict(self)


def as_bytes(text):
    """Returns str as UTF-8, bytes as they are; raises TypeError for anything else, as bytes(5) would be five zeros."""
    if isinstance(text, str):
        return text.encode('utf-8')
    if not isinstance(text, (bytes, bytearray)):
        raise TypeError(f'{text!r}: str or bytes is needed.')
    return bytes(text)
