"""What the network writes in validation, and its error rates: those of a test without decoder, computed by the step itself."""

import json
import os
from itertools import groupby
from types import SimpleNamespace

import numpy as np
import pytest
from long_form import long
from small_training import SmallTraining

from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.evaluate import run as phase
from deepspeech_training.settings.config import DeviceConfig, RunConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet, ByteAlphabet
from deepspeech_training.text.metrics import edit_counts, error_rates
from deepspeech_training.train import transcripts
from deepspeech_training.train.towers import Step
from deepspeech_training.train.transcripts import Transcripts, sampled_of, validation_of

HARDLY = dict(learning_rate=1e-20)  # after which the model writes what its random weights do


def lines_of(learned, name, kind='dev'):
    path = os.path.join(learned.path(name), 'history.jsonl')
    with open(path, encoding='utf-8') as file:
        return [line for line in map(json.loads, file) if line['set'] == kind]


def results_of_phase(alphabet, csv, model, tmp_path, n_hidden):
    """Returns the Results of a test by the phase that is made for it."""
    run = RunConfig(alphabet, ModelConfig(alphabet.size, n_hidden, 'unidirectional', precision='float32', lstm='block'),
                    test=SetConfig((str(csv),), 2))
    return phase.test(run, prepare_sets(run, str(tmp_path), Log(3)).test, model, Log(3))


@pytest.fixture
def near_csv(clips, tmp_path):
    """Function that writes a CSV of the clips whose transcripts are those given, and returns its path."""
    def write(texts):
        path = tmp_path / 'near.csv'
        rows = [f'{name},{os.path.getsize(name)},{text}' for name, text in texts.items()]
        path.write_text('\n'.join(['wav_filename,wav_filesize,transcript', *rows]) + '\n', encoding='utf-8')
        return path
    return write


@pytest.mark.parametrize('n_devices, batch_size', [long(1, 9), (1, 2), long(2, 2), (3, 1)])
def test_transcripts_and_rates_are_those_of_a_test_whatever_the_batches(n_devices, batch_size, clips, alphabet, near_csv,
                                                                        tmp_path, monkeypatch):
    monkeypatch.setattr(transcripts, 'N_SAMPLES', 9)
    common = dict(schedule=dict(epochs=1), optimizer=HARDLY, dropout=(0.,) * 4, devices=DeviceConfig(n_cpu_devices=n_devices))
    learned = SmallTraining(clips, alphabet, tmp_path)
    learned('first', **common)
    (line,) = lines_of(learned, 'first')
    written = {sample['wav_filename']: sample['res'] for sample in line['samples']}
    assert len(written) == 9 and all(len(text) > 3 for text in written.values())
    # References that the model nearly writes: a letter more in every second one.
    near = near_csv({name: text.strip() + 'ab' * (number % 2) for number, (name, text) in enumerate(sorted(written.items()))})
    model = learned('second', dev=dict(files=(str(near),), batch_size=batch_size), **common)
    (line,) = lines_of(learned, 'second')
    results = results_of_phase(alphabet, near, model, tmp_path, n_hidden=8)
    assert {sample['wav_filename']: (sample['src'], sample['res']) for sample in line['samples']} == {
        result.wav_filename: (result.src, written[result.wav_filename]) for result in results}
    wer, cer = error_rates(result.greedy_edits for result in results)
    assert 0 < cer < wer < 1
    assert (line['wer'], line['cer']) == (pytest.approx(wer, rel=1e-6), pytest.approx(cer, rel=1e-6))


