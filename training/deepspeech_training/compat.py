"""The only module that imports TensorFlow; differences between 1.15 and 2.x end here.

`tf` is the TensorFlow-1-style interface: graphs, sessions, variables by name. Everything else asks this module.
"""

import contextlib
import errno
import gc
import os
import re
import sys
import tempfile
import warnings
from typing import TYPE_CHECKING, Any, Iterator, List, NamedTuple, Sequence, Tuple, Union

from .settings.config import DeviceConfig

# Which lines of its own TensorFlow shows: 0 debug, 1 information, 2 warnings, 3 errors. Its C++ side counts from 0 for
# information to 3 for what ends the program, and reads this while it is loaded.
LOG_LEVEL = os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

UNUSED = ('keras.src', 'pandas', 'h5py')  # what takes a third of the time that TensorFlow needs to load, if it is installed


@contextlib.contextmanager
def _without_startup_lines() -> Iterator[None]:
    """Holds back what TensorFlow's C++ side writes to stderr while it loads, whatever the level; not if it fails."""
    if LOG_LEVEL == '0':
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def _without(packages: Sequence[str]) -> Iterator[None]:
    """Makes these packages seem not installed, unless they are loaded already, and keeps Python from looking for garbage.

    TensorFlow does without them. Among the objects that it makes while it loads there is no garbage, and later nobody need
    look for it there.
    """
    hidden, was_enabled = [package for package in packages if package not in sys.modules], gc.isenabled()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: importing it fails
    gc.disable()
    try:
        yield
    finally:
        for package in hidden:
            del sys.modules[package]
        gc.freeze()
        if was_enabled:
            gc.enable()


with _without_startup_lines(), _without(UNUSED), warnings.catch_warnings():
    warnings.simplefilter('ignore')  # TensorFlow 1.15 warns about its own use of NumPy
    import tensorflow as _tensorflow
    from tensorflow.python.client import device_lib as _device_lib

if TYPE_CHECKING:
    import tensorflow.compat.v1 as tf
else:
    tf = _tensorflow.compat.v1
tf.logging.set_verbosity(tf.logging.ERROR)  # disable_v2_behavior would warn about itself
tf.disable_v2_behavior()
tf.logging.set_verbosity(
    {'0': tf.logging.DEBUG, '1': tf.logging.INFO, '2': tf.logging.WARN}.get(LOG_LEVEL, tf.logging.ERROR))

_WHERE_IN_GRAPH = re.compile(
    r"Graph execution error|Detected at node|Node: |\d+ root error|File [\"']|\[\[|Original stack trace|.*defined at")
_NUMBER_OF_ERROR = re.compile(r'\(\d+\) ?[\w ]+: ')  # and its kind, where there are several
VERSION = _tensorflow.__version__
HAS_BFLOAT16_ON_CPU = VERSION >= '2'  # matrix products of such numbers
raw_ops = tf.raw_ops
HAS_ALL_TO_ALL = hasattr(raw_ops, 'CollectiveAllToAllV2')  # between the processes of a cluster


