"""Runs the published ds_ctcdecoder 0.9.3 in a process of its own, for comparisons: Python 3.7 or 3.9, nothing but NumPy.

Reads pickled jobs from standard input and writes pickled answers to standard output. A job is a dict:
  labels: list of str, or None for bytes output mode
  scorer: path or '', alpha, beta
  decodes: list of dicts probs (bytes of float64 [time, classes]; pickles of NumPy differ by version), beam_width,
    cutoff_prob, cutoff_top_n, hot_words ({bytes: float}), n_results, chunks (numbers of rows fed one after the other)
An answer is a list of (seconds for decoding, [(confidence, tokens, timesteps), ...]), one per decode.
"""

import os
import pickle
import resource
import sys
import tempfile
import time

import numpy as np


def main():
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or '.') != os.path.dirname(os.path.abspath(__file__))]
    import ds_ctcdecoder
    from ds_ctcdecoder import swigwrapper
    # The published library prints; only answers may go out.
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        alphabet = alphabet_of(ds_ctcdecoder, job['labels'])
        scorer = ds_ctcdecoder.Scorer(job['alpha'], job['beta'], job['scorer'], alphabet) if job['scorer'] else None
        pickle.dump([decode(swigwrapper, alphabet, scorer, one) for one in job['decodes']], answers, 4)
        pickle.dump(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, answers, 4)
        answers.flush()


def alphabet_of(module, labels):
    if labels is None:
        return module.UTF8Alphabet()
    with tempfile.NamedTemporaryFile('w', suffix='.txt', encoding='utf-8') as file:
        file.write(''.join(('\\#' if label == '#' else label) + '\n' for label in labels))
        file.flush()
        return module.Alphabet(file.name)


def decode(swigwrapper, alphabet, scorer, one):
    hot_words = swigwrapper.Map()
    for word, boost in one.get('hot_words', {}).items():
        hot_words[word] = boost
    probs = np.frombuffer(one['probs'], np.float64).reshape(-1, alphabet.GetSize() + 1)
    started = time.perf_counter()
    state = swigwrapper.DecoderState()
    limits = one['beam_width'], one.get('cutoff_prob', 1.0), one.get('cutoff_top_n', 40)
    state.init(alphabet, *limits, scorer, hot_words)
    at = 0
    for n_rows in one.get('chunks') or [len(probs)]:
        state.next(probs[at:at + n_rows])
        at += n_rows
    found = state.decode(one.get('n_results', 1))
    seconds = time.perf_counter() - started
    return seconds, [(output.confidence, list(output.tokens), list(output.timesteps)) for output in found]


if __name__ == '__main__':
    main()
