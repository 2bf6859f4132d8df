"""The data report as a page."""

from typing import Any, Dict, List, Optional, Sequence

from ..errors import DataError
from ..reports.axes import Axis
from ..reports.charts import Bins, histogram
from ..reports.elements import Column, Element, Tile, figure, figures, folded, table, tiles
from ..reports.page import Page
from ..reports.players import Players, no_player
from ..text.characters import visible
from .report import Example, Found

MAX_SOUND_BYTES = 4 << 20  # of all players, as WAV
MAX_CLIP_S = 8.
_CHARTS = (('duration_s', 'duration in s', 'How long the clips are'),
           ('characters_per_s', 'characters per second', 'How fast people speak'),
           ('rms_db', 'level in dB of full scale', 'How loud the clips are'))
_SHARES = (('0', 'least'), ('5', '5 %'), ('25', '25 %'), ('50', 'half'), ('75', '75 %'), ('95', '95 %'), ('100', 'most'))
_SET_COLUMNS = (('name', 'set', 'name'), ('rows', 'rows', 'count'), ('usable', 'usable', 'count'),
                ('rejected', 'left out', 'count'), ('suspicious', 'worth a look', 'count'), ('hours', 'hours', 'hours'),
                ('words', 'words', 'count'), ('distinct_sentences', 'sentences, each once', 'count'),
                ('speakers', 'speakers', 'count'))


def page_of(found: Found, title: str, lead: str) -> Page:
    """Returns the page. Sound in it is read again; what cannot be read has no player."""
    numbers, page = found.numbers, Page(title, lead)
    page.section('Sets')
    page.add('total', tiles(_totals(numbers['total'])))
    page.add('sets', table([Column(title, kind) for _, title, kind in _SET_COLUMNS],
                           [[each[key] for key, _, _ in _SET_COLUMNS] for each in numbers['sets']]))
    recognised = [each for each in numbers['sets'] if each['recognised']]
    if recognised:
        columns = [Column('set', 'name'), Column('model'), Column('WER', 'percent'), Column('CER', 'percent')]
        page.add('recognised', table(columns, [
            [each['name'], *(each['recognised'][key] for key in ('model', 'wer', 'cer'))] for each in recognised],
            'What a model makes of the recordings'))
    if numbers['overlaps']:
        page.add('overlaps', _overlaps(numbers['overlaps']))
    _findings(page, numbers['findings'])
    _charts(page, numbers['sets'])
    _alphabet(page, numbers['alphabet'])
    _worst(page, found)
    return page


def _totals(total: Dict[str, Any]) -> List[Tile]:
    return [Tile('rows', total['rows'], 'count'), Tile('usable', total['usable'], 'count'),
            Tile('left out', total['rejected'], 'count'), Tile('worth a look', total['suspicious'], 'count'),
            Tile('hours', total['hours'], 'hours')]


def _overlaps(overlaps: Sequence[Dict[str, Any]]) -> Element:
    columns = [Column('set'), Column('has in common with'), Column('rows with the same sound', 'count'),
               Column('rows with the same sentence', 'count'), Column('speakers', 'count')]
    return table(columns, [[each['other'], each['one'], each['n_sounds'], each['n_sentences'], each['n_speakers']]
                           for each in overlaps], 'What sets have in common')


def _findings(page: Page, findings: Sequence[Dict[str, Any]]) -> None:
    for key, title, is_rejection in (('rejected', 'Left out', True), ('suspicious', 'Worth a look', False)):
        those = [each for each in findings if each['is_rejection'] == is_rejection]
        page.section(title, '' if those else 'Nothing.')
        if those:
            page.add(key, table([Column('what'), Column('rows', 'count'), Column('what to do')],
                                [[each['title'], each['rows'], each['remedy']] for each in those]))


def _charts(page: Page, sets: Sequence[Dict[str, Any]]) -> None:
    page.section('Distributions', 'What is beyond nearly all the others is counted in the last bar.')
    for number, each in enumerate(sets):
        page.heading(each['name'])
        made = [figure(histogram(Bins(**each['histograms'][key]), Axis(label), Axis('clips', 'count')), caption)
                for key, label, caption in _CHARTS if each['histograms'][key]['counts']]
        if made:
            page.add(f'histograms {number}', figures(made))
        page.add(f'percentiles {number}', table(
            [Column(''), *(Column(title, 'number') for _, title in _SHARES)],
            [[label, *(each['percentiles'][key][share] for share, _ in _SHARES)] for key, label, _ in _CHARTS
             if each['percentiles'][key]], 'So many per cent of the clips are below'))
        page.add(f'formats {number}', table([Column('format'), Column('clips', 'count')], list(each['formats'].items())))


def _alphabet(page: Page, alphabet: Dict[str, Any]) -> None:
    page.section('Alphabet', f'Checked against {alphabet["source"]}.')
    page.add('alphabet', tiles([Tile('labels', alphabet['labels'], 'count'),
                                Tile('characters in use', alphabet['n_characters'], 'count'),
                                Tile('labels nobody uses', alphabet['n_unused'], 'count')]))
    for sentence in alphabet['warnings']:
        page.warning(sentence)
    if alphabet['unused']:
        page.text(f'Never used: {" ".join(map(visible, alphabet["unused"]))}')
    page.heading('Proposed alphabet')
    page.text('The characters of the transcripts in Unicode normal form NFC, the blank first; bin/make_alphabet.py writes such '
              'a file, of all characters.')
    page.text(' '.join(map(visible, alphabet['proposed'])))
    if alphabet['doubtful']:
        page.text(f'Not proposed, as they are invisible or hardly ever there, so that no model learns them: '
                  f'{" ".join(map(visible, alphabet["doubtful"]))}')
    columns = [Column('character', 'code'), Column('code', 'code'), Column('name'), Column('times', 'count'), Column('label'),
               Column('rows left out or changed for it', 'count'), Column('first in')]
    page.add('characters', folded('All characters', [table(columns, [
        [visible(each['character']), each['code'], each['name'], each['times'], 'yes' if each['has_label'] else 'no',
         each['rows_without'], each['first']] for each in alphabet['characters']])]))


def _worst(page: Page, found: Found) -> None:
    page.section('Rows', 'The worst of each kind; findings.csv lists all.')
    players = Players(MAX_SOUND_BYTES, MAX_CLIP_S)
    columns = [Column('what is wrong'), Column('sound'), Column('transcript'), Column('row'), Column('audio')]
    for each in found.numbers['findings']:
        page.heading(f'{each["title"][0].upper()}{each["title"][1:]}')
        rows = [[example.reason, _player(example, players), example.place.transcript, example.place.location,
                 example.place.audio] for example in found.examples[each['kind']]]
        page.add(f'rows {each["kind"]}', table(columns, rows))


def _player(example: Example, players: Players) -> Optional[Element]:
    audio = example.audio
    try:
        return players.player(audio.read(), audio.rate_hz) if audio else None
    except DataError:
        return no_player('cannot be read')
