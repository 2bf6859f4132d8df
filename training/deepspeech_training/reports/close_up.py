"""An utterance looked at closely: how it sounds, which word was taken for which, what the network gave over time."""

from itertools import groupby
from typing import Any, List, Sequence, Tuple

import numpy as np

from ..text.alignment import DELETED, INSERTED, Pair, align
from .axes import Axis
from .charts import Series, heat_map, line_chart
from .confusions import name
from .elements import Column, Element, escaped, figure, joined, plain, table
from .players import MAX_CLIP_S, Players, no_player
from .tested import CloseUp

WINDOW_S, HOP_S = 0.032, 0.010  # of the spectrogram
RANGE_DB = 70.  # below the loudest
N_ROWS = 96  # of a spectrogram
SEEN = 0.05  # classes that are never likelier are not drawn
MAX_CHARACTERS = 120  # of a text whose characters are set against each other, too


def close_up(item: CloseUp, labels: Sequence[str], players: Players) -> Element:
    """Returns all there is to see and hear of an utterance.

    Args:
      item: the utterance.
      labels: of the alphabet, without the blank.
      players: where its player comes from.
    Returns:
      data: a list of that of the parts: figures, player, words, characters, spectrogram, posteriors over time, peaks.
    """
    one = item.prediction
    n_frames = min(len(item.probabilities), int(MAX_CLIP_S / item.step_s))
    figures = figures_of(item, labels)
    parts = [Element(f'<p class="note"><code>{escaped(one.audio)}</code></p>', one.audio), figures,
             players.player(item.samples, item.rate_hz, one.duration_s) if len(item.samples) else no_player(item.problem),
             aligned(one.text.split(), one.pred_text.split(), 'word by word')]
    if len(one.text) <= MAX_CHARACTERS:
        parts.append(aligned(one.text, one.pred_text, 'character by character'))
    seconds = n_frames * item.step_s or MAX_CLIP_S  # the pictures end where the last frame does
    if len(item.samples):
        parts.append(_spectrogram(item.samples[:int(seconds * item.rate_hz)], item.rate_hz))
    if n_frames:
        parts += _over_time(item.probabilities[:n_frames], item.step_s, labels)
    return joined(parts)


def figures_of(item: CloseUp, labels: Sequence[str]) -> Element:
    """Returns the figures of an utterance as a table of one row."""
    one, best = item.prediction, item.probabilities.argmax(axis=1) if len(item.probabilities) else np.zeros(0, int)
    n_emitted = sum(label != len(labels) for label, _ in groupby(best.tolist()))
    columns = [Column('WER', 'percent'), Column('CER', 'percent'), Column('loss', 'number'), Column('confidence', 'percent'),
               Column('duration', 'seconds'), Column('frames', 'count'), Column('blank share', 'percent'),
               Column('labels on the best path', 'count')]
    blank_share = float((best == len(labels)).mean()) if len(best) else None
    return table(columns, [[one.edits.wer, one.edits.cer, one.loss, one.confidence, one.duration_s, len(best), blank_share,
                            n_emitted]])


def aligned(said: Sequence[str], recognised: Sequence[str], what: str) -> Element:
    """Returns two texts, one above the other, with mistakes marked. Data: {what: [[said, recognised], ...]}."""
    pairs = align(said, recognised)
    rows = ''.join(f'<tr><th scope="row">{title}</th>{"".join(_cell(pair, part) for pair in pairs)}</tr>'
                   for title, part in (('said', 0), ('recognised', 1)))
    return Element(f'<div class="scroll"><table class="aligned" aria-label="{what}">{rows}</table></div>',
                   {what: [[pair.said, pair.recognised] for pair in pairs]})


def _cell(pair: Pair, part: int) -> str:
    kind, value = pair.kind, pair[part]
    is_marked = kind not in (DELETED, INSERTED) or value is not None
    written = '' if value is None else '␣' if value == ' ' else escaped(value)
    return f'<td{f" class={kind}" if kind != "right" and is_marked else ""}>{written}</td>'


def _spectrogram(samples: np.ndarray, rate_hz: int) -> Element:
    x = Axis('time in s', low=0., high=len(samples) / rate_hz)
    y = Axis('frequency in kHz', low=0., high=rate_hz / 2000)
    return figure(heat_map(spectrogram_db(samples, rate_hz), x, y, 'level in dB', 190), 'Spectrogram, bright is loud', True)


def spectrogram_db(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Returns levels in dB below the loudest, float [columns, N_ROWS], low frequencies first, from -RANGE_DB to 0."""
    window, hop = int(WINDOW_S * rate_hz), int(HOP_S * rate_hz)
    padded = np.pad(np.asarray(samples, np.float64), (window // 2, window), 'constant')
    starts = np.arange(0, max(1, len(samples)), hop)
    frames = padded[starts[:, np.newaxis] + np.arange(window)] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, axis=1))[:, 1:] ** 2
    edges = np.linspace(0, power.shape[1], N_ROWS + 1).astype(int)
    rows = np.stack([power[:, begin:max(end, begin + 1)].mean(axis=1) for begin, end in zip(edges, edges[1:])], axis=1)
    levels = 10 * np.log10(np.maximum(rows, 1e-12))
    return np.clip(levels - levels.max(), -RANGE_DB, 0)


def _over_time(probabilities: np.ndarray, step_s: float, labels: Sequence[str]) -> List[Element]:
    """Returns the pictures of what the network gives: classes over time, and blank against the likeliest label."""
    n_frames, blank = len(probabilities), len(labels)
    x = Axis('time in s', low=0., high=n_frames * step_s)
    seen = [index for index in range(blank) if probabilities[:, index].max() >= SEEN][::-1]
    names = ['blank', *[name(labels[index]) for index in seen]]
    picture = heat_map(probabilities[:, [blank, *seen]], x, names, 'probability', 60 + 13 * len(names))
    times = [float(f'{(index + 0.5) * step_s:.6g}') for index in range(n_frames)]
    best = probabilities[:, :blank].max(axis=1) if blank else np.zeros(n_frames)
    lines = [Series('blank', times, _rounded(probabilities[:, blank])), Series('likeliest label', times, _rounded(best))]
    chart = line_chart(lines, x, Axis('probability', low=0., high=1.), True, peaks(probabilities, step_s, labels))
    return [figure(picture, 'Posteriors: what the network gives each label, of those that it considers at all', True),
            figure(chart, 'Peaks: where the network writes a label, and the blank between them', True)]


def peaks(probabilities: np.ndarray, step_s: float, labels: Sequence[str]) -> List[Tuple[float, str]]:
    """Returns (time in s, label) of the labels on the best path, each where it is likeliest."""
    found: List[Tuple[float, str]] = []
    place = 0
    for label, same in groupby(probabilities.argmax(axis=1).tolist()):
        n_same = len(list(same))
        if label != len(labels):
            top = place + int(probabilities[place:place + n_same, label].argmax())
            found.append((float(f'{(top + 0.5) * step_s:.6g}'), '␣' if labels[label] == ' ' else name(labels[label])))
        place += n_same
    return found


def _rounded(values: np.ndarray) -> List[Any]:
    return [plain(float(f'{value:.4g}')) for value in values]
