"""Sound in all formats that libsndfile knows, and what these files state about how much there is.

libsndfile believes what is there: of a file that was cut short it gives the rest without a word, and of one that states no
length it gives less than there is, or nothing. So sizes that headers state are compared with the file here, and where one
is missing it is found out.
"""

import importlib
import os
import re
import shutil
import struct
import threading
from contextlib import ExitStack
from typing import Any, BinaryIO, Callable, Dict, Optional

import numpy as np

from .errors import AudioError, UnknownFormatError
from .flac import with_length
from .formats.content import HEAD_BYTES, explain, recognise
from .wav import UNKNOWN_BYTES, Forward, cut_short, is_short, sound_parts

REMEDY = 'convert it, for instance with ffmpeg -i IN OUT.wav.'
OGG_PAGE_BYTES = 27 + 255 + 255 * 255  # the longest
UNBOUNDED = 2 ** 62  # frames; libsndfile states more where it knows no length
MP3_PADDING_S = 0.15  # decoders differ by some frames at both ends
MAX_TAGS = 100  # in front of the first frame of an MP3 file
MP3_HEAD_BYTES = 4096  # longer than any frame; the first one may hold a table of the whole (Xing, Info)


class LibraryReader:
    """Reads frames of a file in any format that libsndfile knows; to be closed.

    Args:
      name: of the file in messages.
      file: open for reading bytes, seekable.
    Raises:
      UnknownFormatError: libsndfile does not know it.
      AudioError: it is damaged.
    """

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self._file, self._n_read = name, file, 0
        file.seek(0)
        head = file.read(HEAD_BYTES)
        soundfile = load_package('soundfile', name, 'is not WAV of plain samples')
        mp3_start = _unbounded_mp3(file)  # now: the library reads by the same descriptor
        with ExitStack() as opened:
            patched = with_length(file, head)
            if patched:
                opened.callback(patched.close)
            self._sound = _open_sound(soundfile, name, patched or file, head)
            opened.callback(self._sound.close)
            self._n_stated = self._sound.frames if self._sound.frames < UNBOUNDED else None
            if self._sound.format == 'MP3' and mp3_start is not None:
                self._sound, self._n_stated = _piped(soundfile, file, mp3_start, opened=opened), None
            if self._sound is None:  # its first frame is damaged; then as much as the library guesses
                self._sound = _open_sound(soundfile, name, file, head)
                opened.callback(self._sound.close)
            self._resources = opened.pop_all()
        self.rate_hz, self.n_channels = self._sound.samplerate, self._sound.channels

    def read(self, n_frames: int) -> np.ndarray:
        """Returns up to `n_frames` frames in [-1, 1], float32 [n, n_channels]; none at the end."""
        try:
            frames = self._sound.read(n_frames, dtype='float32', always_2d=True)
        except RuntimeError as error:
            raise AudioError(f'{self.name}: damaged after {self._n_read / self.rate_hz:.2f} s ({_reason(error)}); get '
                             f'it again, or write what is there to a new one with ffmpeg or sox.') from error
        self._n_read += len(frames)
        return frames

    def check_whole(self) -> None:
        """Raises AudioError if less has been read than the header states, or if the file ends before it should."""
        padding = MP3_PADDING_S * self.rate_hz if self._sound.subtype.startswith('MPEG') else 0
        if self._n_stated is not None and self._n_read + padding < self._n_stated:
            raise cut_short(self.name, self._n_read / self.rate_hz, self._n_stated / self.rate_hz)
        n_bytes = self._file.seek(0, os.SEEK_END)
        stated = stated_bytes(self._file)
        if stated is not None and is_short(n_bytes, stated):
            raise AudioError(f'{self.name}: ends after {n_bytes} of {stated} bytes, with {self._n_read / self.rate_hz:.2f} s '
                             f'of sound; the file is cut short, get it again, or write what is there to a new one with '
                             f'ffmpeg or sox.')

    def close(self) -> None:
        """Gives back what the library holds; the file stays open."""
        self._resources.close()


def load_package(package: str, thing: str, reason: str) -> Any:
    """Returns a package that only some files need. Raises AudioError: it is not installed."""
    try:
        return importlib.import_module(package)
    except (ImportError, OSError) as error:  # OSError: the package without its library
        raise AudioError(f'{thing} {reason}, for which the package {package} is needed ({error}); install it with pip '
                         f'install {package}, or {REMEDY}') from error


def _open_sound(soundfile: Any, name: str, file: BinaryIO, head: bytes) -> Any:
    """Returns the SoundFile of a file."""
    try:
        # By its descriptor: for a path, soundfile trusts the ending, and for a file it calls back into Python.
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return soundfile.SoundFile(file.fileno(), closefd=False)
    except (RuntimeError, TypeError, ValueError) as error:
        content = recognise(head)
        if content and content.advice:
            raise AudioError(f'{name}: {explain(head, "an audio file")}.') from error
        stated, n_bytes = stated_bytes(file), file.seek(0, os.SEEK_END)
        if stated is not None and is_short(n_bytes, stated):
            raise AudioError(f'{name}: ends after {n_bytes} of {stated} bytes; the file is cut short, get it again.'
                             ) from error
        is_sound = content is None or ' audio' in content.name
        reason = _reason(error) if is_sound or not content else f'it is {content.name}'
        kind = UnknownFormatError if is_sound else AudioError
        raise kind(f'{name}: not audio of a known format, or damaged ({reason}); get it again, or {REMEDY}') from error


