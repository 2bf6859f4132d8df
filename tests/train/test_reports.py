"""What a real training leaves in a log and in TensorBoard's event files."""

import contextlib
import glob
import io
import json
import os
import re
import wave
from pathlib import Path

import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import tf
from deepspeech_training.console import display
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.model.variables import training_flops
from deepspeech_training.settings.config import CheckpointConfig, ReportConfig, RunConfig, ScheduleConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.train.loop import train
from deepspeech_training.train.observers import tensorboard

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / 'tests' / 'clips' / 'clips.csv'
MODEL = ModelConfig(n_labels=28, n_hidden=16)
RATES = {'audio_seconds_per_second', 'gflop_per_second', 'input_wait_share', 'step_seconds'}


@pytest.fixture(scope='module')
def report(tmp_path_factory):
    """Trains two epochs of nine steps, one utterance each; returns (lines printed, directory of the event files)."""
    directory, printed, clips = str(tmp_path_factory.mktemp('report')), io.StringIO(), (str(CLIPS),)
    alphabet = Alphabet.from_file(str(ROOT / 'data' / 'alphabet.txt'))
    run = RunConfig(alphabet, MODEL, train=SetConfig(clips), dev=SetConfig(clips, 4), schedule=ScheduleConfig(epochs=2),
                    checkpoints=CheckpointConfig(directory, directory), report=ReportConfig(summary_dir=directory))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensorboard, 'THROUGHPUT_EVERY_S', 0.)
        for name in ('FIRST_LINE_S', 'LONGEST_GAP_S'):  # a line for every step
            patch.setattr(display, name, 0.)
        train(run, prepare_sets(run, directory, Log(3)).training, None, CheckpointDirectory(directory), Log(0, printed))
    return printed.getvalue().splitlines(), directory


def events(directory, kind):
    """Returns {tag: {step: value}}."""
    (path,) = glob.glob(os.path.join(directory, kind, 'events*'))
    curves = {}
    for event in tf.train.summary_iterator(path):
        for value in event.summary.value:
            curves.setdefault(value.tag, {})[event.step] = value.simple_value
    return curves


def test_a_log_ends_every_pass_with_one_line(report):
    passes = [line for line in report[0] if line.startswith('Epoch') and ' left ' not in line]
    assert [line[:20] for line in passes] == ['Epoch 0 |   Training', 'Epoch 0 | Validation', 'Epoch 1 |   Training',
                                              'Epoch 1 | Validation']
    for n_steps, line in zip((9, 3, 9, 3), passes):
        assert f'| Steps: {n_steps} | Loss: ' in line and line.endswith(' audio s/s')


def test_lines_within_a_pass_tell_what_is_left(report):
    lines = [line for line in report[0] if line.startswith('Epoch') and ' left ' in line]
    assert len(lines) >= 9 + 3 + 9 + 3
    last = [[line for line in lines if line.startswith(name) and f'| 100% of {n_steps} | left 0:00:00, run ' in line][-1]
            for name, n_steps in (('Epoch 0 |   Training', 9), ('Epoch 0 | Validation', 3), ('Epoch 1 |   Training', 9),
                                  ('Epoch 1 | Validation', 3))]
    # Before the first validation nobody knows what validation takes; after the last one nothing is left.
    assert 'run -:--:--' in last[0] and 'run -:--:--' not in ''.join(last[1:]) and 'run 0:00:00' in last[3]


def test_waiting_and_operations_are_for_those_who_look_for_them(report):
    debug, others = [line for line in report[0] if line[:2] == 'D '], [line for line in report[0] if line[:2] != 'D ']
    assert len([line for line in debug if re.search(r'[\d.]+ % .* waiting for input, [\d.]+ GFLOP/s', line)]) == 4
    assert not any(re.search(r'waiting for input|wait |FLOP', line) for line in others)


