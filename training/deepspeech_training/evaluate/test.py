"""The test phase: the network over whole sets, decoding, error rates."""

import os

import numpy as np

from ..compat import session_config, tf
from ..data.feeding import Feeder
from ..decode.interface import make_decoder
from ..errors import ConfigError, TrainingError
from ..model.acoustic import acoustic_model
from ..model.ctc import ctc_losses
from ..model.variables import acoustic_weights
from ..paths import write_atomically
from ..progress import Progress
from ..text.metrics import score
from .report import Result, in_report_order, print_report, as_json


def test(run, sets, source, log):
    """Tests a checkpoint on each set, prints the reports and writes the results as JSON when asked to.

    Args:
      run: RunConfig that fits `source`.
      sets: list of (file as given, list of PreparedSample).
      source: CheckpointSource.
      log: Log.
    Returns:
      list of Result over all sets.
    """
    results = []
    with tf.Graph().as_default(), make_decoder(run.decoder, run.alphabet) as decoder:
        tester = _Tester(run, decoder, log)
        with tf.Session(config=session_config(run.devices)) as session:
            tester.load(session, source)
            for path, samples in sets:
                log.plain(f'Testing model on {path}')
                of_set = in_report_order(tester.results(session, samples))
                print_report(path, of_set, run.report.report_count, log)
                results += of_set
    if run.report.test_output_file:
        write_atomically(run.report.test_output_file, as_json(results))
    return results


def transcribe_one(run, prepared, source, log):
    """Prints the transcript of one prepared sample (`--one_shot_infer`)."""
    with tf.Graph().as_default(), make_decoder(run.decoder, run.alphabet) as decoder:
        tester = _Tester(run, decoder, log)
        with tf.Session(config=session_config(run.devices)) as session:
            tester.load(session, source)
            log.plain(tester.transcript(session, prepared))


def check_output_file(path):
    """Raises ConfigError when the results could not be written to `path` in the end."""
    directory = os.path.dirname(os.path.abspath(path))
    if path and (not os.path.isdir(directory) or not os.access(directory, os.W_OK) or os.path.isdir(path)):
        raise ConfigError(f'--test_output_file {path}: cannot be written; pass a file name in an existing, writable '
                          f'directory.')


class _Tester:
    """The graph of the test phase; builds in the current default graph."""

    def __init__(self, run, decoder, log):
        self._run, self._decoder, self._log = run, decoder, log
        weights = acoustic_weights(run.model)
        self._variables = tf.global_variables()
        self._feeder = Feeder(run.features, run.test.batch_size)
        (batch,) = self._feeder.batches
        outputs = acoustic_model(run.model, weights, batch.features, batch.lengths)
        probabilities = tf.transpose(tf.nn.softmax(outputs.logits_tbc), [1, 0, 2])
        losses = ctc_losses(outputs.logits_tbc, batch.lengths, batch.labels)
        self._probabilities = (batch.index, probabilities, batch.lengths)
        self._with_losses = (batch.index, probabilities, batch.lengths, losses)
        tf.get_default_graph().finalize()

    def load(self, session, source):
        """Loads the checkpoint into the graph."""
        source.restore(session, self._variables)

    def results(self, session, samples):
        """Returns a Result for each sample, in their order."""
        progress = Progress(self._log, self._run.report.show_progressbar, 'Test epoch', ('Test epoch...', ''),
                            with_loss=False)
        results = []
        try:
            for _ in range(self._feeder.start(session, samples)):
                index, probabilities, lengths, losses = session.run(self._with_losses)
                hypotheses = self._decoder.decode_batch(probabilities.astype(np.float64), lengths)
                for place, found, loss in zip(index, hypotheses, losses):
                    results.append(self._result(samples[place], found[0].text, float(loss)))
                progress.update()
        except tf.errors.ResourceExhaustedError as error:
            raise TrainingError(f'memory ran out in a batch of {self._feeder.batch_size} utterances; choose a smaller '
                                f'--test_batch_size.') from error
        except tf.errors.OpError as error:
            raise self._feeder.failure(error) from error
        finally:
            progress.finish()
        return results

    def transcript(self, session, prepared):
        """Returns the best transcript of one sample."""
        self._feeder.start(session, [prepared])
        _, probabilities, lengths = session.run(self._probabilities)
        return self._decoder.decode(probabilities[0, :lengths[0]].astype(np.float64))[0].text

    def _result(self, prepared, text, loss):
        reference = self._run.alphabet.decode(prepared.labels)
        return Result(prepared.sample.sample_id, reference, text, loss, score(reference, text))
