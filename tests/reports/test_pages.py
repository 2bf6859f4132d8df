"""Pages: every number in them is in their JSON, nothing in them is taken for markup, pictures and sounds are whole."""

import base64
import io
import json
import re
import struct
import wave
import zlib

import numpy as np
import pytest
from pages import CHROMIUM, check_numbers, complaints, parsed

from deepspeech_training.errors import ConfigError
from deepspeech_training.reports.axes import Axis, Scale, round_ticks, ticks_of
from deepspeech_training.reports.charts import Bins, Series, bar_chart, heat_map, histogram, line_chart
from deepspeech_training.reports.elements import FORMS, Column, Tile, figure, figures, number, shown, table, text, tiles
from deepspeech_training.reports.page import Page, data_of
from deepspeech_training.reports.players import Players, wav_of
from deepspeech_training.reports.raster import N_SHADES, palette, png_of, shades

NASTY = '</script><script>alert(1)</script> & "quoted" \udce9 \u2028'


def example():
    epochs = [0, 1, 2, 3]
    page = Page('Test of ' + NASTY, 'and ' + NASTY)
    page.section('Figures', NASTY)
    page.add('tiles', tiles([Tile('WER', np.float32(0.25), 'percent', interval=(0.2, 0.3)), Tile('clips', 12345, 'count'),
                             Tile('loss', float('nan')), Tile('model', NASTY)]))
    page.add('curves', figures([
        figure(line_chart([Series('train', epochs, [9., 3., 2., 1.5]), Series(NASTY, epochs, [9.5, None, float('inf'), 2.])],
                          Axis('epoch', 'count'), Axis('loss')), NASTY),
        figure(line_chart([Series('rate', epochs, [1e-3, 5e-4, 2e-4, 1e-4])], Axis('epoch'), Axis('rate', is_log=True)))]))
    page.add('durations', figure(histogram(Bins([1., 2., 3., 4.], [1, 2, 1]), Axis('s'), Axis('clips', 'count'))))
    page.add('lengths', figure(bar_chart(['short', NASTY], [0.5, 0.25], Axis('WER', 'percent'), [(0.4, 0.6), (0.1, 0.3)])))
    page.add('spectrogram', figure(heat_map(np.eye(9), Axis('s', low=0, high=1), Axis('kHz', low=0, high=8), 'dB'), '', True))
    page.add('posteriors', figure(heat_map(np.eye(4), Axis('s', low=0, high=1), ['<', 'b', 'c', 'blank'], 'p'), '', True))
    page.add('worst', table([Column('file', 'name'), Column('WER', 'percent'), Column('text'), Column('sound')],
                            [[NASTY, 1.5, NASTY, Players().player(np.zeros(1600), 16000)], ['b.wav', None, 'x', number(7)]]))
    return page


def test_every_number_shown_is_in_the_json_of_the_page():
    page = example()
    html = page.html()
    data = data_of(html)
    assert data == json.loads(json.dumps(page.data))
    values = [value for _, value in parsed(html).values]
    assert values == ['0.25', '0.2', '0.3', '12345', '', '1.5', '7']  # the dash has none
    assert check_numbers(html, data, lambda number: [shown(number, form) for form in FORMS]) == 7 + 2
    assert data['tiles'] == {'WER': {'value': 0.25, 'low': 0.2, 'high': 0.3}, 'clips': 12345, 'loss': None, 'model': NASTY}
    assert data['curves'][0][NASTY] == {'x': [0, 1, 2, 3], 'y': [9.5, None, None, 2.]}
    assert data['worst'][0]['sound'] == {'seconds': 0.1, 'played_seconds': 0.1}


def test_nothing_is_taken_for_markup_or_loaded_from_elsewhere():
    html = example().html()
    markup = parsed(html)
    assert markup.tags.count('script') == 1
    assert 'alert(1)</script>' not in html and 'alert(1)' in html
    assert all(address.startswith(('#', 'data:')) for address in markup.addresses)
    assert not re.search(r'https?://(?!www\.w3\.org/2000/svg)', html)


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    example().write(str(tmp_path / 'report.html'))
    assert data_of((tmp_path / 'report.html').read_text(encoding='utf-8'))['tiles']['clips'] == 12345
    with pytest.raises(ConfigError, match='cannot be written'):
        example().write(str(tmp_path / 'missing' / 'report.html'))


@pytest.mark.skipif(not CHROMIUM, reason='needs chromium')
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_browser_opens_it_without_complaint(tmp_path, scheme):
    path = tmp_path / 'report.html'
    example().write(str(path))
    assert complaints(path, tmp_path, scheme, 390) == []


@pytest.mark.parametrize('low, high', [(0, 1), (0.3, 0.31), (-5, 7), (0, 123456), (1e-9, 3e-9), (3, 3.0001)])
def test_ticks_are_round_few_and_within(low, high):
    ticks = round_ticks(low, high)
    assert 2 <= len(ticks) <= 8
    assert all(low - 1e-6 * (high - low) <= tick <= high + 1e-6 * (high - low) for tick in ticks)
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0])
    mantissa = float(f'{steps[0]:.6e}'.split('e')[0])
    assert any(abs(mantissa - round_step) < 1e-3 for round_step in (1, 2, 2.5, 5, 10))