def test_the_history_has_one_line_per_pass(report, clips):
    lines = [json.loads(line) for line in (Path(report[1]) / 'history.jsonl').read_text().splitlines()]
    assert [(line['epoch'], line['step'], line['set'], line['dataset']) for line in lines] == [
        (0, 9, 'train', str(clips)), (0, 9, 'dev', str(clips)), (1, 18, 'train', str(clips)), (1, 18, 'dev', str(clips))]
    assert len({line['run'] for line in lines}) == 1
    printed = [re.search(r'Loss: ([\d.]+)', line).group(1) for line in report[0]
               if line.startswith('Epoch') and ' left ' not in line]
    assert [f'{line["loss"]:.3f}' for line in lines] == [f'{float(loss):.3f}' for loss in printed]
    curves = events(report[1], 'train')
    for line in (lines[0], lines[2]):
        assert line['rate'] == pytest.approx(curves['learning_rate'][line['step']])
        assert line['gflops'] == pytest.approx(curves['epoch_pace/gflop_per_second'][line['step']])
        assert line['wait_share'] == pytest.approx(curves['epoch_pace/input_wait_share'][line['step']])
        assert line['audio_seconds'] == pytest.approx(8.6375) and line['seconds'] > 0


def test_event_files_hold_the_published_curve_and_ours(report):
    curves = events(report[1], 'train')
    assert set(curves) == {'step_loss', 'epoch_loss', 'learning_rate', 'gradient_norm', 'weight_norm'} | {
        f'{group}/{name}' for group in ('pace', 'epoch_pace') for name in RATES}
    assert set(curves['step_loss']) == set(curves['gradient_norm']) == set(range(1, 19))
    # The recent pace leaves out the first one of a pass, which also sets everything up.
    assert set(curves['pace/step_seconds']) == set(range(2, 10)) | set(range(11, 19))
    of_dev = events(report[1], 'dev')
    assert set(of_dev) == {'step_loss', 'epoch_loss', 'epoch_wer', 'epoch_cer', 'epoch_blank_share', 'transcripts'} | {
        f'epoch_pace/{name}' for name in RATES}
    for tag, curve in list(curves.items()) + list(of_dev.items()):
        assert set(curve) == {9, 18} or not tag.startswith('epoch')
    lines = [json.loads(line) for line in (Path(report[1]) / 'history.jsonl').read_text().splitlines()]
    for line in lines[1::2]:
        for name in ('wer', 'cer', 'blank_share'):
            assert of_dev[f'epoch_{name}'][line['step']] == pytest.approx(line[name])


def test_transcripts_are_a_text_of_tensorboard_and_in_the_log(report):
    (path,) = glob.glob(os.path.join(report[1], 'dev', 'events*'))
    values = [value for event in tf.train.summary_iterator(path) for value in event.summary.value if value.tag == 'transcripts']
    texts = [tf.make_ndarray(value.tensor).item().decode('utf-8') for value in values]
    assert len(texts) == 2 and all(value.metadata.plugin_data.plugin_name == 'text' for value in values)
    lines = [json.loads(line) for line in (Path(report[1]) / 'history.jsonl').read_text().splitlines()]
    for text, line in zip(texts, lines[1::2]):
        assert text.splitlines()[0] == '| file | src | res |' and len(line['samples']) == 3
        for sample in line['samples']:
            assert f'| {sample["wav_filename"]} | {sample["src"]} | {sample["res"]} |' in text
            assert f'I  - src: "{sample["src"]}"' in report[0] and f'I  - res: "{sample["res"]}"' in report[0]


def test_rates_agree_with_the_work_that_was_done(report, clips):
    seconds = []
    for path in clips.parent.glob('*.wav'):
        with contextlib.closing(wave.open(str(path))) as file:
            seconds.append(file.getnframes() / file.getframerate())
    # One utterance is a batch here, so no frame is padded: 32 ms windows every 20 ms.
    n_frames = sum(1 + int((duration_s - 0.032) / 0.020 + 1e-6) for duration_s in seconds)
    operations = training_flops(MODEL, n_frames)
    curves = events(report[1], 'train')
    for step in (9, 18):
        pass_s = 9 * curves['epoch_pace/step_seconds'][step]
        assert curves['epoch_pace/audio_seconds_per_second'][step] * pass_s == pytest.approx(sum(seconds), rel=1e-5)
        assert curves['epoch_pace/gflop_per_second'][step] * pass_s == pytest.approx(operations / 1e9, rel=1e-5)
        assert 0 < curves['epoch_pace/input_wait_share'][step] < 1