def test_bytes_become_text_as_in_a_test(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(transcripts, 'N_SAMPLES', 9)
    learned, alphabet = SmallTraining(clips, ByteAlphabet(), tmp_path), ByteAlphabet()
    model = learned('bytes', schedule=dict(epochs=1), optimizer=HARDLY, dropout=(0.,) * 4)
    (line,) = lines_of(learned, 'bytes')
    edits = [edit_counts(sample['src'], sample['res']) for sample in line['samples']]
    of_test = {result.src: result.greedy_edits for result in results_of_phase(alphabet, clips, model, tmp_path, n_hidden=8)}
    assert dict(zip((sample['src'] for sample in line['samples']), edits)) == of_test
    assert any('\ufffd' in sample['res'] for sample in line['samples'])


def test_several_sets_have_a_line_each_and_one_together(clips, one_clip, alphabet, tmp_path):
    learned = SmallTraining(clips, alphabet, tmp_path)
    learned('sets', dev=dict(files=(str(clips), str(one_clip))), metrics=SetConfig((str(one_clip),)), schedule=dict(epochs=2))
    assert [len(lines_of(learned, 'sets', kind)) for kind in ('train', 'dev', 'all_dev', 'metrics')] == [2, 4, 2, 2]
    both, one, whole = *lines_of(learned, 'sets')[2:], lines_of(learned, 'sets', 'all_dev')[1]
    assert whole['dataset'] == f'{clips},{one_clip}' and whole['epoch'] == 1 and whole['step'] == both['step']
    assert whole['loss'] == pytest.approx((9 * both['loss'] + one['loss']) / 10, rel=1e-6)
    assert lines_of(learned, 'sets', 'metrics')[1]['wer'] == one['wer'] and 'wer' not in lines_of(learned, 'sets', 'train')[0]


def fed(texts, alphabet):
    """Returns a stand-in of a Feeder of utterances with these transcripts."""
    return SimpleNamespace(utterance=lambda index: SimpleNamespace(id=f'{index}.wav', labels=alphabet.encode(texts[index])))


def step_of(paths, lengths, index, weight):
    arrays = [np.array(each, np.int32).T for each in paths]
    return Step(0., 0., losses=np.zeros(len(index)), index=np.array(index), weight=np.array(weight), flops=0., waited_s=0.,
                paths=arrays, lengths=[np.array(each) for each in lengths])


def test_frames_behind_the_end_and_stand_ins_do_not_count():
    alphabet = Alphabet('ab')  # the blank is 2
    written = Transcripts(alphabet, sampled=[1, 0])
    feeder = fed(['ab', 'b', 'a'], alphabet)
    written.add(step_of([[[0, 0, 2, 0, 1], [1, 2, 0, 0, 0]], [[0]]], [[5, 2], [1]], [0, 1, 2], [1., 1., 0.]), feeder)
    assert [sample.res for sample in written.samples] == ['b', 'aab']
    assert (written.n_frames, written.n_blank) == (7, 2) and list(written.n_by_label) == [2, 2]
    assert written.edits == edit_counts('ab', 'aab') + edit_counts('b', 'b')


@pytest.mark.parametrize('seed', range(5))
def test_best_paths_collapse_as_the_definition_says(seed):
    random, alphabet = np.random.RandomState(seed), Alphabet('abc')
    lengths = random.randint(0, 31, 8)
    paths = random.randint(0, 4, (8, 30))
    written = Transcripts(alphabet, sampled=range(8))
    written.add(step_of([paths], [lengths], list(range(8)), [1.] * 8), fed(['abc'] * 8, alphabet))
    expected = [''.join('abc'[label] for label, _ in groupby(path[:length]) if label < 3)
                for path, length in zip(paths, lengths)]
    assert [sample.res for sample in written.samples] == expected
    assert written.n_blank == sum((path[:length] == 3).sum() for path, length in zip(paths, lengths))


@pytest.mark.parametrize('paths, only', [([[2, 2, 2]], ''), ([[0, 2, 0]], 'a'), ([[0, 1, 2]], None)])
def test_a_network_that_writes_one_label_or_none_is_known(paths, only):
    alphabet = Alphabet('ab')
    written = Transcripts(alphabet)
    assert written.only_label is None  # nothing was looked at
    written.add(step_of([paths], [[3]], [0], [1.]), fed(['ab'], alphabet))
    assert written.only_label == only and validation_of(1., [written, written], alphabet).only_label == only


@pytest.mark.parametrize('n, expected', [(0, []), (1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (60, [10, 30, 50])])
def test_shown_are_utterances_from_all_over_the_set(n, expected):
    assert sampled_of(range(n)) == expected
