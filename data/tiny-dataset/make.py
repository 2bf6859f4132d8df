#!/usr/bin/env python3
"""Makes the tiny data set: short commands and digits, spoken by free speech synthesisers of Debian.

The voices of the three sets are disjoint, down to the recorded speaker behind a voice. The same seed and the same
versions of the Debian packages (README.md lists them) give the same bytes. Needs NumPy. Writes wav/, train.csv,
dev.csv, test.csv, sentences.txt and alphabet.txt into the directory of this file, or into --out.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import wave
from collections import namedtuple
from itertools import product
from string import ascii_lowercase

import numpy as np

RATE_HZ = 16000
TIMEOUT_S = 600  # for one sentence
SILENCE_S = 0.08  # left before and after the speech
SPEECH_FLOOR = 0.02  # RMS of 10 ms, of the loudest 10 ms; anything quieter at the ends is silence
TEMPO = 1.08  # a little brisk: shorter clips, a smaller repository
MAX_TEMPO_CHANGE = 0.15
# A voice becomes more than one speaker by another size (pitch and formants move together) and another timbre; the
# voices of dev and test stay nearly as they are.
MAX_SIZE_CHANGE = {'train': 0.2, 'dev': 0.03, 'test': 0.03}
MAX_TILT_DB = {'train': 8, 'dev': 1.2, 'test': 1.2}  # of bass and treble
PEAK_RANGE = (0.25, 0.8)  # loudest sample, of full scale
NOISY_PART = 0.15  # part of the train clips that get background noise
NOISE_RANGE_DB = (-40, -30)  # RMS of that noise, relative to the loudest sample

# espeak-ng: accent+variant. What sounds alike stays in one set: the klatt variants, f2 in its accents and f5 (the same
# formants), and the speakers kal and slt, whom two engines speak with. README.md says how clear voices were chosen.
Voice = namedtuple('Voice', 'engine name engine_name')
VOICES = {
    'train': [
        Voice('flite', 'rms', 'rms'),
        Voice('festival', 'kal', 'kal_diphone'),
        Voice('flite', 'kal', 'kal16'),
        Voice('flite', 'awb', 'awb'),
        Voice('flite', 'slt', 'slt'),
        Voice('festival', 'slt', 'cmu_us_slt_arctic_hts'),
        Voice('espeak', 'us-f2', 'en-us+f2'),
        Voice('espeak', 'us-f5', 'en-us+f5'),
        Voice('espeak', 'us-f4', 'en-us+f4'),
        Voice('espeak', 'us-m1', 'en-us+m1'),
        Voice('espeak', 'us-m6', 'en-us+m6'),
        Voice('espeak', 'us-david', 'en-us+david'),
        Voice('espeak', 'us-denis', 'en-us+Denis'),
        Voice('espeak', 'us-klatt', 'en-us+klatt'),
        Voice('espeak', 'us-klatt4', 'en-us+klatt4'),
        Voice('espeak', 'us-miguel', 'en-us+miguel'),
        Voice('espeak', 'us-sandro', 'en-us+sandro'),
        Voice('espeak', 'us-victor', 'en-us+victor'),
        Voice('espeak', 'nyc-f2', 'en-us-nyc+f2'),
        Voice('espeak', 'rp-f2', 'en-gb-x-rp+f2'),
        Voice('espeak', 'lancaster-f2', 'en-gb-x-gbclan+f2'),
    ],
    'dev': [
        Voice('espeak', 'us-f1', 'en-us+f1'),
        Voice('espeak', 'us-m5', 'en-us+m5'),
    ],
    'test': [
        Voice('festival', 'ked', 'ked_diphone'),
        Voice('espeak', 'us-f3', 'en-us+f3'),
        Voice('espeak', 'us-m2', 'en-us+m2'),
    ],
}
CLIPS_PER_SET = {'train': 225, 'dev': 24, 'test': 30}

DIGITS = 'zero one two three four five six seven eight nine'.split()
SWITCHING = [' '.join(words) for words in product(
    ['turn', 'switch'], ['on', 'off'], ['the light', 'the radio'])]
OPENING = [' '.join(words) for words in product(['open', 'close'], ['the door', 'the window'])]
# The clips of a set go through these kinds in turn, so that no word is spoken rarely.
TURNS = [SWITCHING, DIGITS, OPENING]

ALPHABET_HEADER = ('# The labels of English, one a line: blank, a to z, apostrophe.\n'
                   '# Lines that start with # are comments; the label # itself is written \\#.\n')


class MissingProgram(Exception):
    """A program or voice of Debian is not installed."""


def run(command, package):
    """Runs `command` (list of str).

    Raises:
      MissingProgram: it is not installed, or fails; the message names `package`, the Debian package that has it.
    """
    try:
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S)
    except FileNotFoundError as error:
        raise MissingProgram(f'{command[0]} is not installed; run: apt-get install {package}') from error
    except subprocess.CalledProcessError as error:
        raise MissingProgram(f'{" ".join(command)} failed ({error.stderr.decode(errors="replace").strip()}); is the '
                             f'voice there? apt-get install {package}') from error
    except subprocess.TimeoutExpired as error:
        raise MissingProgram(f'{" ".join(command)} did not end within {TIMEOUT_S} s.') from error
    if b'FAIL' in result.stderr:  # SoX exits with 0 on a full disk
        raise MissingProgram(f'{" ".join(command)} failed ({result.stderr.decode(errors="replace").strip()}).')


def speak_espeak(voice, text, tempo, path):
    words_per_minute = round(175 * tempo)
    run(['espeak-ng', '-v', voice, '-s', str(words_per_minute), '-w', path, text], 'espeak-ng')


def speak_flite(voice, text, tempo, path):
    run(['flite', '-voice', voice, '--setf', f'duration_stretch={1 / tempo:.3f}', '-t', text, '-o', path], 'flite')


def speak_festival(voice, text, tempo, path):
    run(['festival', '-b', f'(voice_{voice})', f"(Parameter.set 'Duration_Stretch {1 / tempo:.3f})",
         f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{path}" \'riff)'],
        'festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts')


ENGINES = {'espeak': speak_espeak, 'flite': speak_flite, 'festival': speak_festival}


def speak(voice, text, max_size_change, max_tilt_db, rng):
    """Returns `text` as spoken by `voice` with random tempo, size and timbre: float64 [n_samples] in [-1, 1), 16 kHz."""
    tempo = TEMPO * rng.uniform(1 - MAX_TEMPO_CHANGE, 1 + MAX_TEMPO_CHANGE)
    size = rng.uniform(1 - max_size_change, 1 + max_size_change)
    bass_db, treble_db = rng.uniform(-max_tilt_db, max_tilt_db, size=2)
    with tempfile.TemporaryDirectory() as directory:
        spoken, resampled = os.path.join(directory, 'spoken.wav'), os.path.join(directory, 'resampled.wav')
        ENGINES[voice.engine](voice.engine_name, text, tempo * size, spoken)
        # Without -D sox would add random dither; -3 dB leaves room for the overshoot of resampling.
        run(['sox', '-D', spoken, '-b', '16', '-c', '1', resampled,
             'gain', '-n', '-3', 'speed', f'{1 / size:.4f}', 'rate', str(RATE_HZ),
             'bass', f'{bass_db:.1f}', 'treble', f'{treble_db:.1f}', '3k', 'gain', '-n', '-3'], 'sox')
        return read_wav(resampled)


def read_wav(path):
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), '<i2') / 32768


def write_wav(path, samples):
    """Writes float [n_samples] in [-1, 1) as 16-bit mono at 16 kHz."""
    with wave.open(path, 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.round(samples * 32767).astype('<i2').tobytes())


def trim(samples):
    """Cuts the silence at both ends of `samples` down to `SILENCE_S`, or fills it up to that."""
    step = RATE_HZ // 100
    n_steps = len(samples) // step
    rms = np.sqrt(np.mean(samples[:n_steps * step].reshape(n_steps, step) ** 2, axis=1))
    (loud,) = np.nonzero(rms > SPEECH_FLOOR * rms.max())
    margin = int(SILENCE_S * RATE_HZ)
    padded = np.pad(samples, margin, mode='constant')  # what was at i is now at i + margin
    return padded[loud[0] * step:(loud[-1] + 1) * step + 2 * margin]


def finish(samples, noisy, rng):
    """Returns trimmed `samples` at a random level, with quiet white or red noise if `noisy`."""
    samples = trim(samples)
    if noisy:
        noise = rng.normal(size=len(samples))
        if rng.uniform() < 0.5:
            noise = np.convolve(noise, np.hanning(16), mode='same')  # duller, like a fan
        level = 10 ** (rng.uniform(*NOISE_RANGE_DB) / 20) * np.abs(samples).max()
        samples = samples + noise * level / np.sqrt(np.mean(noise ** 2))
    return samples * rng.uniform(*PEAK_RANGE) / np.abs(samples).max()


def shuffled_forever(items, rng):
    """Yields all `items` in random order, then all in another order, and so on."""
    while True:
        for index in rng.permutation(len(items)):
            yield items[index]


def plan(voices, n_clips, rng):
    """Yields n_clips of (voice, transcript): voices in turn, every kind of transcript without early repeats."""
    decks = {id(kind): shuffled_forever(kind, rng) for kind in TURNS}
    # Recorded speakers are few and harder to do without: twice as many clips of each.
    voices = [voice for voice in voices for _ in range(1 if voice.engine == 'espeak' else 2)]
    for index in range(n_clips):
        # The voices move on by one each round, or a voice would meet the same kinds again and again.
        voice = voices[(index + index // len(voices)) % len(voices)]
        yield voice, next(decks[id(TURNS[index % len(TURNS)])])


def write_set(out, name, rng):
    """Speaks one set and writes its clips and its CSV."""
    rows = []
    counts = dict.fromkeys(VOICES[name], 0)
    for voice, transcript in plan(VOICES[name], CLIPS_PER_SET[name], rng):
        noisy = name == 'train' and rng.uniform() < NOISY_PART
        samples = finish(speak(voice, transcript, MAX_SIZE_CHANGE[name], MAX_TILT_DB[name], rng), noisy, rng)
        counts[voice] += 1
        wav_filename = f'wav/{voice.engine}-{voice.name}-{counts[voice]:03}.wav'
        path = os.path.join(out, wav_filename)
        write_wav(path, samples)
        rows.append((wav_filename, os.path.getsize(path), transcript))
    with open(os.path.join(out, name + '.csv'), 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        writer.writerows(rows)


def sentences():
    """Returns the text for the language model: every command and every digit."""
    return SWITCHING + OPENING + DIGITS


def write_texts(out):
    with open(os.path.join(out, 'sentences.txt'), 'w', encoding='utf-8') as file:
        file.writelines(line + '\n' for line in sentences())
    with open(os.path.join(out, 'alphabet.txt'), 'w', encoding='utf-8') as file:
        file.write(ALPHABET_HEADER)
        file.writelines(label + '\n' for label in ' ' + ascii_lowercase + "'")


def write_data_set(out, seed):
    """Writes everything into the empty directory `out`."""
    os.mkdir(os.path.join(out, 'wav'))
    rng = np.random.RandomState(seed)  # unlike default_rng, its streams are the same in every NumPy
    for name in VOICES:
        write_set(out, name, rng)
    write_texts(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--out', default=os.path.dirname(os.path.abspath(__file__)), help='directory to write into')
    parser.add_argument('--seed', type=int, default=1, help='another seed gives another, equally good data set')
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    # Made beside and moved into place at the end, so that a missing program leaves the old data set whole.
    with tempfile.TemporaryDirectory(dir=arguments.out) as fresh:
        try:
            write_data_set(fresh, arguments.seed)
        except MissingProgram as error:
            print(f'E {error}', file=sys.stderr)
            return 1
        shutil.rmtree(os.path.join(arguments.out, 'wav'), ignore_errors=True)
        for name in os.listdir(fresh):
            os.replace(os.path.join(fresh, name), os.path.join(arguments.out, name))
    return 0


if __name__ == '__main__':
    sys.exit(main())
