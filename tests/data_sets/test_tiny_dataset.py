"""The committed tiny data set is what its README promises: complete, uniform, and honest about its voices."""

import csv
import os
import wave

import pytest

from deepspeech_training.text.alphabet import Alphabet

DATA = os.path.join(os.path.dirname(__file__), '..', '..', 'data')
TINY = os.path.join(DATA, 'tiny-dataset')
SETS = ['train', 'dev', 'test']
WINDOW_SAMPLES, STEP_SAMPLES = 512, 320  # 32 and 20 ms at 16 kHz, the defaults of the trainer


def rows(name):
    with open(os.path.join(TINY, name + '.csv'), encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def voices(name):
    """Returns e.g. {'flite-slt', ...} from names like wav/flite-slt-012.wav."""
    return {os.path.basename(row['wav_filename']).rsplit('-', 1)[0] for row in rows(name)}


def speakers(name):
    """Returns the voices without their engine: flite-slt and festival-slt are the same person."""
    return {voice.split('-', 1)[1] for voice in voices(name)}


def words(name):
    return {word for row in rows(name) for word in row['transcript'].split()}


def lines(path):
    with open(path, encoding='utf-8') as file:
        return file.read().splitlines()


@pytest.mark.parametrize('name', SETS)
def test_every_clip_is_16_khz_mono_16_bit_and_of_the_stated_size(name):
    for row in rows(name):
        path = os.path.join(TINY, row['wav_filename'])
        assert os.path.getsize(path) == int(row['wav_filesize']), path
        with wave.open(path) as clip:
            assert (clip.getframerate(), clip.getnchannels(), clip.getsampwidth()) == (16000, 1, 2), path


def test_every_wav_belongs_to_exactly_one_row():
    listed = [row['wav_filename'] for name in SETS for row in rows(name)]
    assert sorted(listed) == sorted('wav/' + file for file in os.listdir(os.path.join(TINY, 'wav')))


def test_the_whole_stays_small_enough_for_the_repository():
    assert sum(int(row['wav_filesize']) for name in SETS for row in rows(name)) <= 8000000


@pytest.mark.parametrize('name', SETS)
def test_transcripts_can_be_spelt_with_the_alphabet(name):
    alphabet = Alphabet.from_file(os.path.join(TINY, 'alphabet.txt'))
    for row in rows(name):
        assert not alphabet.missing(row['transcript']), row


@pytest.mark.parametrize('path', ['alphabet.txt', os.path.join('tiny-dataset', 'alphabet.txt')])
def test_the_alphabet_is_the_classic_english_one(path):
    assert Alphabet.from_file(os.path.join(DATA, path)).labels == tuple(" abcdefghijklmnopqrstuvwxyz'")


@pytest.mark.parametrize('one, other', [('train', 'dev'), ('train', 'test'), ('dev', 'test')])
def test_no_voice_or_speaker_is_in_two_sets(one, other):
    assert not voices(one) & voices(other)
    assert not speakers(one) & speakers(other)


@pytest.mark.parametrize('name', ['dev', 'test'])
def test_every_word_to_recognise_was_heard_in_training(name):
    assert words(name) <= words('train')


def test_the_language_model_text_has_every_sentence_once():
    sentences = lines(os.path.join(TINY, 'sentences.txt'))
    assert {word for sentence in sentences for word in sentence.split()} == words('train')
    spoken = {row['transcript'] for name in SETS for row in rows(name)}
    assert len(set(sentences)) == len(sentences)
    assert set(sentences) >= spoken


@pytest.mark.parametrize('name', SETS)
def test_every_clip_has_frames_enough_for_ctc(name):
    for row in rows(name):
        with wave.open(os.path.join(TINY, row['wav_filename'])) as clip:
            n_frames = 1 + (clip.getnframes() - WINDOW_SAMPLES) // STEP_SAMPLES
        text = row['transcript']
        repeats = sum(first == second for first, second in zip(text, text[1:]))
        assert len(text) + repeats <= n_frames, row