def _reason(error: Exception) -> str:
    """Returns the message of libsndfile."""
    return getattr(error, 'error_string', str(error)).rstrip('.')


def _unbounded_mp3(file: BinaryIO) -> Optional[int]:
    """Returns where the sound of an MP3 file begins that does not state its length, None if it does.

    libsndfile guesses the length by the first frames, and gives no more than that.
    """
    start = 0
    for _ in range(MAX_TAGS):
        file.seek(start)
        head = file.read(MP3_HEAD_BYTES)
        if head[:3] != b'ID3' or len(head) < 10:
            break
        start += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])  # a tag
    table = re.search(b'Xing|Info', head[:64])
    if not table:
        return start
    flags, _, n_bytes = struct.unpack_from('>III', head.ljust(MP3_HEAD_BYTES, b'\0'), table.end())
    left = file.seek(0, os.SEEK_END) - start
    is_of_a_part = flags & 3 == 3 and n_bytes < 0.9 * left  # files one behind the other
    second = head.find(head[:2], table.end())
    return start + second if is_of_a_part and second > 0 else None


def _piped(soundfile: Any, file: BinaryIO, start: int, *, opened: ExitStack) -> Any:
    """Returns the SoundFile of a file from `start` on, without a length: it ends where the file does.

    None if that is no place to begin. What is to be closed is put on `opened`.
    """
    reading, writing = os.pipe()

    def feed() -> None:
        with open(writing, 'wb', buffering=0) as pipe:
            try:
                file.seek(start)  # nothing else reads from the file until the sound has ended
                shutil.copyfileobj(file, pipe)
            except OSError:  # nobody reads any more, or the file cannot be read: then the sound ends here
                return

    feeder = threading.Thread(target=feed, daemon=True)
    opened.callback(feeder.join)  # last: it ends when nobody reads any more
    opened.callback(os.close, reading)
    feeder.start()
    try:
        sound = soundfile.SoundFile(reading, closefd=False)
    except (RuntimeError, TypeError, ValueError):
        opened.close()  # the file is read from no more
        return None
    opened.callback(sound.close)
    return sound


def stated_bytes(file: BinaryIO) -> Optional[int]:
    """Returns how long a file should be by what it states itself; None: it states nothing.

    Source: the published descriptions of AIFF, AU, Wave64, NIST SPHERE, Ogg and WAV.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for start, stated in _STATED.items():
        if head.startswith(start):
            try:
                return stated(head, file)
            except (struct.error, ValueError):
                return None
    return None


def _of_wav(head: bytes, file: BinaryIO) -> Optional[int]:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    parts = [part for _, part in sound_parts(Forward(file, length))]
    return None if not parts or parts[-1].stated is None else parts[-1].offset + parts[-1].stated


def _of_form(head: bytes, file: BinaryIO) -> Optional[int]:
    (n_bytes,) = struct.unpack_from('>I', head, 4)
    return None if n_bytes >= UNKNOWN_BYTES or not n_bytes else 8 + n_bytes


def _of_au(head: bytes, file: BinaryIO) -> Optional[int]:
    offset, n_bytes = struct.unpack_from('>II', head, 4)
    return None if n_bytes >= UNKNOWN_BYTES else offset + n_bytes


def _of_wave64(head: bytes, file: BinaryIO) -> Optional[int]:
    (n_bytes,) = struct.unpack_from('<Q', head, 16)
    return n_bytes if n_bytes < 2 ** 63 else None


def _of_sphere(head: bytes, file: BinaryIO) -> Optional[int]:
    fields = dict(re.findall(rb'^(\w+) -i (\d+)', head, re.MULTILINE))
    if b'shorten' in head:
        return None
    n_samples = int(fields[b'sample_count']) if b'sample_count' in fields else None
    width, n_channels = int(fields.get(b'sample_n_bytes', 0)), int(fields.get(b'channel_count', 1))
    return int(head[8:16]) + n_samples * width * n_channels if n_samples is not None else None


def _of_ogg(head: bytes, file: BinaryIO) -> Optional[int]:
    """Where the last page that begins should end."""
    length = file.seek(0, os.SEEK_END)
    begin = max(0, length - OGG_PAGE_BYTES)
    file.seek(begin)
    tail = file.read(OGG_PAGE_BYTES)
    place = tail.rfind(b'OggS\0')
    if place < 0:
        return None
    if place + 27 > len(tail):
        return length + SMALLEST_LOSS
    table = tail[place + 27:place + 27 + tail[place + 26]]
    end = begin + place + 27 + tail[place + 26] + sum(table)
    return end if end <= length else max(end, length + SMALLEST_LOSS)


SMALLEST_LOSS = 2 ** 10  # bytes of a page that ends in its header: how many it has is not known
_STATED: Dict[bytes, Callable[[bytes, BinaryIO], Optional[int]]] = {
    b'RIFF': _of_wav, b'RF64': _of_wav, b'BW64': _of_wav, b'RIFX': _of_form, b'FORM': _of_form, b'.snd': _of_au,
    b'riff\x2e\x91\xcf\x11': _of_wave64, b'NIST_1A': _of_sphere, b'OggS': _of_ogg}
