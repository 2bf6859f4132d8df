"""Texts of a line of progress: their forms, their widths, and what goes first where space is scarce."""

import pytest

from deepspeech_training.console.columns import cut, duration, figure, fitted, joined, path_forms, text_width, unpadded

COLUMNS = {'label': ['Epoch 0'], 'steps': ['Steps: 3 ', ''], 'dataset': path_forms('Dataset: ', 'data/clips/dev.csv')}
CUTS = (('dataset', 2), ('steps', 1), ('dataset', 1))


def shown(width):
    return joined(fitted(COLUMNS, CUTS, width))


def test_columns_become_shorter_in_their_order():
    assert [shown(width) for width in (49, 48, 43, 34, 29, 18, 8)] == [
        'Epoch 0 | Steps: 3  | Dataset: data/clips/dev.csv', 'Epoch 0 | Steps: 3  | Dataset: clips/dev.csv',
        'Epoch 0 | Steps: 3  | Dataset: dev.csv', 'Epoch 0 | Steps: 3  | dev.csv', 'Epoch 0 | Steps: 3  | dev.csv',
        'Epoch 0 | dev.csv', 'Epoch 0']


def test_what_fits_is_left_as_it_is():
    assert shown(49) == joined(COLUMNS) and joined(unpadded(COLUMNS)) == joined(COLUMNS).replace('3  |', '3 |')


@pytest.mark.parametrize('path, forms', [
    ('', ['']), ('dev.csv', ['Dataset: dev.csv', 'dev.csv', '']),
    ('/a/dev.csv', ['Dataset: /a/dev.csv', 'Dataset: a/dev.csv', 'Dataset: dev.csv', 'dev.csv', '']),
    ('a/{dev}.csv', ['Dataset: a/{dev}.csv', 'Dataset: {dev}.csv', '{dev}.csv', ''])])
def test_a_path_loses_whole_directories_from_its_beginning(path, forms):
    assert path_forms('Dataset: ', path) == forms


@pytest.mark.parametrize('text, width', [('dev', 3), ('数据', 4), ('de\u0301v', 3), ('', 0)])
def test_width_is_that_on_the_screen(text, width):
    assert text_width(text) == width


def test_a_cut_text_has_no_half_characters():
    assert [cut('a数据', width) for width in (5, 4, 3, 2, 1, 0, -1)] == ['a数据', 'a数', 'a数', 'a', 'a', '', '']


@pytest.mark.parametrize('seconds, text', [(None, '-:--:--'), (0, '0:00:00'), (59.9, '0:00:59'), (93784, '26:03:04')])
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize('value, text',
                         [(None, '   -'), (0, '0.00'), (9.996, '10.0'), (99.96, ' 100'), (1234.5, '1234')])
def test_figures_have_three_digits_and_one_width(value, text):
    assert figure(value) == text
