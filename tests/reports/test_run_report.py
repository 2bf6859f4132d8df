"""The page on a test: its numbers are those of its data, and its data are what a plain computation gives."""

import json
import random
from collections import Counter

import numpy as np
import pytest
from pages import CHROMIUM, check_numbers, complaints, parsed

from deepspeech_training.reports.breakdown import by_column, by_duration, by_words
from deepspeech_training.reports.close_up import peaks, spectrogram_db
from deepspeech_training.reports.confusions import of_characters, of_words
from deepspeech_training.reports.curves import read_history
from deepspeech_training.reports.elements import FORMS, shown
from deepspeech_training.reports.page import data_of
from deepspeech_training.reports.predictions import Prediction
from deepspeech_training.reports.run_report import page_of, worst
from deepspeech_training.reports.tested import CloseUp, RunReport, SetOutcome
from deepspeech_training.text.metrics import edit_counts, error_rates, levenshtein

WORDS = ['yes', 'no', "don't", 'küche', 'seven', '<b>', 'a', 'x' * 40]
LABELS = [*'abcdefghijklmnopqrstuvwxyz', ' ', "'"]
OF_DEV = {'wer': 0.9, 'cer': 0.5, 'blank_share': 0.7,
          'samples': [{'wav_filename': 'a.wav', 'src': 'yes', 'res': 'y'}, {'wav_filename': 'b.wav', 'src': 'no', 'res': ''}]}
HISTORY = [{'run': 'a', 'epoch': epoch, 'set': name, 'dataset': f'{name}.csv', 'loss': 9.125 - epoch, 'rate': 0.001,
            'seconds': 2., 'audio_seconds': 60.5, 'wait_share': 0.031, **(OF_DEV if name == 'dev' else {})}
           for epoch in range(4) for name in ('train', 'dev')]


def predictions_of(n, seed, dataset='test.csv'):
    """Utterances of which some words are replaced, left out or doubled."""
    draw = random.Random(seed)
    found = []
    for index in range(n):
        said = [draw.choice(WORDS) for _ in range(draw.randint(1, 30))]
        recognised = [draw.choice([word, word, word, word[1:], draw.choice(WORDS), f'{word} {word}', '']) for word in said]
        text, pred_text = ' '.join(said), ' '.join(' '.join(recognised).split())
        found.append(Prediction(dataset, f'/clips/{index}.wav', draw.uniform(0.5, 9), text, pred_text, loss=draw.uniform(0, 90),
                                confidence=draw.random(), edits=edit_counts(text, pred_text),
                                greedy_edits=edit_counts(text, pred_text[1:])))
    return found


def close_up_of(prediction, seed):
    random_state = np.random.RandomState(seed)
    return CloseUp(prediction, random_state.uniform(-0.5, 0.5, 16000).astype(np.float32), 16000,
                   random_state.dirichlet(np.full(29, 0.1), 49), 0.02)


@pytest.fixture(scope='module')
def report():
    sets = [SetOutcome('dev.csv', predictions_of(60, 1, 'dev.csv'), ['gone.wav (missing)'],
                      [{'speaker': f's{index % 3}', 'snr': str(index), 'id': f'x{index}'} for index in range(60)]),
            SetOutcome('test.csv', predictions_of(30, 2))]
    former = [one._replace(pred_text='yes', edits=edit_counts(one.text, 'yes')) for one in sets[0].predictions[:40]]
    whole = RunReport('Test on <dev> & test', 'best_dev-12', sets, (), LABELS, by_characters=False, seed=7, history=HISTORY,
                       former=('before.jsonl', former), configuration=[('--n_hidden', '64'), ('--x', '</script>')])
    chosen = worst(whole.predictions, 3, False)
    return whole._replace(close_ups=[
        close_up_of(whole.predictions[chosen[0]], 1), close_up_of(whole.predictions[chosen[1]], 2),
        CloseUp(whole.predictions[chosen[2]], np.zeros(0), 16000, np.zeros((0, 29)), 0.02, problem='gone.wav: cannot be read')])


@pytest.fixture(scope='module')
def html(report):
    return page_of(report).html()


def test_every_number_on_the_page_is_in_its_data(html):
    n_numbers = check_numbers(html, data_of(html), lambda number: [shown(number, form) for form in FORMS])
    assert n_numbers > 400


