"""Samples as the library takes them: 16-bit numbers in one piece of memory, where they are and how many.

NumPy is imported for what is not in such a piece already: programs that hand over an `array.array` do without it.
"""

import array
import ctypes
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

if TYPE_CHECKING:
    import numpy as np

AudioBuffer = Any  # int16 [n_samples]; see `as_samples` for what else is taken
MOST_AT_ONCE = 1 << 30  # samples of one call of the library, which counts them in 32 bits


class Samples(NamedTuple):
    """16-bit samples in memory, not copied."""

    address: int
    n_samples: int
    owner: Any  # keeps the memory

    def parts(self) -> 'Iterator[Samples]':
        """Yields parts that the library can count."""
        for start in range(0, self.n_samples, MOST_AT_ONCE):
            yield Samples(self.address + 2 * start, min(MOST_AT_ONCE, self.n_samples - start), self.owner)


def samples_in(audio: AudioBuffer) -> Samples:
    """Returns the samples of an array, a list or another buffer. Raises TypeError or ValueError, as `as_samples` does."""
    if isinstance(audio, array.array) and audio.typecode == 'h':
        view = memoryview(audio)  # as long as there is one, nobody can resize the array
        return Samples(ctypes.addressof(ctypes.c_char.from_buffer(view)) if audio else 0, len(audio), view)
    numbers = as_samples(audio)
    return Samples(numbers.ctypes.data, len(numbers), numbers)


def as_samples(audio: AudioBuffer) -> 'np.ndarray':
    """Returns int16 [n_samples], contiguous, of an array, a list or another buffer of 16-bit samples.

    Raises:
      TypeError: samples are of another type or have several axes; says how to convert them.
      ValueError: it is no array of numbers at all.
    """
    import numpy as np

    if isinstance(audio, (bytes, bytearray)) or isinstance(audio, memoryview) and audio.itemsize == 1:
        raise ValueError('audio is bytes; wrap them: numpy.frombuffer(audio, numpy.int16)')
    numbers = np.asarray(audio)
    if numbers.ndim != 1:
        raise TypeError(f'audio has {numbers.ndim} axes; one row of samples is needed, several channels have to be mixed')
    if isinstance(audio, (list, tuple)):
        if numbers.size and not (numbers.dtype.kind in 'iu' and -32768 <= numbers.min() and numbers.max() <= 32767):
            raise TypeError('audio holds something else than whole numbers from -32768 to 32767')
        return numbers.astype(np.int16)
    if numbers.dtype.kind == 'f':
        raise TypeError(f'audio is {numbers.dtype}, not int16; convert it, if it goes from -1 to 1 by '
                        f'(audio * 32767).astype(numpy.int16)')
    if (numbers.dtype.kind, numbers.dtype.itemsize) != ('i', 2):
        raise TypeError(f'audio is {numbers.dtype}; 16-bit signed samples are needed, numpy.int16')
    return np.ascontiguousarray(numbers, np.int16)  # in native byte order
