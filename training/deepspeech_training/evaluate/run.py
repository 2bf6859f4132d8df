"""The test phase: the network over whole sets, decoding beside it, error rates."""

import os
from contextlib import closing

from ..decode.greedy import greedy_texts
from ..decode.interface import make_decoder
from ..errors import ConfigError
from ..paths import write_atomically
from ..console.progress import Countdown
from ..text.metrics import score
from .fingerprint import fingerprint
from .forward import forward_pass
from .partial import ADVICE, PartialResults, Reading, partial_path
from .pipeline import in_background
from .report import Result, as_json, in_report_order, print_greedy, print_report


def test(run, sets, source, log):
    """Tests a checkpoint on each set, prints the reports and writes the results as JSON when asked to.

    An interrupted test goes on where it stopped, see `partial.py`.

    Args:
      run: RunConfig that fits `source`.
      sets: list of (file as given, list of Utterance).
      source: StoredCheckpoint.
      log: Log.
    Returns:
      list of Result over all sets.
    """
    results = []
    decoder = make_decoder(run.decoder, run.alphabet)
    sizes = [len(samples) for _, samples in sets]
    with forward_pass(run, source) as network, PartialResults(partial_path(run), fingerprint(run, sets, source), sizes,
                                                              log, _advice(run)) as partial:
        tester = _Tester(run, decoder, network, partial, log)
        for number, (path, samples) in enumerate(sets):
            log.plain(f'Testing model on {path}')
            of_set = in_report_order(tester.results(number, samples), run.alphabet.is_bytes)
            print_greedy(of_set, log)
            print_report(path, of_set, run.report.report_count, log)
            results += of_set
        if run.report.test_output_file:
            write_atomically(run.report.test_output_file, as_json(results))
        partial.remove()
    return results


def transcribe_one(run, prepared, source, log):
    """Prints the transcript of one prepared sample (`--one_shot_infer`)."""
    decoder = make_decoder(run.decoder, run.alphabet)
    with forward_pass(run, source) as network:
        log.plain(decoder.decode(network.probabilities(prepared))[0].text)


def check_output_file(path):
    """Raises ConfigError when the results could not be written to `path` in the end."""
    directory = os.path.dirname(os.path.abspath(path))
    if path and (not os.path.isdir(directory) or not os.access(directory, os.W_OK) or os.path.isdir(path)):
        raise ConfigError(f'--test_output_file {path}: cannot be written; pass a file name in an existing, writable '
                          f'directory.')


def _advice(run):
    """Returns how to go on with an interrupted test: the same command would train further, hence test something else."""
    if not run.train.files:
        return ADVICE
    return (f'to go on from there, repeat the command without --train_files, with --load_checkpoint_dir '
            f'{run.checkpoints.save_dir} --load_evaluate {run.checkpoints.load_evaluate}')


def _n_workers(run):
    """Returns how many batches to decode at a time: one has no more work for processor cores than utterances."""
    n_threads = run.decoder.n_threads or os.cpu_count() or 1
    return -(-n_threads // run.test.batch_size)


class _Tester:
    """Reads sets with one network and one decoder."""

    def __init__(self, run, decoder, network, partial, log):
        self._run, self._decoder, self._network, self._partial, self._log = run, decoder, network, partial, log

    def results(self, number, samples):
        """Returns a Result for each sample of set `number`, in their order."""
        readings = self._partial.of_set(number)
        audio_s = [prepared.n_samples / self._run.features.rate_hz for prepared in samples]
        outputs = self._network.batches(samples, len(readings))
        with Countdown(self._log, self._run.report.show_progressbar, 'Test epoch', audio_s, len(readings),
                       in_audio=True) as progress:
            with closing(in_background(self._read, outputs, _n_workers(self._run))) as batches:
                for batch in batches:
                    self._partial.add(number, batch)
                    readings += batch
                    progress.update(len(readings))
        return [self._result(prepared, reading) for prepared, reading in zip(samples, readings)]

    def _read(self, outputs):
        """Returns the Reading of each utterance of a batch."""
        greedy = greedy_texts(outputs.probabilities, outputs.lengths, self._run.alphabet)
        found = self._decoder.decode_batch(outputs.probabilities, outputs.lengths)
        return [Reading(hypotheses[0].text, text, float(loss))
                for hypotheses, text, loss in zip(found, greedy, outputs.losses)]

    def _result(self, prepared, reading):
        reference = self._run.alphabet.decode(prepared.labels)
        return Result(prepared.id, reference, reading.res, reading.loss, score(reference, reading.res),
                      score(reference, reading.greedy))
