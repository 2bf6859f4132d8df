"""Which model a run begins with: a checkpoint, a part of its layers, an exported graph, or none."""

from ..errors import CheckpointError
from ..model.variables import LAYERS, RECURRENT
from .selection import for_evaluation, for_training, newest_of_own_run
from .frozen import FrozenModel

# In the order in which --drop_source_layers leaves them out.
DROPPABLE = (6, 5, RECURRENT, 3, 2)


def starting_point(config, log):
    """Returns the StoredModel that a training starts from, or None to start afresh.

    A run of this trainer in the directory to save to goes on as it is: what `--initialize_from_frozen_model` and
    `--drop_source_layers` ask for was done when it began.

    Args:
      config: CheckpointConfig.
      log: Log.
    Raises:
      CheckpointError: there is nothing to start from, or it cannot be read.
    """
    source = _frozen(config, log) or for_training(config, log)
    if config.drop_source_layers:
        source = _without_last_layers(config, source, log)
    if source and config.load_cudnn:
        missing = source.missing(source.recurrent_slots())
        for name in missing:
            log.warn(f'CUDNN variable not found: {name}')
        source = source.lacking(missing)
    return source


def model_to_evaluate(run, log):
    """Returns the StoredModel for test, export, search and single inference.

    After training that is what was trained. Without it, it is the exported model of `--initialize_from_frozen_model`,
    unless a run of this trainer is in the directory named on the command line: then that is what became of the exported
    model, and the flags are those of its training.

    Args:
      run: Asked or RunConfig.
      log: Log.
    Raises:
      CheckpointError: there is no model, or it cannot be read.
    """
    config = run.checkpoints
    if run.train.files:
        return for_evaluation(config, config.save_dir, log)
    if config.frozen_model:
        if not config.load_dir_is_given or not newest_of_own_run(config.load_dir, log):
            return _opened(config, log)
        log.warn(f'--initialize_from_frozen_model {config.frozen_model} is not used: a model of this trainer is in '
                 f'{config.load_dir}. To use the exported one, leave out that directory.')
    return for_evaluation(config, config.load_dir, log)


def _frozen(config, log):
    """Returns the FrozenModel asked for, or None."""
    if not config.frozen_model:
        return None
    own = newest_of_own_run(config.save_dir, log) if config.load_train != 'init' else None
    if own:
        log.info(f'--initialize_from_frozen_model {config.frozen_model} is not needed any more: a run of '
                 f'{config.save_dir} goes on.')
        return None
    return _opened(config, log)


def _opened(config, log):
    log.info(f'Taking the weights from the exported model {config.frozen_model}')
    return FrozenModel(config.frozen_model)


def _without_last_layers(config, source, log):
    """Returns the layers of `source` that a transfer keeps."""
    n_layers = config.drop_source_layers
    if n_layers > len(DROPPABLE):
        log.warn(f'--drop_source_layers {n_layers}: layer 1 is always kept, so it means {len(DROPPABLE)}.')
        n_layers = len(DROPPABLE)
    if source is None:
        raise CheckpointError(f'--drop_source_layers {n_layers}: there is no model in {config.load_dir} to take '
                              f'the other layers from; pass its directory with --load_checkpoint_dir, or leave out the '
                              f'flag.')
    if source.progress and source.is_in(config.save_dir):
        log.info(f'--drop_source_layers {n_layers} is not carried out: a run of {config.save_dir} goes on. To transfer '
                 f'its model, pass another --save_checkpoint_dir.')
        return source
    dropped = DROPPABLE[:n_layers]
    kept = [layer for layer in LAYERS if layer not in dropped]
    log.info(f'Transfer: layers {", ".join(map(str, kept))} come from {source.prefix}; '
             f'{", ".join(str(layer) for layer in LAYERS if layer in dropped)} and the optimizer start afresh.')
    return source.of_layers(kept)