def reason_of(error: BaseException) -> str:
    """Returns in a few words why something could not be read or written; the system's own where they are in an error.

    TensorFlow 2 puts where in the graph and in the program an operation was made before what went wrong, 1.15 into it.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)
    for number in errno.errorcode:
        if re.search(rf'(^|[;:(] ?){re.escape(os.strerror(number))}\b', text, re.MULTILINE):
            return os.strerror(number)
    text = re.sub(r' ?\(defined at [^()\n]*\)', '', text)
    lines = [line.strip() for line in re.sub(r'^ *File ".*", line \d+.*\n.*', '', text, flags=re.MULTILINE).splitlines()]
    said = next((line for line in lines if line and not _WHERE_IN_GRAPH.match(line)), type(error).__name__)
    return _NUMBER_OF_ERROR.sub('', said, count=1) if _NUMBER_OF_ERROR.match(said) else said


def audio_spectrogram(samples: tf.Tensor, window_samples: int, step_samples: int) -> tf.Tensor:
    """Returns squared magnitudes float32 [channels, frames, bins] of `samples` float32 [n, channels].

    Periodic Hann window, no padding; the Fourier transform has the next power of two as its length.
    """
    return raw_ops.AudioSpectrogram(input=samples, window_size=window_samples, stride=step_samples,
                                    magnitude_squared=True)


def mfcc(spectrogram: tf.Tensor, rate_hz: int, n_coefficients: int, upper_hz: float, *, lower_hz: float,
         n_bands: int) -> tf.Tensor:
    """Returns cepstral coefficients float32 [1, frames, n_coefficients] of a spectrogram, made of `n_bands` mel bands."""
    return raw_ops.Mfcc(spectrogram=spectrogram, sample_rate=rate_hz, upper_frequency_limit=upper_hz,
                        lower_frequency_limit=lower_hz, filterbank_channel_count=n_bands,
                        dct_coefficient_count=n_coefficients)


def session_config(devices: DeviceConfig) -> tf.ConfigProto:
    """Returns the `ConfigProto` for a DeviceConfig."""
    config = tf.ConfigProto(
        allow_soft_placement=True, log_device_placement=devices.log_placement,
        inter_op_parallelism_threads=devices.inter_op_threads, intra_op_parallelism_threads=devices.intra_op_threads,
        device_count={'CPU': devices.n_cpu_devices}, gpu_options=tf.GPUOptions(allow_growth=devices.allow_growth))
    if devices.gpu_parts_mib:
        config.gpu_options.experimental.virtual_devices.add(memory_limit_mb=devices.gpu_parts_mib)
    return config


def host_session_config(devices: DeviceConfig) -> tf.ConfigProto:
    """Returns the `ConfigProto` of a session that computes on the CPU in the threads that call it.

    It takes no thread from the session that trains: a session that waits in a thread of another one for threads of the
    same pool could wait for ever.
    """
    config = session_config(devices)
    config.device_count['CPU'], config.device_count['GPU'] = 1, 0
    config.inter_op_parallelism_threads, config.use_per_session_threads = -1, True
    config.log_device_placement = False
    return config


def with_own_threads(dataset: tf.data.Dataset, n_threads: int) -> tf.data.Dataset:
    """Returns `dataset` computed in `n_threads` threads of its own, so that the steps of a training keep theirs.

    Nothing is tuned meanwhile: TensorFlow 2's tuner makes the next pass over the data wait for it, by seconds.
    """
    options = tf.data.Options()
    threading = options.threading if hasattr(options, 'threading') else options.experimental_threading
    threading.private_threadpool_size = n_threads
    if hasattr(options, 'autotune'):
        options.autotune.enabled = False
    else:
        options.experimental_optimization.autotune = False
    return dataset.with_options(options)


def require_determinism() -> None:
    """Makes TensorFlow 2 refuse operations whose result depends on the order in which threads come.

    It holds for this process from now on. TensorFlow 1.15 has no such switch; its operations on processors need none.
    On GPUs, cuDNN's recurrent layer adds up in an order of its own unless cuBLAS has one work space.
    """
    os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
    os.environ.setdefault('TF_CUDNN_DETERMINISTIC', '1')  # what 1.15 has
    if VERSION >= '2':
        _tensorflow.config.experimental.enable_op_determinism()


def visible_devices(devices: DeviceConfig) -> List[str]:
    """Returns the names of the devices that train: all GPUs, else the CPU devices asked for."""
    with tf.Session(graph=tf.Graph(), config=session_config(devices)) as session:
        listed = session.list_devices()
    for kind in ('GPU', 'CPU'):
        names = [f'/{device.name.split("/")[-1]}' for device in listed if device.device_type == kind]
        if names:
            return names
    return ['/device:CPU:0']


def on_gpu(devices: Sequence[str]) -> bool:
    """Returns whether these names (of `visible_devices`) are GPUs."""
    return 'GPU' in devices[0].upper()


class Gpu(NamedTuple):
    """A GPU, or the part of one that is a logical device."""

    name: str  # as of `visible_devices`
    model: str
    capability: Tuple[int, int]  # CUDA's compute capability, which says what code it runs
    memory_bytes: int  # what TensorFlow may take of it


def gpus(devices: DeviceConfig) -> List[Gpu]:
    """Returns the GPUs that train, in the order of `visible_devices`."""
    found = []
    for device in _device_lib.list_local_devices(session_config(devices)):
        said = dict(pair.split(': ', 1) for pair in device.physical_device_desc.split(', ') if ': ' in pair)
        if device.device_type == 'GPU':
            major, minor = said.get('compute capability', '0.0').split('.')
            found.append(Gpu(f'/{device.name.split("/")[-1]}', said.get('name', 'unknown'), (int(major), int(minor)),
                             device.memory_limit))
    return found


class CudaBuild(NamedTuple):
    """What TensorFlow was built with; empty where it was built for processors only."""

    cuda: str
    cudnn: str
    majors: Tuple[int, ...]  # of compute capabilities, which it holds finished code for; (): unknown
    newest_major: int  # of those that the driver can compile code for from what it holds; 0: unknown


def cuda_build() -> CudaBuild:
    """Returns the CudaBuild of this TensorFlow. That of 1.15 does not say; its CUDA knows no GPU after capability 7.5."""
    if VERSION < '2':
        return CudaBuild('10.0', '7', (3, 5, 6, 7), 7) if tf.test.is_built_with_cuda() else CudaBuild('', '', (), 0)
    info: Any = _tensorflow.sysconfig.get_build_info()
    # Such as sm_89 for finished code and compute_90 for what a driver compiles.
    held = [(kind, int(digits[:-1])) for each in info.get('cuda_compute_capabilities') or []
            for kind, digits in re.findall(r'(\w+)_(\d+)', each)]
    return CudaBuild(str(info.get('cuda_version', '')), str(info.get('cudnn_version', '')),
                     tuple(sorted({major for kind, major in held if kind == 'sm'})), max((each[1] for each in held), default=0))


def stacked_product(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Returns the products of the matrices in `left` [..., n, m] and `right` [..., m, k], of equal leading axes.

    They are one operation in TensorFlow 2. That of 1.15 is slow, single products are fast there; the leading axes must
    be known, then.
    """
    if VERSION >= '2':
        return tf.matmul(left, right)
    n = left.shape.as_list()[0]
    multiply = tf.matmul if len(left.shape) == 3 else stacked_product
    return tf.stack([multiply(left[index], right[index]) for index in range(n)])


def strip_default_attributes(graph_def: tf.GraphDef) -> tf.GraphDef:
    """Returns `graph_def` without attributes that have their default, so that older runtimes can read it."""
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(graph_def, name='')
    return tf.train.export_meta_graph(graph=graph, strip_default_attrs=True).graph_def


def dims(tensor: tf.Tensor) -> List[Union[int, tf.Tensor]]:
    """Returns the size of each axis of `tensor`: an int where it is known, else a scalar int32 tensor."""
    dynamic = None
    sizes = []
    for axis, size in enumerate(tensor.shape.as_list()):
        if size is None:
            if dynamic is None:
                dynamic = tf.shape(tensor)
            size = dynamic[axis]
        sizes.append(size)
    return sizes
