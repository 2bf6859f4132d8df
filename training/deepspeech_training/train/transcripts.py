"""What the network writes by itself while it is trained: the best paths of a validation pass, and how far they are off.

Neither beam search nor language model has a part in it, so error rates are those that a test calls greedy. They come from the
step that computes the loss; nothing is computed twice.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from ..data.feeding import Feeder
from ..decode.interface import best_path_labels
from ..text.alphabet import Alphabet
from ..text.metrics import EditCounts, edit_counts, error_rates
from .towers import Step

N_SAMPLES = 3  # utterances of a set whose transcripts are shown after each epoch, always the same ones


class Sample(NamedTuple):
    """What was said and what the network wrote, under the names of `--test_output_file`."""

    wav_filename: str  # or what else identifies the utterance
    src: str
    res: str


class Transcripts:
    """Adds up what the network writes of a set.

    Args:
      alphabet: of the model.
      sampled: indices of the utterances whose transcripts are kept, in the order in which they are shown.

    Attributes:
      edits: EditCounts of all utterances that could be read.
      n_frames: of these.
      n_blank: how many of the frames are blanks.
      n_by_label: how often each label was written, int64 [labels].
    """

    def __init__(self, alphabet: Alphabet, sampled: Sequence[int] = ()):
        self._alphabet, self._sampled = alphabet, sampled
        self._samples: Dict[int, Sample] = {}
        self.edits, self.n_frames, self.n_blank = EditCounts(0, 0, 0, 0), 0, 0
        self.n_by_label = np.zeros(alphabet.size, np.int64)

    @property
    def wer(self) -> float:
        """Word error rate of the set, at most 1, as in a test report."""
        return error_rates([self.edits])[0]

    @property
    def cer(self) -> float:
        """Character error rate of the set, at most 1."""
        return error_rates([self.edits])[1]

    @property
    def blank_share(self) -> float:
        """Which share of the frames are blanks."""
        return self.n_blank / self.n_frames if self.n_frames else 0.

    @property
    def samples(self) -> List[Sample]:
        """The transcripts that are shown, without those of utterances that could not be read."""
        return [self._samples[index] for index in self._sampled if index in self._samples]

    @property
    def only_label(self) -> Optional[str]:
        """The only label that is ever written; the empty text: none is; None: there are several, or nothing was looked at."""
        written = np.flatnonzero(self.n_by_label)
        if not self.n_frames or len(written) > 1:
            return None
        return self._alphabet.decode(written.tolist())

    def add(self, step: Step, feeder: Feeder) -> None:
        """Adds the fetched values of a validation step."""
        first = 0
        for path, lengths in zip(step.paths, step.lengths):
            rows = slice(first, first + len(lengths))
            first += len(lengths)
            self._add_batch(path.T, lengths, step.index[rows], step.weight[rows], feeder)

    def found(self) -> Dict[str, Any]:
        """Returns all that was added, ready for JSON."""
        return {'edits': astuple(self.edits), 'n_frames': self.n_frames, 'n_blank': self.n_blank,
                'n_by_label': self.n_by_label.tolist(), 'samples': list(self._samples.items())}

    def take(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Takes what processes that share a set have added, as `found` gave it, in the place of what is here."""
        self.edits = sum((EditCounts(*each['edits']) for each in found), EditCounts(0, 0, 0, 0))
        self.n_frames, self.n_blank = [sum(each[name] for each in found) for name in ('n_frames', 'n_blank')]
        self.n_by_label = np.sum([each['n_by_label'] for each in found], axis=0)
        self._samples = {index: Sample(*sample) for each in found for index, sample in each['samples']}

    def _add_batch(self, paths: np.ndarray, lengths: np.ndarray, indices: np.ndarray, weights: np.ndarray, feeder: Feeder
                   ) -> None:
        kept = np.flatnonzero(weights > 0)
        paths, lengths = paths[kept], lengths[kept]
        if not len(kept):
            return
        blank = self._alphabet.blank
        self.n_frames += int(lengths.sum())
        self.n_blank += int(((paths == blank) & (np.arange(paths.shape[1]) < lengths[:, np.newaxis])).sum())
        for index, labels in zip(indices[kept].tolist(), best_path_labels(paths, lengths, blank)):
            utterance = feeder.utterance(index)
            reference, text = self._alphabet.decode(utterance.labels), self._alphabet.decode(labels.tolist())
            self.edits += edit_counts(reference, text)
            self.n_by_label += np.bincount(labels, minlength=len(self.n_by_label))
            if index in self._sampled:
                self._samples[index] = Sample(utterance.id, reference, text)


class Validation(NamedTuple):
    """What came of all validation sets together."""

    loss: float  # mean over their utterances
    wer: float
    cer: float
    blank_share: float
    only_label: Optional[str]  # see Transcripts
    samples: Sequence[Sample]
    of_best: bool = False  # of the best model so far, not of the present one

    def measure(self, name: str) -> float:
        """Returns what decides which model is the best: `loss`, `wer` or `cer`; NaN where the loss is not finite."""
        return getattr(self, name) if np.isfinite(self.loss) else float('nan')


def validation_of(loss: float, of_sets: Sequence[Transcripts], alphabet: Alphabet, of_best: bool = False) -> Validation:
    """Returns the Validation of sets whose utterances have a mean loss, and of what the network wrote of them."""
    whole = Transcripts(alphabet)
    for each in of_sets:
        whole.edits, whole.n_by_label = whole.edits + each.edits, whole.n_by_label + each.n_by_label
        whole.n_frames, whole.n_blank = whole.n_frames + each.n_frames, whole.n_blank + each.n_blank
    samples = [sample for each in of_sets for sample in each.samples]
    return Validation(loss, whole.wer, whole.cer, blank_share=whole.blank_share, only_label=whole.only_label, samples=samples,
                      of_best=of_best)


def sampled_of(order: Collection[int]) -> List[int]:
    """Returns which utterances to show of a set that is taken in this order: short ones, long ones, and some between."""
    listed = list(order)
    n_shown = min(N_SAMPLES, len(listed))
    return [listed[(2 * number + 1) * len(listed) // (2 * n_shown)] for number in range(n_shown)]
