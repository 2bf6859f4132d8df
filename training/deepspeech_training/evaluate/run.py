"""The test phase: the network over whole sets, decoding beside it, error rates."""

import os
from contextlib import closing
from itertools import takewhile
from typing import Dict, Generator, Iterator, List, Optional, Sequence

from ..background import in_background
from ..checkpoints.stored_model import StoredModel
from ..console.log import Log
from ..console.progress import Countdown
from ..data.feeding import check_sound
from ..data.rejected import Rejection
from ..data.utterance import Utterance
from ..decode.interface import BeamSearchDecoder, greedy_texts, make_decoder
from ..errors import ScorerError
from ..lm.coverage import coverage, describe
from ..paths import check_writable, write_atomically
from ..settings.config import DecoderConfig, RunConfig
from ..text.alphabet import Alphabet
from ..text.metrics import edit_counts
from .fingerprint import Sets, fingerprint
from .forward import ForwardPass, Outputs, forward_pass
from .page import TestedUtterances, write_pages
from .partial import ADVICE, PartialResults, UtteranceHypothesis, partial_path
from .preview import previewed
from .report import Result, as_json, in_report_order, print_greedy, print_left_out, print_report

Hypothesis = Optional[UtteranceHypothesis]


def test(run: RunConfig, sets: Sets, stored_model: StoredModel, log: Log, left_out: Sequence[Rejection] = ()) -> List[Result]:
    """Tests a model on each set, prints the reports and writes what `page.py` says, and the results as JSON when asked to.

    An interrupted test goes on where it stopped, see `partial.py`.

    Args:
      run: fits the model.
      sets: (file as given, its utterances) of each set.
      stored_model: what to test.
      log: where the reports go.
      left_out: what the check of the sets has left out.
    Returns:
      the results of all sets, without utterances whose sound cannot be read any more: the report names them.
    Raises:
      DataError: most of a set cannot be read any more.
    """
    results: List[Result] = []
    tested: List[TestedUtterances] = []
    decoder = make_decoder(run.decoder, run.alphabet)
    partial_file = partial_path(run.report.test_output_file, run.checkpoints.save_dir)
    identity, sizes = fingerprint(run, sets, stored_model), [len(utterances) for _, utterances in sets]

    def bar(utterances: List[Utterance], n_done: int) -> Countdown:
        audio_s = [utterance.n_samples / run.features.rate_hz for utterance in utterances]
        return Countdown(log, run.report.show_progressbar, 'Test epoch', audio_s, n_done, in_audio=True)

    with forward_pass(stored_model, run.model, run.features, run.devices, run.test.batch_size, log=log) as network, \
            PartialResults(partial_file, identity, sizes, log, _advice(run)) as partial:
        recogniser = _Recogniser(network, decoder, run.alphabet, _n_workers(run.decoder, run.test.batch_size), log)
        for number, (path, utterances) in enumerate(sets):
            log.result(f'Testing model on {path}')
            hypotheses = _hypotheses_of_set(recogniser, utterances, number, partial, bar)
            check_sound(path, len(utterances), recogniser.unread)
            recognised = [(utterance, hypothesis) for utterance, hypothesis in zip(utterances, hypotheses) if hypothesis]
            tested.append(TestedUtterances(path, [utterance for utterance, _ in recognised],
                                           [recogniser.result(*each) for each in recognised],
                                           [*_reasons(left_out, path), *recogniser.unread.values()]))
            results += _report_on_set(tested[-1], run, log)
            _say_what_the_scorer_knows(run.decoder, decoder, path, utterances, log)
        if run.report.test_output_file:
            write_atomically(run.report.test_output_file, as_json(results))
        partial.remove()
        write_pages(run, tested, network, stored_model, log)
    return results


def _report_on_set(tested: TestedUtterances, run: RunConfig, log: Log) -> List[Result]:
    """Prints the report on a set; returns its results in their order there."""
    in_order = in_report_order(tested.results, run.alphabet.is_bytes)
    print_greedy(in_order, log)
    print_report(tested.path, in_order, run.report.report_count, log)
    print_left_out(tested.path, len(in_order), tested.left_out, log)
    return in_order


def _say_what_the_scorer_knows(config: DecoderConfig, decoder: BeamSearchDecoder, path: str, utterances: Sequence[Utterance],
                               log: Log) -> None:
    """Prints how well the language model of the decoder knows the transcripts of a set; nothing without one over words."""
    if not config.has_scorer or decoder.bytes_mode:
        return
    try:
        found = coverage(config.scorer_path or config.lm_binary_path, [each.transcript or '' for each in utterances])
    except ScorerError as error:
        log.debug(str(error))
        return
    for line in describe(found, path):
        log.result(line)


