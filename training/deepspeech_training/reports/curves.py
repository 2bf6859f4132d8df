"""How a training went, from the lines of `history.jsonl`: losses, learning rate, error rates, blanks, speed, transcripts."""

import json
from typing import Any, Dict, List, Optional, Sequence

from deepspeech.formats.content import open_regular

from .axes import Axis
from .charts import Series, line_chart
from .elements import Column, Element, figure, figures, table

_EPOCH = Axis('epoch', 'count')
_TRAIN = 'train'
_FIGURES = ('loss', 'rate', 'wer', 'cer', 'blank_share', 'wait_share', 'seconds', 'audio_seconds')


def read_history(path: str) -> List[Dict[str, Any]]:
    """Returns the lines of the last run in a history; those that are damaged are left out, and a missing file has none."""
    try:
        with open_regular(path) as file:
            content = file.read()
    except OSError:
        return []
    lines = [line for line in map(_parsed, content.split(b'\n')) if line]
    return [line for line in lines if line.get('run') == lines[-1].get('run')]


def _parsed(line: bytes) -> Dict[str, Any]:
    try:
        values = json.loads(line.decode('utf-8'))
    except ValueError:
        return {}
    is_usable = (isinstance(values, dict) and isinstance(values.get('epoch'), int) and isinstance(values.get('set'), str)
                 and all(isinstance(values.get(name), (int, float, type(None))) for name in _FIGURES))
    return values if is_usable else {}


def curves(history: Sequence[Dict[str, Any]]) -> Element:
    """Returns the charts for which a history has figures. Data: a list of {chart: {line: {x, y}}}."""
    made = [_chart(history, *each) for each in (
        ('loss', Axis('loss', low=0.), 'Mean loss per utterance'),
        ('rate', Axis('learning rate', low=0.), 'Learning rate after each epoch'),
        ('wer', Axis('WER', 'percent', low=0.), 'Word error rate of what the network writes by itself'),
        ('cer', Axis('CER', 'percent', low=0.), 'Character error rate of what the network writes by itself'),
        ('blank_share', Axis('blanks', 'percent', low=0.), 'Share of the frames that are blanks'),
        ('speed', Axis('seconds of audio per second', low=0.), 'Speed'),
        ('wait_share', Axis('waiting for input', 'percent', low=0.), 'Share of the time in which a pass waits for input'))]
    return figures([element for element in made if element])


def transcripts(history: Sequence[Dict[str, Any]]) -> Optional[Element]:
    """Returns what the network wrote for some utterances after the first and the last epoch; None if nobody noted it."""
    noted = [line for line in history if isinstance(line.get('samples'), list)]
    if not noted:
        return None
    written = [{str(sample.get('wav_filename')): sample for sample in line['samples'] if isinstance(sample, dict)}
               for line in (noted[0], noted[-1])]
    rows = [[str(last.get('src')), str(written[0].get(file, {}).get('res', '')), str(last.get('res')), file]
            for file, last in written[1].items()]
    titles = [f'{which}, epoch {line["epoch"]}' for which, line in (('first', noted[0]), ('last', noted[-1]))]
    columns = [Column('said'), *map(Column, titles), Column('file', 'path')]
    return table(columns, rows, 'What the network writes by itself, without the decoder')


def _chart(history, key, axis, caption):
    """Returns the figure of one value, a line for each set; None where no line has it."""
    lines = [dict(line, speed=_speed(line)) for line in history]
    if key == 'rate':
        lines = [line for line in lines if line['set'] == _TRAIN]
    names = dict.fromkeys(_name(line, lines) for line in lines if line.get(key) is not None)
    series = []
    for name in names:
        of_name = [line for line in lines if _name(line, lines) == name and line.get(key) is not None]
        series.append(Series(name, [line['epoch'] for line in of_name], [line[key] for line in of_name]))
    if not series:
        return None
    made = line_chart(series, _EPOCH, axis)
    return figure(Element(made.html, {key: made.data}), caption)


def _name(line, lines):
    """Returns what the legend calls a line: the kind of set, and which one if there are several of the kind."""
    datasets = {str(other.get('dataset')) for other in lines if other['set'] == line['set']}
    return line['set'] if len(datasets) < 2 else f'{line["set"]}: {line.get("dataset")}'


def _speed(line):
    seconds, audio = line.get('seconds'), line.get('audio_seconds')
    return audio / seconds if seconds and audio else None