def test_the_figures_are_those_of_a_plain_computation(html, report):
    data, predictions = data_of(html), report.predictions
    wer, cer = error_rates(one.edits for one in predictions)
    assert data['summary']['WER']['value'] == wer and data['summary']['CER']['value'] == cer
    assert data['summary']['entirely right'] == sum(one.text == one.pred_text for one in predictions) / 90
    assert data['summary']['WER']['low'] < wer < data['summary']['WER']['high']
    assert data['bootstrap'] == [1000, 7]
    first = data['sets'][0]
    assert (first['utterances'], first['left out']) == (60, 1)
    assert (first['WER'], first['CER']) == error_rates(one.edits for one in report.sets[0].predictions)
    assert (first['greedy WER'], first['greedy CER']) == error_rates(one.greedy_edits for one in report.sets[0].predictions)
    rates = [one.edits.wer for one in predictions]
    assert sum(item['value'] for item in data['rates']) == 90
    assert data['rates'][0] == {'name': 'no errors', 'value': rates.count(0)}
    assert data['rates'][3]['value'] == sum(0.2 < rate <= 0.3 for rate in rates)


def test_each_breakdown_holds_every_utterance_once(html, report):
    data = data_of(html)
    parts = [name for name in data if name.startswith('by ')]
    assert parts == ['by duration', 'by words', 'by set', 'by column speaker', 'by column snr']
    for name in parts:
        chart, rows = data[name]
        assert sum(row['utterances'] for row in rows) == 90
        assert sum(row['words said'] for row in rows) == sum(one.edits.word_length for one in report.predictions)
        assert [item['value'] for item in chart] == [row['WER'] for row in rows]
    speakers = {row['column speaker']: row for row in data['by column speaker'][1]}
    of_speaker = [one for index, one in enumerate(report.sets[0].predictions) if index % 3 == 1]
    assert speakers['s1']['WER'] == error_rates(one.edits for one in of_speaker)[0]
    assert speakers['(empty)']['utterances'] == 30  # the second set lacks the column
    assert 'nearly every row has its own: id.' in html


def test_confusions_are_as_many_as_there_are_errors(html, report):
    data = data_of(html)
    n_words = sum(one.edits.word_distance for one in report.predictions)
    n_characters = sum(levenshtein(one.text, one.pred_text) for one in report.predictions)
    for what, found, n_errors in (('words', of_words(report.predictions), n_words),
                                  ('characters', of_characters(report.predictions), n_characters)):
        tiles = data[f'{what} in all']
        assert tiles['replaced'] + tiles['left out'] + tiles['made up'] == n_errors == found.n_errors
    top = data['words confused'][0][0]
    assert top['times'] == max(of_words(report.predictions).substituted.values())


def test_confusions_of_a_known_pair():
    one = predictions_of(1, 1)[0]._replace(text='the cat sat on', pred_text='the hat sat sat')
    found = of_words([one, one])
    assert found.substituted == Counter({('cat', 'hat'): 2, ('on', 'sat'): 2}) and not found.deleted and not found.inserted
    assert found.said == Counter({'the': 2, 'cat': 2, 'sat': 2, 'on': 2})


def test_the_comparison_counts_wins_and_losses(html, report):
    tiles = data_of(html)['comparison'][0]
    former = {one.audio: one for one in report.former[1]}
    changes = [one.edits.word_distance - former[one.audio].edits.word_distance for one in report.sets[0].predictions[:40]]
    assert (tiles['in both tests'], tiles['better'], tiles['worse']) == (
        40, sum(change < 0 for change in changes), sum(change > 0 for change in changes))
    assert tiles['outcome'] == 'better'


def test_curves_are_the_lines_of_the_history(html):
    curves = {name: chart for figure in data_of(html)['curves'] for name, chart in figure.items()}
    assert list(curves) == ['loss', 'rate', 'wer', 'cer', 'blank_share', 'speed', 'wait_share']
    assert curves['loss']['train'] == {'x': [0, 1, 2, 3], 'y': [9.125, 8.125, 7.125, 6.125]}
    assert curves['wer'] == {'dev': {'x': [0, 1, 2, 3], 'y': [0.9] * 4}}
    assert curves['speed']['dev']['y'] == [30.25] * 4


def test_samples_of_first_and_last_epoch_stand_beside_each_other(html):
    assert data_of(html)['transcripts'][0] == {'said': 'yes', 'first, epoch 0': 'y', 'last, epoch 3': 'y', 'file': 'a.wav'}


