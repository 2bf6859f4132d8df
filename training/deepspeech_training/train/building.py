"""What is made before a training begins: its engine, the steps of its sets, and the graph that takes them."""

import hashlib
from typing import NamedTuple

from .. import __version__
from ..compat import VERSION, tf
from ..console.log import Log
from ..data.datasets import TrainingSets
from ..data.feeding import Feeder
from ..errors import ConfigError
from ..features.pipeline import FeaturePipeline, augmented
from ..model.compute import Compute, choose, threads_of_tower
from ..model.gpu import say_what_is_found
from ..model.trials import trials
from ..settings.config import RunConfig
from .collectives import CollectiveEngine
from .engine import HOST, Engine, LocalEngine
from .graph import DROPOUT_LAYERS, TrainingGraph, training_graph, training_update, training_variables
from .optimizer import AdamW
from .parameter_servers import ParameterServerEngine
from .planning import PlannedSets, plan_sets, say_how_it_is_cut
from .run_record import configuration
from .towers import Dropout, Network

SAME_SETTINGS = ('model', 'features', 'dropout', 'optimizer', 'schedule', 'augmentations', 'seed', 'shuffle_batches')


class Built(NamedTuple):
    """What is made before a session begins."""

    graph: TrainingGraph
    feeder: Feeder  # of the training set
    dev_feeder: Feeder  # of all other sets
    sets: PlannedSets
    lstm: str  # what computes the recurrent layer


def engine_for(run: RunConfig, log: Log) -> Engine:
    """Returns the Engine that the settings ask for; in a cluster it has met all others. Raises DeepSpeechError."""
    if not run.cluster.has_others:
        return LocalEngine(run.devices)
    return (ParameterServerEngine if run.cluster.servers else CollectiveEngine)(run.cluster, run.devices, log)


def chosen_compute(run: RunConfig, engine: Engine, before: str, log: Log) -> Compute:
    """Returns how the network is computed, and says it; `before` as of `model.compute.choose`."""
    say_what_is_found(run.devices, log)
    if not engine.is_chief:  # what a trial finds may depend on a clock
        before = engine.gather('')[0]
    n_threads = threads_of_tower(run.devices, engine.devices)
    trial = trials(run.model, engine.devices, run.devices, n_threads, log)
    compute, chosen = choose(run.model, engine.on_gpu, trial, n_threads=n_threads, before=before)
    if engine.is_chief:
        engine.gather(compute.lstm)
    n_others = engine.n_replicas - 1
    together = f' together with {n_others} other worker{"s" * (n_others > 1)}' if n_others else ''
    log.info(f'Training on {", ".join(engine.devices)}{together}. {chosen}')
    return compute


def build(run: RunConfig, sets: TrainingSets, pipeline: FeaturePipeline, engine: Engine, *, compute: Compute, log: Log
          ) -> Built:
    """Plans the steps of all sets and builds the graph that takes them in the current default graph.

    Args:
      run: RunConfig.
      sets: TrainingSets.
      pipeline: gives the features.
      engine: Engine.
      compute: how the network is computed.
      log: Log.
    """
    planned = plan_sets(run, sets, engine)
    plan = planned.train.plan
    say_how_it_is_cut(planned.train, run.train, engine.n_devices, log)
    variables = training_variables(run.model, run.optimizer, engine)
    with tf.device(HOST):
        feeder, dev_feeder = [
            Feeder(source, split, len(engine.devices), run.devices, run.seed, first_device=engine.first_device)
            for source, split in ((augmented(pipeline, run.augmentations, sets.sounds, log), 'train'), (pipeline, 'dev'))]
    network = Network(run.model, variables.weights, engine.devices, compute, first_device=engine.first_device,
                      n_devices=engine.n_devices)
    n_steps = run.optimizer.n_steps
    if n_steps > len(plan.in_order):
        log.warn(f'--accumulate_steps {n_steps}: an epoch has {len(plan.in_order)} steps, so it is one update.')
    part = tf.placeholder_with_default(tf.constant(0, tf.int64), []) if n_steps > 1 else None
    masks = Dropout(dict(zip(DROPOUT_LAYERS, run.dropout)), run.seed, variables.global_step, part)
    update = training_update(
        network, feeder.batches, masks, AdamW(run.optimizer, variables.learning_rate.scheduled),
        n_per_update=len(sets.train) / plan.n_updates(n_steps), engine=engine, n_steps=n_steps, max_norm=run.optimizer.max_norm,
        averages=variables.averages)
    graph = training_graph(network, variables, update, dev_feeder.batches, engine)
    return Built(graph, feeder, dev_feeder, planned, compute.lstm)


def require_equals(engine: Engine, run: RunConfig, sets: PlannedSets, compute: Compute) -> None:
    """Refuses a training of processes that are not all about the same. Raises ConfigError: says what is different."""
    if engine.n_replicas == 1:
        return
    facts = {'version of this program': __version__, 'TensorFlow': VERSION, 'number of devices': len(engine.devices),
             'implementation of the recurrent layer': compute.lstm, 'precision': compute.dtype.name,
             '--reduce_precision': run.cluster.reduce_precision,
             'alphabet': hashlib.sha256(run.alphabet.serialize()).hexdigest()}
    facts.update({f'{name} set': digest for name, digest in sets.contents._asdict().items()})
    settings = configuration(run)
    for name in SAME_SETTINGS:
        facts[name] = settings[name]
    for name in ('train', 'dev', 'metrics'):  # files need not lie at the same place
        facts[f'batches of the {name} set'] = {key: value for key, value in settings[name].items() if key != 'files'}
    first, *others = engine.gather(facts)
    for index, other in enumerate(others, 1):
        for name, value in first.items():
            if other[name] != value:
                raise ConfigError(f'worker {index} is not about the same as worker 0: {name} {other[name]}, there {value}; '
                                  f'start all workers with the same version, data, checkpoints and flags.')
