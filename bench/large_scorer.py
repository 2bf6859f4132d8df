"""Makes a scorer of the size people use, for the decoder benchmarks: 5-grams over 200,000 words.

    bench/large_scorer.py --words transcripts.txt --alphabet data/alphabet.txt --output build/bench/large.scorer

The text is invented, with a fixed seed: words are spelled by a chain of letters that was learnt from `transcripts.txt`,
their frequencies follow Zipf's law, each word prefers a few followers. The lines of `transcripts.txt` are mixed in, so
that the model knows what the clips of the benchmark say.
"""

import argparse
import os
import tempfile
from collections import defaultdict
from typing import Dict, Iterator, List, Sequence

import numpy as np

from deepspeech_training.decode.package import write_package
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model
from deepspeech_training.text.alphabet import Alphabet

N_WORDS = 200000
N_SENTENCES = 400000
SENTENCE_WORDS = 8
SEED = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--words', required=True, help='text whose spelling is imitated')
    parser.add_argument('--alphabet', required=True)
    parser.add_argument('--output', required=True)
    args = parser.parse_args()
    with open(args.words, encoding='utf-8') as file:
        lines = [line.split() for line in file if line.strip()]
    random = np.random.RandomState(SEED)
    words = invent_words(lines, random)
    directory = os.path.dirname(os.path.abspath(args.output))
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        text, model = os.path.join(scratch, 'text.txt'), os.path.join(scratch, 'lm.binary')
        with open(text, 'w', encoding='utf-8') as file:
            for sentence in invent_sentences(words, random):
                file.write(sentence + '\n')
            for line in lines * 20:
                file.write(' '.join(line) + '\n')
        config = LanguageModelConfig(order=5, top_k=N_WORDS, prune=(0, 0, 1))
        language_model = build_language_model([text], model, config)
        report = write_package(args.output, model, language_model.words, Alphabet.from_file(args.alphabet), alpha=0.93,
                               beta=1.18)
    print(f'{args.output}: {report.n_words} words, {os.path.getsize(args.output) / 1e6:.0f} MB.')


def invent_words(lines: Sequence[Sequence[str]], random: np.random.RandomState) -> List[str]:
    """Returns N_WORDS words, those of `lines` first; the rest continue the last two letters as the words there do."""
    known = list(dict.fromkeys(word for line in lines for word in line))
    followers: Dict[str, str] = defaultdict(str)
    for word in known:
        padded = f'  {word}\n'
        for at in range(2, len(padded)):
            followers[padded[at - 2:at]] += padded[at]
    words = dict.fromkeys(known)
    while len(words) < N_WORDS:
        word = '  '
        while not word.endswith('\n') and len(word) < 16:
            letters = followers[word[-2:]]
            word += letters[random.randint(len(letters))]
        words[word.strip()] = None
    return list(words)


def invent_sentences(words: Sequence[str], random: np.random.RandomState) -> Iterator[str]:
    """Yields N_SENTENCES sentences, and behind them every word once."""
    ranks = np.arange(1, len(words) + 1)
    share = 1 / ranks
    drawn = random.choice(len(words), (N_SENTENCES, SENTENCE_WORDS), p=share / share.sum())
    preferred = random.randint(0, 2000, (len(words), 4))
    for sentence in drawn:
        for at in range(1, len(sentence)):
            if random.rand() < 0.4:
                sentence[at] = preferred[sentence[at - 1], random.randint(4)]
        yield ' '.join(words[index] for index in sentence)
    for at in range(0, len(words), SENTENCE_WORDS):
        yield ' '.join(words[at:at + SENTENCE_WORDS])


if __name__ == '__main__':
    main()
