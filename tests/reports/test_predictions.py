"""predictions.jsonl: what is written is read back, and two tests are paired by utterance."""

import json
import math

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.reports.predictions import Prediction, pairs_of, read_predictions, write_predictions
from deepspeech_training.text.metrics import edit_counts


def prediction(audio, text, pred_text, loss=1.5):
    return Prediction('test.csv', audio, 1.25, text, pred_text, loss=loss, confidence=0.875, edits=edit_counts(text, pred_text))


def test_what_is_written_is_read_back(tmp_path):
    path = str(tmp_path / 'p.jsonl')
    written = [prediction('/a.wav', 'yes it is', 'yes is'), prediction('/\udce9.wav', 'größe', 'große')]
    write_predictions(path, written)
    assert read_predictions(path) == written


def test_a_line_is_that_of_a_nemo_manifest(tmp_path):
    write_predictions(str(tmp_path / 'p'), [prediction('/a.wav', 'a b c', 'a b', math.inf)])
    assert json.loads((tmp_path / 'p').read_text()) == {
        'audio_filepath': '/a.wav', 'duration': 1.25, 'text': 'a b c', 'pred_text': 'a b', 'wer': 0.3333333, 'cer': 0.4,
        'loss': None, 'confidence': 0.875, 'dataset': 'test.csv'}


def test_manifests_of_others_will_do(tmp_path):
    texts = {'audio_filepath': 'a.wav', 'text': 'x\u2028\x85', 'pred_text': 'y', 'duration': 10 ** 400}
    (tmp_path / 'p').write_bytes(b'\xef\xbb\xbf' + json.dumps(texts, ensure_ascii=False).encode('utf-8'))
    (one,) = read_predictions(str(tmp_path / 'p'))
    assert one.text == 'x\u2028\x85' and math.isnan(one.duration_s)
    (tmp_path / 'p').write_text('{"audio_filepath": "a.wav", "text": "x", "pred_text": "y", "duration": 3}\n\n')
    (one,) = read_predictions(str(tmp_path / 'p'))
    assert (one.duration_s, one.edits.word_distance) == (3., 1) and math.isnan(one.loss)


@pytest.mark.parametrize('content, said', [
    ('', 'holds no predictions'), ('[' * 100000, 'line 1: no JSON with'), ('{"text": "a"}\n', 'line 1: no JSON with'),
    ('[]\n', 'line 1: no JSON with'),
    ('{"audio_filepath": "a", "text": "a", "pred_text": "b"}\nx\n', 'line 2: no JSON with'),
    ('{"audio_filepath": "a", "text": "a", "pred_text": null}\n', 'line 1: no JSON with')])
def test_what_is_no_such_file_is_said(tmp_path, content, said):
    (tmp_path / 'p').write_text(content)
    with pytest.raises(ConfigError, match=said):
        read_predictions(str(tmp_path / 'p'))
    with pytest.raises(ConfigError, match='cannot be read'):
        read_predictions(str(tmp_path / 'missing'))


def test_tests_are_paired_by_sound_and_transcript():
    former = [prediction('/a', 'x', '1'), prediction('/a', 'x', '2'), prediction('/b', 'y', '3'), prediction('/c', 'z', '4')]
    present = [prediction('/b', 'y', '5'), prediction('/a', 'x', '6'), prediction('/a', 'x', '7'),
               prediction('/c', 'other', '8')]
    assert [(a.pred_text, b.pred_text) for a, b in pairs_of(former, present)] == [('3', '5'), ('1', '6'), ('2', '7')]


def test_moved_data_are_paired_by_the_names_of_files():
    assert len(pairs_of([prediction('/old/a.wav', 'x', '1')], [prediction('/new/a.wav', 'x', '2')])) == 1
    assert pairs_of([prediction('/old/a.wav', 'x', '1')], [prediction('/new/b.wav', 'x', '2')]) == []
