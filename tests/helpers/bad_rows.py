"""Data sets with every kind of bad row, made of real recordings; and what is to be said of each."""

import csv
import io
import os
import wave
from collections import namedtuple
from pathlib import Path

import numpy as np
import soundfile
from wav_files import wav_bytes

CLIPS = Path(__file__).resolve().parents[1] / 'clips'
RATE_HZ = 16000
COLUMNS = ('wav_filename', 'wav_filesize', 'transcript', 'speaker')

# name: of the file; cells: what stands in the CSV; kind, reason: of the finding, the latter a regular expression
Planted = namedtuple('Planted', 'name cells kind reason')


def clips():
    """Returns [(transcript, float64 [n_samples])] of the real recordings."""
    with open(str(CLIPS / 'clips.csv'), encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    sounds = []
    for row in rows:
        with wave.open(str(CLIPS / row['wav_filename'])) as file:
            sounds.append((row['transcript'], np.frombuffer(file.readframes(file.getnframes()), '<i2') / 32768))
    return sounds


class Maker:
    """Writes files below a directory, each with a sound of its own, and notes their rows."""

    def __init__(self, directory):
        self.directory, self.planted, self.n_sounds, self.sounds = directory, [], 0, clips()

    def speech(self):
        """Returns another real recording: there are few, so later ones are the first ones with another gain."""
        transcript, sound = self.sounds[self.n_sounds % len(self.sounds)]
        self.n_sounds += 1
        return transcript, sound * (0.95 - self.n_sounds / 200)

    def write(self, name, content):
        path = self.directory / name
        path.write_bytes(content)
        return name

    def wav(self, name, samples, **how):
        scaled = np.clip(np.round(np.asarray(samples) * 32767), -32768, 32767).astype('<i2').tobytes()
        return self.write(name, wav_bytes(scaled, **how))

    def add(self, name, kind, reason, transcript='yesterday', size=None, speaker=''):
        """Notes a row. `name` is that of a file, or of none."""
        path = self.directory / name if name and len(name) < 200 else None
        if size is None:
            size = path.stat().st_size if path and path.is_file() else 1
        self.planted.append(Planted(name, [name, str(size), transcript, speaker], kind, reason))

    def add_speech(self, name, kind, reason, transcript=None, sound=None, change=lambda sound: sound, **how):
        said, heard = self.speech()
        self.wav(name, change(heard if sound is None else sound), **how)
        self.add(name, kind, reason, said if transcript is None else transcript)


def _files(make):
    make.add('gone.wav', 'missing', 'does not exist')
    (make.directory / 'folder.wav').mkdir()
    make.add('folder.wav', 'unusable', 'directory')
    for name, content, reason in (
            ('empty', b'', 'empty'), ('page', b'<!DOCTYPE html>\n<html><body>Not found</body></html>', 'web page'),
            ('lfs', b'version https://git-lfs.github.com/spec/v1\noid sha256:' + b'0' * 64 + b'\nsize 9\n', 'Git LFS'),
            ('annex', b'/annex/objects/SHA256E-s1--' + b'0' * 64 + b'.wav\n', 'git-annex'),
            ('notes', b'see the other folder, please\n', 'text'), ('archive', b'PK\x03\x04' + bytes(40), 'ZIP'),
            ('noise', bytes(range(128, 256)) * 9, 'no known|not a|unknown')):
        make.add(make.write(f'{name}.wav', content), 'unusable', f'(?i){reason}')
    os.symlink('loop.wav', str(make.directory / 'loop.wav'))
    make.add('loop.wav', 'unusable', 'symbolic links')
    os.mkfifo(str(make.directory / 'pipe.wav'))
    make.add('pipe.wav', 'unusable', 'pipe')
    make.add('n' * 300 + '.wav', 'unusable', 'too long')


def _sounds(make):
    _, sound = make.speech()
    data = np.round(sound * 32767).astype('<i2').tobytes()
    make.add(make.write('silent_header.wav', wav_bytes(b'')), 'unusable', 'no sound')
    make.add(make.write('cut.wav', wav_bytes(data)[:len(data) // 2]), 'unusable', r'ends after [\d.]+ of [\d.]+ s')
    make.add(make.write('no_channels.wav', wav_bytes(data, n_channels=0)), 'unusable', 'Channel count is zero')
    make.add(make.write('no_rate.wav', wav_bytes(data, rate_hz=0)), 'unusable', '^0 Hz, expected 1000')
    make.add(make.write('no_data.wav', wav_bytes(data).split(b'data')[0]), 'unusable', "No 'data' chunk")
    numbers = sound.astype('<f4')
    numbers[100] = np.nan
    make.add(make.write('nan.wav', wav_bytes(numbers.tobytes(), bits=32, tag=3)), 'unusable', 'no number|NaN')
    make.add(make.write('codec.wav', wav_bytes(data, tag=0x4444)), 'unusable', '(?i)4444|format')
    make.add(make.write('cut.flac', _flac(sound)[:-2000]), 'unusable', '(?i)damaged|cut short|ends')
    with open(str(make.directory / 'day.wav'), 'wb') as file:  # of 13 hours; takes no room
        n_bytes = 2 * RATE_HZ * 3600 * 13
        file.write(wav_bytes(b'', data_size=n_bytes, riff_size=36 + n_bytes))
        file.truncate(44 + n_bytes)
    make.add('day.wav', 'unusable', 'longer than 12 hours')


def _flac(sound):
    file = io.BytesIO()
    soundfile.write(file, sound, RATE_HZ, format='FLAC')
    return file.getvalue()


def _texts(make):
    for number, (transcript, kind, reason) in enumerate((
            ('', 'empty', 'is empty'), ('  ', 'empty', 'is empty'), ('room 7', 'alphabet', "'7' .*DIGIT SEVEN"),
            ('Lima', 'alphabet', "'L' .*it fits in lower case"), ('caf\u00e9', 'alphabet', 'E WITH ACUTE'),
            ('cafe\u0301', 'alphabet', 'U\\+00E9, LATIN SMALL LETTER E WITH ACUTE'),
            ('not\u00a0answering', 'alphabet', 'NO-BREAK SPACE.*plain blanks'), ('al\u200bpha', 'alphabet', 'ZERO WIDTH SPACE'),
            ('l\u0456ma', 'alphabet', 'CYRILLIC SMALL LETTER'), ('sch\u00c3\u00b6n', 'alphabet', "Windows-1252: 'sch\u00f6n'"),
            ('caf\ufffd', 'alphabet', 'REPLACEMENT CHARACTER'), ('<noise>', 'alphabet', 'LESS-THAN'),
            ('tuesday\nwednesday', 'alphabet', 'U\\+000A'))):
        make.add_speech(f'text{number}.wav', kind, reason, transcript)


def _lengths(make):
    _, sound = make.speech()
    n_frames = 1 + (len(sound) - 512) // 320
    make.add_speech('labels.wav', 'too_short', f'need {n_frames + 5} frames, there are {n_frames}', _letters(n_frames + 5),
                    sound)
    make.add_speech('repeats.wav', 'too_short', r'and \d repeats need \d+ frames',
                    ('ab' * n_frames)[:n_frames - 2].replace('ba', 'bb', 3), sound * 0.99)
    make.add_speech('window.wav', 'too_short', 'shorter than one window', 'k', sound[:400])
    make.add_speech('long.wav', 'long', r'^3\d\.\d s', _letters(200), np.tile(sound, 1 + 33 * RATE_HZ // len(sound)))
    make.add_speech('fast.wav', 'fast', r'^4\d\.\d characters a second', _letters(n_frames - 4), sound * 0.98)
    make.add_speech('slow.wav', 'slow', r'^0\.\d characters a second', 'k',
                    np.tile(sound * 0.97, 1 + 4 * RATE_HZ // len(sound)))


def _letters(n):
    """Returns text of n labels that has no repeats, in words."""
    return ('seven dogs are in the garden and ' * 40)[:n - 1] + 'x'


def _levels(make):
    make.add_speech('zeros.wav', 'silence', 'every sample is 0', change=lambda sound: 0 * sound)
    make.add_speech('faint.wav', 'silence', r'-\d+ dB of full scale', change=lambda sound: 0.002 * sound)
    make.add_speech('constant.wav', 'silence', 'nearly all samples are the same', change=lambda sound: 0 * sound + 0.3)
    make.add_speech('opposite.wav', 'silence', 'every sample is 0', n_channels=2,
                    change=lambda sound: np.stack([sound, -sound], axis=1).ravel())
    make.add_speech('clipped.wav', 'clipping', r'[\d.]+ % of the samples', change=lambda sound: 4 * sound)
    make.add_speech('clipped_then_quieter.wav', 'clipping', r'[\d.]+ % of the samples',
                    change=lambda sound: 0.5 * np.clip(4 * sound, -1, 1))
    make.add_speech('offset.wav', 'offset', r'the mean is \+1\d\.\d %', change=lambda sound: 0.5 * sound + 0.15)
    make.add_speech('padded.wav', 'faint', r'for \d\d % of its time',
                    change=lambda sound: np.concatenate([sound, np.zeros(9 * len(sound))]))
    make.add_speech('lost.wav', 'gap', r'0\.(49|5\d?) s in the middle', change=lambda sound: np.concatenate(
        [sound[:len(sound) // 2], np.zeros(RATE_HZ // 2), sound[len(sound) // 2:]]))
    make.add_speech('narrow.wav', 'rate', '^8000 Hz', rate_hz=8000, change=lambda sound: sound[::2])
    make.add_speech('blanks.wav', 'blanks', "'all  day'", 'all  day')
    make.add_speech('stutter.wav', 'stutter', "'aaaa'", 'alphaaaa')
    transcript, sound = make.speech()
    make.add(make.wav('size.wav', sound), 'size', r'the CSV says 99 bytes, the file has \d+', transcript, size=99)


def _cells(make):
    make.add('', 'malformed', 'wav_filename is empty')
    transcript, sound = make.speech()
    make.add(make.wav('huge.wav', sound), 'malformed', "wav_filesize 'huge' is not a whole number", transcript, size='huge')
    make.add(make.wav('comma.wav', sound), 'malformed', '5 cells, 4 columns', 'seven')
    make.planted[-1].cells.append('eight')


def _doublets(make, first):
    name, _, transcript, _ = first
    make.add(name, 'repeated_row', 'as .*, line 2', transcript)
    content = (make.directory / name).read_bytes()
    make.add(make.write('copy.wav', content), 'repeated_sound', 'as .*, line 2', transcript)
    make.add(make.write('other_text.wav', content), 'contradiction', f"line 2 has the same sound with '{transcript}'", 'lima')


def plant(directory):
    """Writes train.csv and dev.csv; returns ({(CSV, line): Planted}, number of rows without a fault).

    Lines are counted from 1, as in messages.
    """
    make = Maker(directory)
    good = []
    for number, (transcript, _) in enumerate(make.sounds):
        said, sound = make.speech()
        name = make.wav(f'good{number}.wav', sound)
        good.append([name, str((directory / name).stat().st_size), said, f's{number}'])
    for part in (_files, _sounds, _texts, _lengths, _levels, _cells):
        part(make)
    _doublets(make, good[0])
    train = write_csv(directory / 'train.csv', good, make.planted)
    n_train, make.planted = len(good), []
    dev = [make.speech() for _ in range(3)]
    make.add(make.write('shared.wav', (directory / good[1][0]).read_bytes()), 'shared_sound', 'train.csv, line 3', 'a new text')
    make.add(make.wav('sentence.wav', dev[0][1]), 'shared_sentence', 'train.csv, line 4', good[2][2])
    make.add(make.wav('speaker.wav', dev[1][1]), 'shared_speaker', 'train.csv, line 5', 'a newer text', speaker='s3')
    fresh = make.wav('fresh.wav', dev[2][1])
    rows = [[fresh, str((directory / fresh).stat().st_size), 'quite new', 'nobody']]
    return {**train, **write_csv(directory / 'dev.csv', rows, make.planted)}, n_train + 1


def write_csv(path, good, planted):
    """Writes the good rows, then the others; returns {(CSV, line): Planted}."""
    places, line = {}, 2 + len(good)
    with open(str(path), 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        writer.writerows(good)
        for each in planted:
            writer.writerow(each.cells)
            places[(str(path), line)] = each
            line += 1 + each.cells[2].count('\n')
    return places
