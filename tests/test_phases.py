"""The phases of a run with exports: what is refused before the first one, and which model they are about."""

import json
import shutil
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model
from deepspeech.network import Network

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.writer import CheckpointWriter, description_of
from deepspeech_training.compat import tf
from deepspeech_training.errors import CheckpointError, ExportError
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.phases import run_phases
from deepspeech_training.settings.config import (
    Asked,
    CheckpointConfig,
    ClusterConfig,
    DecoderConfig,
    ExportConfig,
    ReportConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import AskedModel
from deepspeech_training.text.alphabet import Alphabet, ByteAlphabet
from deepspeech_training.train.state import TrainingState

GOLDEN = Path(__file__).resolve().parent / 'golden'


@pytest.fixture
def run(alphabet, tmp_path):
    """Asked: to export the model of a golden checkpoint."""
    report = ReportConfig(show_progressbar=False, report_count=0, summary_dir=str(tmp_path / 'summaries'))
    return Asked(alphabet, report=report,
                 checkpoints=CheckpointConfig(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(tmp_path / 'saved')),
                 export=ExportConfig(str(tmp_path / 'export')), schedule=ScheduleConfig(epochs=1),
                 decoder=DecoderConfig(beam_width=8))


@pytest.mark.parametrize('kind', ['train', 'test'])
def test_what_no_export_can_come_of_is_refused_before_the_first_phase(kind, run, one_clip, log, output, tmp_path):
    (tmp_path / 'export').mkdir()
    (tmp_path / 'export' / 'thesis.txt').write_text('years of work')
    run = replace(run, export=replace(run.export, remove_existing=True), **{kind: SetConfig((str(one_clip),))})
    with pytest.raises(ExportError, match='--remove_export: .* holds thesis.txt, which no export wrote'):
        run_phases(run, log)
    assert 'STARTING' not in output.getvalue() and 'WER' not in output.getvalue()


def test_a_default_training_is_exported_for_tensorflow_lite_afterwards(run, clips, log, output, tmp_path):
    trained = replace(run, model=AskedModel(16), train=SetConfig((str(clips),)), export=ExportConfig(''),
                      schedule=ScheduleConfig(epochs=3),
                      checkpoints=CheckpointConfig(str(tmp_path / 'saved'), str(tmp_path / 'saved')))
    run_phases(trained, log)
    begin = output.getvalue().split('STARTING')[0]
    assert 'both directions (--rnn_direction is not given)' in begin and 'TensorFlow Lite clients refuse it' in begin
    to_export = replace(trained, train=SetConfig())
    for export in (ExportConfig(str(tmp_path / 'pb')), ExportConfig(str(tmp_path / 'lite'), tflite=True, quantized=False)):
        run_phases(replace(to_export, export=export), log)
    graph, lite = Model(str(tmp_path / 'pb' / 'output_graph.pb')), Model(str(tmp_path / 'lite' / 'output_graph.tflite'))
    for clip in sorted(clips.parent.glob('*.wav')):
        samples = samples_of(clip)
        theirs, ours = (model.sttWithMetadata(samples, 1).transcripts[0] for model in (graph, lite))
        assert [(each.text, each.timestep) for each in theirs.tokens] == [(each.text, each.timestep) for each in ours.tokens]
        assert abs(theirs.confidence - ours.confidence) < 1e-3
    assert 'E ' not in output.getvalue()


def test_what_a_model_can_be_exported_to_is_said_only_where_nobody_chose(run, one_clip, log, output, tmp_path):
    chosen = replace(run, model=AskedModel(8, 'bidirectional'), train=SetConfig((str(one_clip),)), export=ExportConfig(''),
                     checkpoints=CheckpointConfig(str(tmp_path / 'saved'), str(tmp_path / 'saved')))
    run_phases(chosen, log)
    assert 'clients' not in output.getvalue()


def test_a_trained_model_is_exported(run, one_clip, log, tmp_path):
    export = replace(run.export, remove_existing=True)
    run_phases(replace(run, model=AskedModel(8, 'unidirectional'), train=SetConfig((str(one_clip),)), export=export,
                       checkpoints=replace(run.checkpoints, load_train='init')), log)
    assert sorted(path.name for path in (tmp_path / 'export').iterdir()) == [
        'author_model_0.0.1.md', 'output_graph.pb', 'output_graph.pbmm']


def probabilities(path, wav):
    return Network(path).probabilities(samples_of(wav))


def samples_of(wav):
    with wave.open(str(wav)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


@pytest.mark.parametrize('name, labels', [('ds093-plain', None), ('ds011', None), ('ds093-bytes', ByteAlphabet())])
def test_who_has_only_an_exported_model_exports_what_its_checkpoint_gives(name, labels, run, clips, log, output,
                                                                          tmp_path):
    run = replace(run, alphabet=labels or run.alphabet)
    frozen = str(GOLDEN / name / 'output_graph.pb')
    run_phases(replace(run, checkpoints=CheckpointConfig(str(tmp_path), str(tmp_path), frozen_model=frozen),
                       export=replace(run.export, directory=str(tmp_path / 'frozen'))), log)
    run_phases(replace(run, checkpoints=CheckpointConfig(str(GOLDEN / name / 'checkpoint'), str(tmp_path))), log)
    assert f'I Taking the weights from the exported model {frozen}' in output.getvalue()
    for wav in sorted(clips.parent.glob('*.wav'))[:3]:
        expected = probabilities(str(tmp_path / 'export' / 'output_graph.pb'), wav)
        for extension in ('pb', 'pbmm'):
            found = probabilities(str(tmp_path / 'frozen' / f'output_graph.{extension}'), wav)
            np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.fixture
def frozen_run(run, tmp_path):
    """Asked by a person who has the exported model of 0.1.1 only, and nothing to do yet."""
    frozen = str(GOLDEN / 'ds011' / 'output_graph.pb')
    return replace(run, export=ExportConfig(),
                   checkpoints=CheckpointConfig(str(tmp_path / 'none'), str(tmp_path / 'none'), frozen_model=frozen))


def test_an_exported_model_is_tested_and_transcribes(frozen_run, clips, log, output, tmp_path):
    results = tmp_path / 'results.json'
    wav = str(clips.parent / 'letters_k.wav')
    run_phases(replace(frozen_run, test=SetConfig((str(clips),), 4), one_shot_file=wav,
                       report=replace(frozen_run.report, test_output_file=str(results))), log)
    recorded = json.loads((GOLDEN / 'ds011' / 'test_losses.json').read_text())
    found = json.loads(results.read_text())
    assert len(found) == 9
    for result in found:
        assert result['loss'] == pytest.approx(recorded[Path(result['wav_filename']).name], rel=1e-5)
    (transcript,) = [result['res'] for result in found if result['wav_filename'] == wav]
    assert output.getvalue().rstrip('\n').split('\n')[-1] == transcript


def test_an_alphabet_that_is_not_that_of_the_exported_model_is_refused(frozen_run, log, tmp_path):
    run = replace(frozen_run, alphabet=Alphabet('abc', 'abc.txt'), export=ExportConfig(str(tmp_path / 'export')))
    with pytest.raises(CheckpointError, match='has 29 outputs, the alphabet abc.txt needs 4: pass the alphabet it was'):
        run_phases(run, log)


@pytest.mark.parametrize('workers, n_tested', [(('localhost:1', 'localhost:2'), 0), (('localhost:1',), 1)])
def test_of_several_workers_only_the_first_one_tests(workers, n_tested, frozen_run, clips, log, output):
    cluster = ClusterConfig(workers, len(workers) - 1)
    run_phases(replace(frozen_run, cluster=cluster, test=SetConfig((str(clips),), 9)), log)
    assert output.getvalue().count('Test on ') == n_tested
    assert ('worker 0 tests and exports' in output.getvalue()) is not bool(n_tested)


def test_the_only_model_there_is_does_not_go_under_its_own_export(frozen_run, log, tmp_path):
    shutil.copy(frozen_run.checkpoints.frozen_model, str(tmp_path / 'old.pb'))
    run = replace(frozen_run, export=ExportConfig(str(tmp_path), remove_existing=True),
                  checkpoints=replace(frozen_run.checkpoints, frozen_model=str(tmp_path / 'old.pb')))
    with pytest.raises(ExportError, match='holds the model that is to be exported, .*old.pb; choose another directory'):
        run_phases(run, log)
    assert (tmp_path / 'old.pb').exists()


@pytest.mark.parametrize('is_given', [True, False])
def test_flags_of_a_training_from_an_exported_model_are_about_what_was_trained(is_given, frozen_run, clips, log, output,
                                                                               tmp_path):
    checkpoints = replace(frozen_run.checkpoints, load_dir=str(tmp_path), save_dir=str(tmp_path), load_dir_is_given=is_given)
    run = replace(frozen_run, model=AskedModel(8, 'unidirectional')).of_new_model()
    with tf.Graph().as_default(), tf.Session() as session:
        acoustic_weights(run.model)
        session.run(tf.global_variables_initializer())
        description = description_of(run.model, run.features, run.alphabet)
        writer = CheckpointWriter(CheckpointDirectory(str(tmp_path)), tf.global_variables(), description, max_to_keep=1)
        writer.save_last(session, 1, TrainingState().as_dict())
    run_phases(replace(frozen_run, checkpoints=checkpoints, one_shot_file=str(clips.parent / 'letters_k.wav')), log)
    assert ('I Loading most recent checkpoint from' in output.getvalue()) == is_given
    assert (f'Taking the weights from the exported model {checkpoints.frozen_model}' in output.getvalue()) != is_given
