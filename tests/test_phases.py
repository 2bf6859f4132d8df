"""The phases of a run with exports: what is refused before the first one, and which model they are about."""

from dataclasses import replace
from pathlib import Path

import pytest

from deepspeech_training.config import (CheckpointConfig, DecoderConfig, ExportConfig, ModelConfig, ReportConfig, RunConfig,
                                        ScheduleConfig, SetConfig)
from deepspeech_training.errors import ExportError
from deepspeech_training.main import run_phases

GOLDEN = Path(__file__).resolve().parent / 'golden'


@pytest.fixture
def run(alphabet, tmp_path):
    """RunConfig that exports the model of a golden checkpoint."""
    return RunConfig(alphabet, ModelConfig(alphabet.size, 8), frozenset(),
                     checkpoints=CheckpointConfig(str(GOLDEN / 'ds093-plain' / 'checkpoint'), str(tmp_path / 'saved')),
                     export=ExportConfig(str(tmp_path / 'export')), schedule=ScheduleConfig(epochs=1),
                     decoder=DecoderConfig(beam_width=8),
                     report=ReportConfig(show_progressbar=False, report_count=0, summary_dir=str(tmp_path / 'summaries')))


@pytest.mark.parametrize('kind', ['train', 'test'])
def test_what_no_export_can_come_of_is_refused_before_the_first_phase(kind, run, one_clip, log, output, tmp_path):
    (tmp_path / 'export').mkdir()
    (tmp_path / 'export' / 'thesis.txt').write_text('years of work')
    run = replace(run, export=replace(run.export, remove_existing=True), **{kind: SetConfig((str(one_clip),))})
    with pytest.raises(ExportError, match='--remove_export: .* holds thesis.txt, which no export wrote'):
        run_phases(run, log)
    assert 'STARTING' not in output.getvalue() and 'WER' not in output.getvalue()


def test_a_trained_model_is_exported(run, one_clip, log, tmp_path):
    export = replace(run.export, remove_existing=True)
    run_phases(replace(run, train=SetConfig((str(one_clip),)), export=export,
                       checkpoints=replace(run.checkpoints, load_train='init')), log)
    assert sorted(path.name for path in (tmp_path / 'export').iterdir()) == [
        'author_model_0.0.1.md', 'output_graph.pb', 'output_graph.pbmm']
