"""One sentence after the other on a terminal: it is shown, spoken, looked at, heard again if wanted, and kept.

    Enter   record, stop, keep        p  play        r  record again        s  skip        q  quit
"""

import os
import termios
import tty
from contextlib import contextmanager
from typing import Callable, Iterator, List, NamedTuple, Sequence, TextIO

import numpy as np

from ..errors import ConfigError, DataError
from ..inspection.kinds import FLAT_PEAK, FLAT_SHARE
from ..inspection.levels import decibels, measure
from ..text.alphabet import Alphabet
from ..text.characters import frames_needed
from .own_clips import OwnClips, wav_of
from .recorder import LONGEST_S, RATE_HZ, Recorder
from .words import words_of

QUIETEST_PEAK = 0.02  # of full scale, -34 dB: of speech close to a microphone, the loudest sample is 10 times that
METER_DB, METER_WIDTH = 60, 30
FRAMES_PER_S = 50
ENTER = '\r\n '
QUIT, SKIP, PLAY, AGAIN = 'q', 's', 'p', 'r'


class Sentence(NamedTuple):
    """What is shown, and what the list says was spoken."""

    shown: str
    transcript: str


def sentences_of(text: str, alphabet: Alphabet) -> List[Sentence]:
    """Returns the sentences of a text that an alphabet can write, a line each; without empty lines.

    Case and marks that it does not have are left out of transcripts.

    Raises:
      DataError: it cannot write some; names the first ones.
    """
    sentences, refused = [], []
    for number, line in enumerate(text.splitlines(), 1):
        words = words_of(line, alphabet)
        refused += [f'{word.text} (line {number})' for word in words if not word.spelling]
        if words:
            sentences.append(Sentence(' '.join(line.split()), ' '.join(word.spelling for word in words)))
    if refused:
        more = f' and {len(refused) - 5} more' if len(refused) > 5 else ''
        raise DataError(f'the alphabet {alphabet.source} cannot write {", ".join(refused[:5])}{more}; spell them out as they '
                        f'are spoken, or remove these sentences.')
    return sentences


def remarks(samples: np.ndarray, transcript: str) -> List[str]:
    """Returns what may be wrong with a recording, int16 [n_samples]; sentences."""
    levels = measure(samples.astype(np.float32) / 32768, RATE_HZ)
    said = []
    if levels['peak'] < QUIETEST_PEAK:
        said.append('Hardly anything was heard: is it the right microphone, is it on, and close enough?')
    elif levels['flat'] > FLAT_SHARE and levels['peak'] > FLAT_PEAK:
        said.append('Too loud, it is clipped: turn the microphone down, or speak further away from it.')
    if len(samples) / RATE_HZ * FRAMES_PER_S < frames_needed(transcript):
        said.append('That is too short for the sentence: speak after the bar has begun to move.')
    if len(samples) >= LONGEST_S * RATE_HZ:
        said.append(f'It was stopped after {LONGEST_S} s.')
    return said


@contextmanager
def keys_at_once(terminal: int) -> Iterator[None]:
    """Lets a terminal give each key as it is pressed, and not show it, within the block. Raises ConfigError: it is none."""
    try:
        before = termios.tcgetattr(terminal)
    except termios.error as error:
        raise ConfigError('keys are read from a terminal, and standard input is none; run it in one.') from error
    try:
        tty.setcbreak(terminal)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


class Session:
    """A person at a terminal, `keys` its descriptor and `screen` what is written to."""

    def __init__(self, recorder: Recorder, play: Callable[[bytes], object], keys: int, screen: TextIO) -> None:
        self._recorder, self._play, self._keys, self._screen = recorder, play, keys, screen

    def run(self, sentences: Sequence[Sentence], clips: OwnClips) -> None:
        """Records what is left of the sentences, until the end or a wish to quit."""
        left = clips.left_of([sentence.transcript for sentence in sentences])
        try:
            self._ask_for(left, sentences, clips)
        except BaseException:
            self._say('')  # of the line that is being written
            raise

    def _ask_for(self, left: Sequence[int], sentences: Sequence[Sentence], clips: OwnClips) -> None:
        for done, place in enumerate(left):
            self._say(f'\nSentence {place + 1} of {len(sentences)}, {len(left) - done} to go\n\n    {sentences[place].shown}\n')
            key = self._ask('[Enter] record   [s] skip   [q] quit', ENTER + SKIP + QUIT)
            if key in ENTER:
                key = self._record(sentences[place].transcript, clips)
            if key == QUIT:
                return

    def _record(self, transcript: str, clips: OwnClips) -> str:
        """Records a sentence until it is kept or given up; returns the key that was pressed last."""
        key = AGAIN
        while True:
            if key == AGAIN:
                samples = self._recorder.take(self._keys, self._show_level)
                self._drop_key()
                self._assess(samples, transcript)
            elif key == PLAY:
                self._hear(samples)
            elif key in ENTER and len(samples):
                self._say(f'    Kept as {clips.keep(samples, transcript)}')
                return key
            elif key not in ENTER:
                return key
            key = self._ask('[Enter] keep   [p] play   [r] again   [s] skip   [q] quit', ENTER + PLAY + AGAIN + SKIP + QUIT)

    def _assess(self, samples: np.ndarray, transcript: str) -> None:
        if not len(samples):
            return self._say('    ! Nothing was recorded yet: press r, and speak when the bar has begun to move.')
        peak = np.abs(samples.astype(np.int32)).max() / 32768
        self._say(f'\r\033[K    {len(samples) / RATE_HZ:.1f} s, at most {decibels(peak)}')
        for remark in remarks(samples, transcript):
            self._say(f'    ! {remark}')
        return None

    def _show_level(self, n_samples: int, newest: np.ndarray) -> None:
        peak = np.abs(newest.astype(np.int32)).max() / 32768
        level_db = 20 * np.log10(max(peak, 1e-6))
        n_filled = int(round(METER_WIDTH * min(max(1 + level_db / METER_DB, 0.), 1.)))
        bar = '#' * n_filled + '-' * (METER_WIDTH - n_filled)
        self._write(f'\r\033[K    {n_samples / RATE_HZ:4.1f} s  {bar}  [Enter] stop')

    def _hear(self, samples: np.ndarray) -> None:
        try:
            self._play(wav_of(samples))
        except (ConfigError, DataError) as error:
            self._say(f'    ! {error}')

    def _ask(self, question: str, answers: str) -> str:
        """Returns the key that is pressed, one of `answers`; the end of input is a wish to quit."""
        self._write(f'{question} ')
        while True:
            pressed = os.read(self._keys, 1).decode('ascii', 'replace').lower()
            if not pressed or pressed in answers:
                self._write('\r\033[K')
                return pressed or QUIT

    def _drop_key(self) -> None:
        """Forgets the keys that have ended a recording."""
        termios.tcflush(self._keys, termios.TCIFLUSH)

    def _say(self, line: str) -> None:
        self._write(f'{line}\n')

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()