def test_what_is_counted_has_whole_ticks():
    assert ticks_of(Scale(0, 2, 0, 100), Axis('epoch', 'count')) == [(0, '0'), (50, '1'), (100, '2')]
    of_rate = ticks_of(Scale(0, 1, 0, 1), Axis('WER', 'percent'), 4)
    assert [told for _, told in of_rate] == ['0 %', '25 %', '50 %', '75 %', '100 %']


def test_a_scale_takes_values_to_places():
    assert Scale(0, 10, 100, 200).place(2.5) == 125
    assert Scale(0, 10, 200, 100).place(10) == 100
    assert Scale(1e-4, 1, 0, 40, is_log=True).place(1e-3) == 10
    assert Scale(1e-3, 1, 0, 1, is_log=True).ticks() == [0.001, 0.01, 0.1, 1.]


@pytest.mark.parametrize('value, form, expected', [
    (0.1234, 'percent', '12.3 %'), (0.00123, 'percent', '0.12 %'), (0, 'percent', '0.0 %'), (1234567, 'count', '1,234,567'),
    (None, 'count', '–'), (float('inf'), 'number', '–'), (0.000123456, 'number', '0.0001235'), (12.34, 'seconds', '12.3 s'),
    (0.0123, 'seconds', '0.012 s'), (123.45, 'hours', '123.5 h'), (1.234, 'hours', '1.2 h'), (0.1, 'exact', '0.1')])
def test_numbers_are_written_as_people_do(value, form, expected):
    assert shown(value, form) == expected


def test_a_table_keeps_its_rows_as_data():
    made = table([Column('a', 'count'), Column('b')], [[1, 'x'], [None, text('y')]], 'caption')
    assert made.data == [{'a': 1, 'b': 'x'}, {'a': None, 'b': 'y'}]


def unpacked_png(data):
    """Reads a PNG of 8-bit indices without filters, chunk by chunk; returns its colours, [rows, columns, 3]."""
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    place, chunks = 8, {}
    while place < len(data):
        size, name = struct.unpack_from('>I4s', data, place)
        content = data[place + 8:place + 8 + size]
        assert struct.unpack_from('>I', data, place + 8 + size)[0] == zlib.crc32(name + content)
        chunks[name], place = content, place + 12 + size
    assert list(chunks) == [b'IHDR', b'PLTE', b'IDAT', b'IEND']
    width, height, *others = struct.unpack('>IIBBBBB', chunks[b'IHDR'])
    assert others == [8, 3, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b'IDAT']), np.uint8).reshape(height, 1 + width)
    assert not rows[:, 0].any()
    return np.frombuffer(chunks[b'PLTE'], np.uint8).reshape(-1, 3)[rows[:, 1:]]


def test_pictures_are_png_files():
    indices = np.random.RandomState(1).randint(0, N_SHADES, (5, 7)).astype(np.uint8)
    assert np.array_equal(unpacked_png(png_of(indices)), palette()[indices])


def test_brighter_is_more():
    lightness = palette() @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all() and lightness[0] < 20 and lightness[-1] > 235
    assert shades(np.array([-1., 0., 0.5, 1., 2.]), 0., 1.).tolist() == [0, 0, 32, 63, 63]
    assert shades(np.full(2, 3.), 3., 3.).tolist() == [0, 0]


def test_the_first_row_of_a_heat_map_is_at_its_bottom():
    values = np.array([[0., 1.], [0., 0.]])  # two columns, the second row of the first is high
    drawn = heat_map(values, Axis('s', low=0, high=1), ['low', 'high'], 'p')
    pixels = unpacked_png(base64.b64decode(re.search('base64,([^"]+)', drawn.html).group(1))).astype(int)
    assert pixels[0, 0].sum() > 600 and pixels[1, 0].sum() < 100 and pixels[0, 1].sum() < 100
    assert drawn.data == {'what': 'p', 'columns': 2, 'rows': ['low', 'high'], 'low': 0., 'high': 1.}


def test_players_hold_the_sound_up_to_limits():
    samples = np.sin(np.arange(16000 * 3)).astype(np.float32)
    players = Players(max_page_bytes=70000, max_clip_s=2.)
    first, second = players.player(samples, 16000), players.player(samples, 16000)
    content = base64.b64decode(re.search('base64,([^"]+)', first.html).group(1))
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (16000, 1, 32000)
        heard = np.frombuffer(file.readframes(32000), '<i2') / 32768
    assert np.abs(heard - samples[:32000]).max() <= 1 / 32768
    assert first.data == {'seconds': 3., 'played_seconds': 2.} and 'the first 2.0 s of 3.0 s' in first.html
    assert '<audio' not in second.html and second.data['played_seconds'] == 0


def test_the_beginning_of_a_long_clip_says_how_long_the_clip_is():
    made = Players().player(np.zeros(16000), 16000, whole_s=3600.)
    assert made.data == {'seconds': 3600., 'played_seconds': 1.} and 'the first 1.0 s of 3,600.0 s' in made.html


def test_full_scale_sound_does_not_wrap_around():
    with wave.open(io.BytesIO(wav_of(np.array([1., -1., 2., -2.]), 8000))) as file:
        assert np.frombuffer(file.readframes(4), '<i2').tolist() == [32767, -32768, 32767, -32768]
