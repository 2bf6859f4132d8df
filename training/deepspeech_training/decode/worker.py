"""The process behind `pool.py`: reads a config, then utterances, from standard input; answers on standard output."""

import os
import pickle
import signal
import sys

from .beam_search import BeamSearch
from .scorer import load_scorer


def main():
    """Answers each (probabilities, n_results) with a list of Hypothesis or an exception, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    config, alphabet = pickle.load(sys.stdin.buffer)
    search = None
    while True:
        try:
            probabilities, n_results = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            if search is None:
                scorer = load_scorer(config.scorer_path, alphabet) if config.scorer_path else None
                search = BeamSearch(config, alphabet, scorer)
            answer = search.decode(probabilities, n_results)
        except Exception as error:  # raised again in the parent
            answer = error
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == '__main__':
    main()
