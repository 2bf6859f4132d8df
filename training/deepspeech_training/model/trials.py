"""Trials of implementations of the recurrent layer that need not work, or gain, on every machine.

Short because each has a module of its own.
"""

from typing import Optional, Sequence

from ..compat import tf
from ..console.log import Log
from ..settings.config import DeviceConfig
from ..settings.model import ModelConfig
from .compute import Trial
from .cudnn_trial import try_cudnn
from .native_trial import try_native

NARROW = 64  # up to so many units native takes less than half of the loop's time everywhere (doc/performance.md)


def trials(model: ModelConfig, devices: Sequence[str], settings: DeviceConfig, n_threads: int, log: Log) -> Trial:
    """Returns what `compute.choose` asks.

    Args:
      model: the network.
      devices: names of the devices that compute it.
      settings: of the sessions.
      n_threads: of the native layer.
      log: told of what does not work.
    """
    def run(lstm: str, dtype: tf.DType) -> Optional[str]:
        if lstm == 'cudnn':
            return try_cudnn(dtype, model=model, devices=devices, settings=settings, log=log)
        # With products of float32 native is the faster one everywhere (doc/performance.md); with bfloat16 that is for the
        # processor's units to say, in wide layers. What a clock says is not the same in every run.
        if dtype != tf.bfloat16 or model.n_cell <= NARROW or settings.deterministic:
            return None
        return try_native(dtype, model=model, settings=settings, n_threads=n_threads, log=log)

    return run
