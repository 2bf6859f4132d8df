"""Runs our decoder, or another one, in a process of its own: the protocol of `published_decoder_worker.py`
(in tests/helpers), argument: which.

  native, fast   ds_ctcdecoder.ctcdecode, as it is and with its fast preset
  pyctcdecode    pip install pyctcdecode kenlm
  flashlight     pip install flashlight-text kenlm
For the last two a job's `scorer` is an ARPA file or KenLM binary, and `words` lists its vocabulary.
"""

import os
import pickle
import resource
import sys
import time
from typing import Any, Callable, Mapping, Tuple

import numpy as np

Decode = Callable[[np.ndarray, int], Tuple[float, str]]  # from probabilities and beam width to score and text


def native(job: Mapping[str, Any], fast: bool = False) -> Decode:
    """Returns a function from probabilities and beam width to (score, text)."""
    from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer
    alphabet = Alphabet(job['labels'])
    scorer = Scorer.load(job['scorer'], alphabet) if job['scorer'] else None
    options = DecoderOptions(alpha=job['alpha'], beta=job['beta'])
    options = options.fast() if fast else options
    Decoder(alphabet, scorer, options, 1)  # what a scorer prepares once does not belong to the time of a clip

    def decode(rows: np.ndarray, beam_width: int) -> Tuple[float, str]:
        best = Decoder(alphabet, scorer, options.replace(beam_width=beam_width), 1).decode(rows)[0]
        return best.score, best.text
    return decode


def pyctcdecode(job: Mapping[str, Any]) -> Decode:
    import logging

    from pyctcdecode import build_ctcdecoder
    logging.disable(logging.WARNING)
    # Its blank is the empty label; its weights are for natural logarithms, as ours.
    decoder = build_ctcdecoder(job['labels'] + [''], job['scorer'] or None, job.get('words'), alpha=job['alpha'],
                               beta=job['beta'])

    def decode(rows: np.ndarray, beam_width: int) -> Tuple[float, str]:
        # Without its own pruning, to search as widely as the others.
        best = decoder.decode_beams(np.log(rows + 1e-38), beam_width=beam_width, beam_prune_logp=-1e9,
                                    token_min_logp=-1e9)[0]
        return best[-1], best[0]
    return decode


def flashlight(job: Mapping[str, Any]) -> Decode:
    from flashlight.lib.text.decoder import (
        CriterionType,
        KenLM,
        LexiconDecoder,
        LexiconDecoderOptions,
        LexiconFreeDecoder,
        LexiconFreeDecoderOptions,
        SmearingMode,
        Trie,
        ZeroLM,
    )
    from flashlight.lib.text.dictionary import Dictionary
    labels = ['|' if label == ' ' else label for label in job['labels']]
    blank, space = len(labels), labels.index('|')
    if job['scorer']:
        words = Dictionary(job['words'] + ['<unk>'])
        model = KenLM(job['scorer'], words)
        start = model.start(False)
        trie = Trie(len(labels) + 1, space)
        for index, word in enumerate(job['words']):
            trie.insert([labels.index(letter) for letter in word] + [space], index,
                        model.score(start, words.get_index(word))[1])
        trie.smear(SmearingMode.MAX)

    def decode(rows: np.ndarray, beam_width: int) -> Tuple[float, str]:
        rows = np.ascontiguousarray(np.log(rows + 1e-38), np.float32)
        beams = beam_width, len(labels) + 1, 1e9  # how many, labels of a step, distance of the worst one
        if job['scorer']:
            # It weighs log10 probabilities; ours are natural. Its classes do not name their arguments.
            weights, unknown = (job['alpha'] * np.log(10), job['beta']), len(job['words'])
            options = LexiconDecoderOptions(*beams, *weights, -np.inf, 0., True, CriterionType.CTC)
            decoder = LexiconDecoder(options, trie, model, *(space, blank, unknown), [], False)
        else:
            options = LexiconFreeDecoderOptions(*beams, 0., 0., True, CriterionType.CTC)
            decoder = LexiconFreeDecoder(options, ZeroLM(), space, blank, [])
        best = decoder.decode(rows.ctypes.data, *rows.shape)[0]
        path = [label for at, label in enumerate(best.tokens) if at == 0 or label != best.tokens[at - 1]]
        return best.score, ''.join(job['labels'][label] for label in path if 0 <= label < blank).strip()
    return decode


CONTESTANTS = {'native': native, 'fast': lambda job: native(job, fast=True), 'pyctcdecode': pyctcdecode,
               'flashlight': flashlight}


def main() -> None:
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)
    decode = None
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if decode is None:  # all jobs of a process have the same settings
            decode = CONTESTANTS[sys.argv[1]](job)
        found = []
        for one in job['decodes']:
            rows = np.frombuffer(one['probs'], np.float64).reshape(-1, len(job['labels']) + 1)
            started = time.perf_counter()
            score, text = decode(rows, one['beam_width'])
            found.append((time.perf_counter() - started, [(score, text, None)]))
        pickle.dump(found, answers, 4)
        pickle.dump(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, answers, 4)
        answers.flush()


if __name__ == '__main__':
    main()
