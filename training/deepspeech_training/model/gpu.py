"""The GPUs that TensorFlow takes, and the versions of NVIDIA's libraries: what a log should say before anything fails there.

Versions are asked of the very libraries that this process has loaded. Which ones these are depends on search paths and on what
else is installed, and some pairs of them and a driver fail (tensorflow/tensorflow#105092).
"""

import ctypes
import os
import re
from typing import NamedTuple, Optional

from ..compat import VERSION, CudaBuild, Gpu, cuda_build, gpus
from ..console.log import Log
from ..settings.config import DeviceConfig

DRIVER_FILE = '/proc/driver/nvidia/version'
KEEP = 'CUDA_CACHE_MAXSIZE=4294967296 keeps all that was compiled.'
LOADED_FILES = '/proc/self/maps'  # a line for each part of a file that this process has in memory


class Versions(NamedTuple):
    """Versions of what a GPU needs, such as 12.5; None: not loaded, or it does not say."""

    driver: Optional[str]  # of the kernel's driver
    driver_cuda: Optional[str]  # the newest CUDA that the driver can run
    cuda: Optional[str]
    cudnn: Optional[str]


def loaded_versions() -> Versions:
    """Returns the Versions of what this process has loaded; TensorFlow loads it with the first session that has a GPU."""
    return Versions(driver_version(), _cuda_version('libcuda.so', 'cuDriverGetVersion'),
                    _cuda_version('libcudart', 'cudaRuntimeGetVersion'), _cudnn_version())


def driver_version() -> Optional[str]:
    """Returns the version of NVIDIA's driver on this machine, or None."""
    try:
        with open(DRIVER_FILE, encoding='utf-8', errors='replace') as file:
            found = re.search(r'Module.*?\s(\d+(?:\.\d+)+)\s', file.read())
    except OSError:
        return None
    return found.group(1) if found else 'unknown'


def say_what_is_found(settings: DeviceConfig, log: Log) -> None:
    """Says which GPUs there are, what they run on, and what is known to go wrong with them. Without a GPU it is silent,
    unless there is a driver for one."""
    found, driver = gpus(settings), driver_version()
    if not found:
        if driver and os.environ.get('CUDA_VISIBLE_DEVICES', '0') not in ('', '-1'):
            log.warn(f'This machine has NVIDIA\'s driver {driver}, but TensorFlow {VERSION} finds no GPU: "GPU=yes bash '
                     f'bin/setup.sh" installs the CUDA libraries that it was built with; TF_CPP_MIN_LOG_LEVEL=1 shows what it '
                     f'misses.')
        return
    build = cuda_build()
    for gpu in found:
        log.info(f'{gpu.name} is {gpu.model}, compute capability {_text(gpu)}, {gpu.memory_bytes / 2 ** 30:.1f} GiB.')
    log.info(_described(loaded_versions(), build))
    for sentence in sorted({compiled_at_start(gpu, build) for gpu in found} - {''}):
        log.info(sentence)
    for sentence in sorted({without_kernels(gpu, build) for gpu in found} - {''}):
        log.warn(sentence)


def without_kernels(gpu: Gpu, build: CudaBuild) -> str:
    """Returns what to say of a GPU that is newer than all that TensorFlow holds code for; empty: it holds some."""
    if not build.newest_major or gpu.capability[0] <= build.newest_major:
        return ''
    return (f'{gpu.model} has compute capability {_text(gpu)}, and TensorFlow {VERSION} holds code for capabilities up to '
            f'{build.newest_major}.x: its first start there compiles for half an hour or fails. {KEEP} CUDA_VISIBLE_DEVICES=-1 '
            f'trains on the processor instead.')


def compiled_at_start(gpu: Gpu, build: CudaBuild) -> str:
    """Returns what to say of a GPU that the driver has to compile TensorFlow's code for; empty: there is nothing to say."""
    if not build.majors or gpu.capability[0] in build.majors or without_kernels(gpu, build):
        return ''
    return f'TensorFlow {VERSION} compiles its code for {gpu.model} at the first start, which takes minutes. {KEEP}'


def _described(found: Versions, build: CudaBuild) -> str:
    return (f'NVIDIA driver {found.driver or "unknown"}, for CUDA up to {found.driver_cuda or "unknown"}; loaded: CUDA '
            f'{found.cuda or "unknown"}, cuDNN {found.cudnn or "unknown"}; TensorFlow {VERSION} was built with CUDA '
            f'{build.cuda or "unknown"}, cuDNN {build.cudnn or "unknown"}.')


def _text(gpu):
    return '.'.join(map(str, gpu.capability))


def _cuda_version(library, function):
    """Returns what `function` of a loaded library gives: an error code, and 1000 times the major and 10 times the minor."""
    found, number = _loaded(library), ctypes.c_int()
    if not found or not hasattr(found, function) or getattr(found, function)(ctypes.byref(number)) or not number.value:
        return None
    return f'{number.value // 1000}.{number.value % 1000 // 10}'


def _cudnn_version():
    found = _loaded('libcudnn.so')
    if not found:
        return None
    found.cudnnGetVersion.restype = ctypes.c_size_t
    number = found.cudnnGetVersion()
    unit = 10000 if number >= 90000 else 1000  # as of version 9 the major one has more room
    return f'{number // unit}.{number % unit // 100}.{number % 100}'


def _loaded(start_of_name):
    """Returns a library that this process has in memory, or None; loads none."""
    try:
        with open(LOADED_FILES, encoding='utf-8', errors='replace') as file:
            paths = {line.split(None, 5)[5].rstrip('\n') for line in file if line.count('/')}
    except OSError:
        return None
    path = next((path for path in sorted(paths) if os.path.basename(path).startswith(start_of_name)), None)
    try:
        return ctypes.CDLL(path) if path else None
    except OSError:  # it was replaced on the disk meanwhile
        return None
