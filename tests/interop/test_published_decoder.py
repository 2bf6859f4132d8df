"""Our decoder and packages against the published ds_ctcdecoder 0.9.3, which runs in a process of its own.

It is looked for in the folder `published` of this environment (Python 3.7):
    pip install --no-deps --target "$(python -c 'import sys; print(sys.prefix)')/published/ds-ctcdecoder" ds-ctcdecoder==0.9.3
"""

import os
import subprocess
import sys
from pathlib import Path

import deepspeech_kenlm
import numpy as np
import pytest
from decoder_cases import ENGLISH, Material, judged, living, random_cases, reason, same
from ds_ctcdecoder import ctcdecode
from published_decoder import PublishedDecoder

ROOT = Path(__file__).resolve().parent.parent.parent

PUBLISHED = os.path.join(sys.prefix, 'published', 'ds-ctcdecoder')
GOLDEN_SCORER = str(ROOT / 'tests' / 'golden' / 'train.scorer')
CHARACTERS = ['привет мир', 'мир труд май', '日本語', 'the cat sat on the mat', 'é è ü']

pytestmark = pytest.mark.skipif(not os.path.isdir(PUBLISHED),
                                reason=f'the published decoder is not installed in {PUBLISHED} (Python 3.7 only)')


@pytest.fixture(scope='module')
def judge():
    with PublishedDecoder(sys.executable, PUBLISHED) as process:
        yield process


@pytest.fixture(scope='module')
def our_scorer(tmp_path_factory):
    """A package of words, written by us: trigrams of a few sentences."""
    return write_scorer(tmp_path_factory.mktemp('words'), ['the cat sat on the mat', 'put the red cap on the cat',
                                                           "don't sit on a mat at all"], 3, ctcdecode.Alphabet(ENGLISH))


@pytest.fixture(scope='module')
def our_bytes_scorer(tmp_path_factory):
    """A package for bytes output mode, written by us: bigrams of characters of one to three bytes."""
    spaced = [' '.join(line.replace(' ', '')) for line in CHARACTERS]
    return write_scorer(tmp_path_factory.mktemp('bytes'), spaced, 2, ctcdecode.Alphabet.bytes())


def write_scorer(directory, lines, order, alphabet):
    arpa, binary, package = (str(directory / name) for name in ('lm.arpa', 'lm.binary', 'our.scorer'))
    text = '\n'.join(lines) + '\n'
    with open(arpa, 'wb') as file:
        subprocess.run([deepspeech_kenlm.program('lmplz'), '-o', str(order), '-S', '100M', '--discount_fallback'],
                       input=text.encode('utf-8'), stdout=file, stderr=subprocess.DEVNULL, check=True)
    subprocess.run([deepspeech_kenlm.program('build_binary'), '-v', '-q', '8', '-a', '255', 'trie', arpa, binary],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    ctcdecode.write_package(package, binary, set(text.split()), alphabet, alpha=0.8, beta=1.3)
    return package


@pytest.fixture
def material(request, our_scorer, our_bytes_scorer):
    path, labels = {'letters': ('', ENGLISH), 'bytes': ('', None), 'golden package': (GOLDEN_SCORER, ENGLISH),
                    'our package': (our_scorer, ENGLISH),
                    'our package of bytes': (our_bytes_scorer, None)}[request.param]
    return Material(path, labels)


@pytest.mark.parametrize('material', ['letters', 'bytes', 'golden package', 'our package', 'our package of bytes'],
                         indirect=True)
def test_results_are_those_of_the_published_decoder(judge, material):
    """Cut-offs, several results, pieces, weights and hot words vary; texts, times and scores have to be equal."""
    n_equal, differences = 0, []
    for case, theirs in judged(judge, material, random_cases(np.random.RandomState(11), material, 60)):
        ours = material.decode(case)
        if theirs is not None and same(ours, living(theirs)):
            n_equal += 1
        else:
            differences.append(reason(judge, material, case, ours, theirs))
    assert n_equal >= 40
    assert 'unexplained' not in differences


def test_hot_words_repeat_their_published_faults_only_on_demand(judge, our_scorer):
    material = Material(our_scorer, ENGLISH)
    labels = [ENGLISH.index(letter) for letter in 'the cat sat on the mat']
    rows = np.full((2 * len(labels), 29), 0.1 / 28)
    rows[np.arange(len(rows)), [label for pair in zip(labels, [28] * len(labels)) for label in pair]] = 0.9
    case = dict(probs=rows, beam_width=64, cutoff_prob=1.0, cutoff_top_n=40, n_results=3, chunks=[len(rows)], alpha=0.5,
                beta=1.5, hot_words={b'cat': 3.0, b'mat': 3.0})
    ((_, theirs),) = judged(judge, material, [case])
    assert same(material.decode(case), theirs)
    options = material.decoder(case).options.replace(compatible=False)
    mended = ctcdecode.Decoder(material.alphabet, material.scorer, options).decode(rows)[0]
    # 'cat' counted three times there and 'mat' not at all; here each counts once.
    assert mended.score - theirs[0][0] == pytest.approx(0.5 * (3 + 3 - 3 * 3), abs=1e-3)


def test_scorers_answer_alike(our_scorer, our_bytes_scorer, tmp_path):
    alphabet_file = tmp_path / 'alphabet.txt'
    alphabet_file.write_text('\n'.join(ENGLISH) + '\n', encoding='utf-8')
    sequences = [[], ['the'], ['cat', 'sat'], ['put', 'the', 'red', 'cap'], ['no', 'such'], ['zzz', 'the']]
    program = (f'import ds_ctcdecoder as d\n'
               f'scorer = d.Scorer()\n'
               f'assert scorer.init({our_scorer!r}.encode(), d.Alphabet({str(alphabet_file)!r})) == 0\n'
               f'print([scorer.get_log_cond_prob([w.encode() for w in words], bos, eos) for words in {sequences!r}\n'
               f'       for bos in (False, True) for eos in (False, True)], scorer.alpha, scorer.beta)\n')
    output = subprocess.run([sys.executable, '-c', program], env=dict(os.environ, PYTHONPATH=PUBLISHED), check=True,
                            stdout=subprocess.PIPE, universal_newlines=True).stdout
    scorer = ctcdecode.Scorer.load(our_scorer, ctcdecode.Alphabet(ENGLISH))
    ours = [scorer.log_probability(words, bos, eos) for words in sequences
            for bos in (False, True) for eos in (False, True)]
    assert output.split(']')[0] + ']' == str(ours)
    assert [float(value) for value in output.split(']')[1].split()] == [scorer.alpha, scorer.beta]
