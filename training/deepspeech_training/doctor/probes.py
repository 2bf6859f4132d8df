"""What a process of its own finds out about native libraries and TensorFlow, see `asking`."""

import json
import os
import sys
from typing import Any, Callable, Dict, Sequence

from .asking import MARK

Values = Dict[str, Any]


def main(probe: str, arguments: Sequence[str]) -> None:
    """Prints the answer of a probe as one line of JSON."""
    try:
        values = PROBES[probe](*arguments)
    except Exception as error:  # whatever it is, the process that asked is to hear of it
        text = ' '.join(str(error).split())[:2000]
        values = {'error': text if ' ' in text else f'{type(error).__name__} {text}', 'remedy': _remedy(error)}
    sys.stdout.flush()
    print('\n' + MARK + json.dumps(values), flush=True)


def _remedy(error: Exception) -> str:
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        return f'{error.name} is not installed: bash bin/setup.sh'
    if 'libcud' in text or 'libcublas' in text:
        return 'CUDA is missing: GPU=yes bash bin/setup.sh installs it for TensorFlow 2; 1.15.5 needs CUDA 10.0 and cuDNN 7.6'
    if 'Descriptors cannot' in text or 'protobuf' in text:
        return 'protobuf does not fit TensorFlow: pip install "protobuf<3.21" for TensorFlow 1.15, else bash bin/setup.sh'
    if 'numpy' in text.lower():
        return 'NumPy does not fit: pip install the version that requirements.txt states'
    return ''


def decoder() -> Values:
    """Loads the native decoder and decodes with it."""
    import numpy as np

    from ..decode.interface import make_decoder
    from ..settings.config import DecoderConfig
    from ..text.alphabet import Alphabet
    text = make_decoder(DecoderConfig(beam_width=4), Alphabet('ab')).decode(np.array([[.9, .05, .05], [.1, .8, .1]]))[0].text
    if text != 'ab':
        raise ValueError(f'decodes {text!r} where "ab" is meant')
    return {'says': 'decodes'}


def client() -> Values:
    """Loads the native library of the client."""
    from deepspeech.library import library_path, load_library
    load_library()
    return {'says': f'loads {library_path()}'}


def layers() -> Values:
    """Loads the native layers."""
    from ..model.native_library import layers as package
    from ..model.native_library import reason_missing
    reason = reason_missing()
    if reason:
        raise ValueError(reason)
    return {'says': f'kernels {package().kernels()}'}


def tensorflow() -> Values:
    """Loads TensorFlow, asks for its devices and computes on each."""
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '1'  # what it says about libraries that it misses is looked at
    from ..compat import VERSION, cuda_build, gpus, tf, visible_devices
    from ..model.gpu import compiled_at_start, loaded_versions, without_kernels
    from ..settings.config import DeviceConfig
    settings = DeviceConfig()
    devices, build, found = visible_devices(settings), cuda_build(), gpus(settings)
    sentences = [sentence for gpu in found for sentence in (compiled_at_start(gpu, build), without_kernels(gpu, build))]
    return {'version': VERSION, 'devices': devices, 'computes': [_computes(tf, device) for device in devices],
            'gpus': [gpu._asdict() for gpu in found], 'build': build._asdict(), 'loaded': loaded_versions()._asdict(),
            'sentences': sorted(set(sentences) - {''})}


def _computes(tf: Any, device: str) -> str:
    """Returns why a device cannot multiply matrices and convolve, for which a GPU loads cuDNN; '' if it can."""
    from ..compat import reason_of, session_config
    from ..settings.config import DeviceConfig
    graph = tf.Graph()
    with graph.as_default(), tf.device(device):
        product = tf.reduce_sum(tf.matmul(tf.ones([64, 64]), tf.ones([64, 64])))
        folded = tf.nn.conv2d(tf.ones([1, 8, 8, 1]), tf.ones([3, 3, 1, 1]), strides=[1, 1, 1, 1], padding='VALID')
        total = product + tf.reduce_sum(folded)
    try:
        with tf.Session(graph=graph, config=session_config(DeviceConfig())) as session:
            value = float(session.run(total))
    except (tf.errors.OpError, RuntimeError) as error:
        return reason_of(error)
    wanted = 64. ** 3 + 6 * 6 * 9
    return '' if value == wanted else f'computes {value} instead of {wanted}'


def checkpoints(directory: str) -> Values:
    """Opens the last and the best checkpoint of a directory, of whatever release."""
    from ..checkpoints.directory import CheckpointDirectory
    from ..errors import CheckpointError
    store, found = CheckpointDirectory(directory), {}
    for kind in ('last', 'best'):
        try:
            model = store.find(kind)
            found[kind] = None if model is None else {
                'path': model.path, 'geometry': model.geometry._asdict(), 'feature_sets': model.feature_sets}
        except CheckpointError as error:
            found[kind] = {'error': str(error)}
    return found


PROBES: Dict[str, Callable[..., Values]] = {
    'decoder': decoder, 'client': client, 'layers': layers, 'tensorflow': tensorflow, 'checkpoints': checkpoints}