def _reasons(left_out: Sequence[Rejection], path: str) -> List[str]:
    """Returns what was left out of a set, and why."""
    return [f'{row.id} ({reason})' for row, reason, _ in left_out if row.source == path]


def transcribe_one(run: RunConfig, utterance: Utterance, stored_model: StoredModel, log: Log) -> None:
    """Prints the transcript of one utterance (`--one_shot_infer`)."""
    decoder = make_decoder(run.decoder, run.alphabet)
    with forward_pass(stored_model, run.model, run.features, run.devices, run.test.batch_size, log=log) as network:
        log.plain(decoder.decode(network.probabilities(utterance))[0].text)


def check_output_file(path: str) -> None:
    """Raises ConfigError when the results could not be written to `path` in the end."""
    if path:
        check_writable(path, 'test_output_file')


def _advice(run: RunConfig) -> str:
    """Returns how to go on with a test; after a training, the same command would train further, hence test something else."""
    if not run.train.files or run.schedule.total_epochs:
        return ADVICE
    return (f'to go on from there, repeat the command without --train_files, with --load_checkpoint_dir '
            f'{run.checkpoints.save_dir} --load_evaluate {run.checkpoints.load_evaluate}')


def _n_workers(decoder: DecoderConfig, batch_size: int) -> int:
    """Returns how many batches to decode at a time: one has no more work for processor cores than utterances."""
    n_threads = decoder.n_threads or os.cpu_count() or 1
    return -(-n_threads // batch_size)


class _Recogniser:
    """One network and one decoder; decodes batches while the network works on the next ones."""

    def __init__(self, network: ForwardPass, decoder: BeamSearchDecoder, alphabet: Alphabet, n_workers: int,
                 log: Log) -> None:
        self._network, self._decoder, self._alphabet, self._n_workers = network, decoder, alphabet, n_workers
        self._log = log
        self.unread: Dict[int, str] = {}  # what is wrong with the sound of utterances of the last set, by index

    def hypotheses(self, utterances: List[Utterance], first: int) -> Generator[List[Hypothesis], None, None]:
        """Yields the hypotheses of each batch of `utterances` from the index `first` on, in their order.

        That of an utterance whose sound cannot be read any more is None.
        """
        self.unread = {}
        outputs = self._outputs(utterances, first)
        if not first:  # else it was said before the test was interrupted
            outputs = previewed(outputs, utterances, self._alphabet, self._log)
        with closing(in_background(self._decoded, outputs, self._n_workers)) as batches:
            yield from batches

    def _outputs(self, utterances: List[Utterance], first: int) -> Iterator[Outputs]:
        for batch in self._network.batches(utterances, first):
            self.unread.update(self._network.unread(batch))
            yield batch

    def result(self, utterance: Utterance, hypothesis: UtteranceHypothesis) -> Result:
        """Returns how far the hypothesis is from what was said."""
        reference = self._alphabet.decode(utterance.labels)
        return Result(utterance.id, reference, hypothesis.res, hypothesis.loss,
                      edits=edit_counts(reference, hypothesis.res), greedy_edits=edit_counts(reference, hypothesis.greedy),
                      confidence=hypothesis.confidence)

    def _decoded(self, outputs: Outputs) -> List[Hypothesis]:
        """Returns the hypothesis of each utterance of a batch."""
        greedy = greedy_texts(outputs.probabilities, outputs.lengths, self._alphabet)
        found = self._decoder.decode_batch(outputs.probabilities, outputs.lengths)
        return [UtteranceHypothesis(of_utterance[0].text, text, float(loss), float(of_utterance[0].label_probability))
                if weight else None
                for of_utterance, text, loss, weight in zip(found, greedy, outputs.losses, outputs.weight)]


def _hypotheses_of_set(recogniser, utterances, number, partial, bar):
    """Returns the hypothesis of each utterance of set `number`: first those that `partial` has, then new ones, which it gets.

    Behind an utterance that could not be read it gets no more: an interrupted test tries again from there.

    Args:
      recogniser: _Recogniser.
      utterances: of the set.
      number: of the set.
      partial: PartialResults.
      bar: function (utterances, number of them that are done) -> Countdown.
    """
    hypotheses: List[Hypothesis] = list(partial.of_set(number))
    with bar(utterances, len(hypotheses)) as progress:
        with closing(recogniser.hypotheses(utterances, len(hypotheses))) as batches:
            for batch in batches:
                if None not in hypotheses:
                    partial.add(number, list(takewhile(bool, batch)))
                hypotheses += batch
                progress.update(len(hypotheses))
    return hypotheses