def test_a_history_is_that_of_the_last_run(tmp_path):
    path = tmp_path / 'history.jsonl'
    path.write_text(''.join(json.dumps(dict(line, run=run)) + '\n' for run in 'ab' for line in HISTORY) + '[]\n{"run": "b"}\nx')
    assert read_history(str(path)) == [dict(line, run='b') for line in HISTORY]
    assert read_history(str(tmp_path / 'none')) == []


def test_a_test_without_any_result_has_a_page():
    html = page_of(RunReport('t', 'm', [SetOutcome('a.csv', [])], (), LABELS, by_characters=True, seed=1)).html()
    assert data_of(html)['summary']['utterances'] == 0 and data_of(html)['sets'][0]['CER'] == 0


def test_losses_that_are_no_numbers_are_dashes():
    ones = [one._replace(loss=float('inf')) for one in predictions_of(3, 1)]
    html = page_of(RunReport('t', 'm', [SetOutcome('a.csv', ones)], (), LABELS, by_characters=True, seed=1)).html()
    assert data_of(html)['summary']['loss'] is None and '<data value="">–</data>' in html


def test_the_worst_come_first():
    ones = predictions_of(40, 3)
    order = worst(ones, 40, False)
    assert [ones[index].edits.wer for index in order] == sorted((one.edits.wer for one in ones if one.edits.char_distance),
                                                               reverse=True)
    assert worst([one._replace(edits=edit_counts('a', 'a')) for one in ones], 5, True) == []


def test_a_close_up_tells_what_the_network_gave(html, report):
    figures = data_of(html)['close-up 1'][1][0]
    probabilities = report.close_ups[0].probabilities
    assert figures['blank share'] == float((probabilities.argmax(axis=1) == 28).mean())
    assert figures['frames'] == 49
    words = data_of(html)['close-up 1'][3]['word by word']
    assert [said for said, _ in words if said is not None] == report.close_ups[0].prediction.text.split()
    assert sum(said != recognised for said, recognised in words) == report.close_ups[0].prediction.edits.word_distance
    assert data_of(html)['close-up 3'][2] == 'gone.wav: cannot be read'
    assert parsed(html).tags.count('audio') == 2


def test_peaks_are_the_labels_of_the_best_path():
    probabilities = np.full((6, 4), 0.1)  # labels a, b and space, then the blank
    for row, label in enumerate([3, 0, 0, 3, 0, 2]):
        probabilities[row, label] = 0.6 + 0.01 * row
    assert peaks(probabilities, 0.02, ['a', 'b', ' ']) == [(0.05, 'a'), (0.09, 'a'), (0.11, '␣')]


def test_the_spectrogram_shows_a_tone_where_it_is():
    tone = np.sin(2 * np.pi * 2000 * np.arange(16000) / 16000)
    levels = spectrogram_db(np.concatenate([np.zeros(16000), tone]), 16000)
    loudest = levels[150].argmax()
    assert abs((loudest + 0.5) / levels.shape[1] * 8000 - 2000) < 100
    assert levels[50].max() == -70 and levels.max() == 0


def test_parts_by_length_are_of_about_equal_size():
    ones = predictions_of(100, 4)
    groups = by_duration(ones)
    assert [len(group.predictions) for group in groups] == [20] * 5
    assert groups[0].predictions and max(one.duration_s for one in groups[0].predictions) < min(
        one.duration_s for one in groups[1].predictions)
    assert sum(len(group.predictions) for group in by_words(ones)) == 100
    assert len(by_duration([one._replace(duration_s=1.) for one in ones])) == 1


def test_columns_that_tell_nothing_have_no_breakdown():
    ones = predictions_of(60, 5)
    assert by_column(ones, ['same'] * 60) is None
    assert by_column(ones, [f'id{index}' for index in range(60)]) is None
    assert len(by_column(ones, [f'{index / 7}' for index in range(60)])) == 5  # numbers become ranges
    many = by_column(ones, [f's{index % 25}' for index in range(60)])
    assert len(many) == 21 and many[-1].name == '5 others' and sum(len(group.predictions) for group in many) == 60


@pytest.mark.skipif(not CHROMIUM, reason='needs chromium')
@pytest.mark.parametrize('scheme, width_px', [('light', 1280), ('dark', 390)])
def test_a_browser_opens_the_page_without_complaint(report, tmp_path, scheme, width_px):
    page_of(report).write(str(tmp_path / 'report.html'))
    assert complaints(tmp_path / 'report.html', tmp_path, scheme, width_px) == []
