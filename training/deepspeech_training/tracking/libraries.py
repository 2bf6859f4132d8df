"""Trackers of experiments, each through its own library: Weights & Biases, MLflow, Trackio.

Projects, servers and keys are those that the libraries themselves look for (`WANDB_MODE`, `MLFLOW_TRACKING_URI`, `TRACKIO_DIR`
and the like). A run that goes on after an interruption goes on there, too.

Used by the tracking process only, which loads no more of them than it is asked for; what a library raises is its own.
"""

import abc
import importlib
import importlib.util
import os
from types import MappingProxyType
from typing import Any, List, Mapping, NamedTuple, Sequence, Type

PROJECT = 'deepspeech'  # unless the environment names another one
RUN_TAG = 'deepspeech_run'
MOST_PARAMS, LONGEST_PARAM = 100, 500  # that MLflow takes at once, and characters of one
SAMPLE_COLUMNS = ('wav_filename', 'src', 'res')


class RunFacts(NamedTuple):
    """What a tracker is told of a run when it begins."""

    run: str  # the same after an interruption
    name: str  # for people
    directory: str  # of the checkpoints
    config: Mapping[str, Any]  # {dotted name: value}


class Tracker(abc.ABC):
    """A run as one library shows it."""

    @abc.abstractmethod
    def __init__(self, facts: RunFacts) -> None:
        """Begins or goes on with a run."""

    @abc.abstractmethod
    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Adds values after `step` updates."""

    @abc.abstractmethod
    def show(self, samples: Sequence[Mapping[str, str]], step: int) -> None:
        """Adds transcripts, with SAMPLE_COLUMNS each."""

    @abc.abstractmethod
    def end(self, is_sound: bool) -> None:
        """Ends the run; it was interrupted or failed unless `is_sound`."""


class WeightsAndBiases(Tracker):
    """https://wandb.ai"""

    def __init__(self, facts: RunFacts) -> None:
        self._wandb: Any = importlib.import_module('wandb')
        self._run = self._wandb.init(
            project=os.environ.get('WANDB_PROJECT', PROJECT), id=facts.run, name=facts.name, resume='allow',
            dir=os.environ.get('WANDB_DIR', facts.directory), config=dict(facts.config),
            settings=self._wandb.Settings(console='off'))
        self._run.define_metric('*', step_metric='step')  # its own count must not fall, ours does after a resume

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self._run.log(dict(metrics, step=step))

    def show(self, samples: Sequence[Mapping[str, str]], step: int) -> None:
        rows = [[sample[column] for column in SAMPLE_COLUMNS] for sample in samples]
        self._run.log({'transcripts': self._wandb.Table(columns=list(SAMPLE_COLUMNS), data=rows), 'step': step})

    def end(self, is_sound: bool) -> None:
        self._run.finish(exit_code=0 if is_sound else 1)


class MlFlow(Tracker):
    """https://mlflow.org"""

    def __init__(self, facts: RunFacts) -> None:
        self._mlflow: Any = importlib.import_module('mlflow')
        experiment = self._mlflow.set_experiment(os.environ.get('MLFLOW_EXPERIMENT_NAME', PROJECT))
        client = self._mlflow.MlflowClient()
        before = client.search_runs([experiment.experiment_id], f"tags.{RUN_TAG} = '{facts.run}'", max_results=1)
        if before:
            self._mlflow.start_run(run_id=before[0].info.run_id)
            return
        self._mlflow.start_run(run_name=facts.name, tags={RUN_TAG: facts.run})
        params = [(name, str(value)[:LONGEST_PARAM]) for name, value in facts.config.items()]
        for first in range(0, len(params), MOST_PARAMS):
            self._mlflow.log_params(dict(params[first:first + MOST_PARAMS]))

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self._mlflow.log_metrics(dict(metrics), step=step)

    def show(self, samples: Sequence[Mapping[str, str]], step: int) -> None:
        self._mlflow.log_text('\n'.join(_lines_of(samples)), f'transcripts/{step:09d}.txt')

    def end(self, is_sound: bool) -> None:
        self._mlflow.end_run('FINISHED' if is_sound else 'FAILED')


class Trackio(Tracker):
    """https://github.com/gradio-app/trackio"""

    def __init__(self, facts: RunFacts) -> None:
        self._trackio: Any = importlib.import_module('trackio')
        self._run = self._trackio.init(project=os.environ.get('TRACKIO_PROJECT', PROJECT), name=facts.name, resume='allow',
                                       config=dict(facts.config), embed=False)

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        self._trackio.log(dict(metrics), step=step)

    def show(self, samples: Sequence[Mapping[str, str]], step: int) -> None:
        self._trackio.log({'transcripts': self._trackio.Markdown('\n'.join(f'    {line}' for line in _lines_of(samples)))},
                          step=step)

    def end(self, is_sound: bool) -> None:
        self._trackio.finish()


TRACKERS: Mapping[str, Type[Tracker]] = MappingProxyType({'wandb': WeightsAndBiases, 'mlflow': MlFlow, 'trackio': Trackio})


def is_installed(name: str) -> bool:
    """Returns whether the library of a tracker is there; a directory that only has its name, as wandb makes one, is not."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _lines_of(samples: Sequence[Mapping[str, str]]) -> List[str]:
    return [f'{column}: {sample[column]}' for sample in samples for column in SAMPLE_COLUMNS]
