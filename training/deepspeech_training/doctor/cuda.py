"""What is known to go wrong with GPUs, drivers and NVIDIA's libraries: facts as functions of versions, tried without a GPU.

No TensorFlow here: what it has loaded comes from a process of its own.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from .installed import numbers

OLDEST_DRIVER = '525.60.13'  # for CUDA 12 on Linux. Source: NVIDIA's cuDNN support matrix
CONSTRAINTS = 'GPU=yes bash bin/setup.sh, or pip install -c constraints-gpu.txt "tensorflow[and-cuda]"'
Problem = Tuple[str, str, str, bool]  # name, what is so, what to do, whether it is a failure


class Gpu(NamedTuple):
    """A GPU as TensorFlow describes it."""

    name: str
    model: str
    capability: Tuple[int, ...]
    memory_bytes: int

    def text(self) -> str:
        """Returns it in words."""
        gib = self.memory_bytes / 2 ** 30
        return f'{self.model}, compute capability {_text(self.capability)}, {gib:.1f} GiB for TensorFlow'


class Libraries(NamedTuple):
    """Versions: of the driver, the newest CUDA that it runs, CUDA and cuDNN as loaded and as built with. None: unknown."""

    driver: Optional[str]
    driver_cuda: Optional[str]
    cuda: Optional[str]
    cudnn: Optional[str]
    built_cuda: str
    built_cudnn: str

    def text(self) -> str:
        """Returns them in words."""
        return (f'driver {self.driver or "unknown"} for CUDA up to {self.driver_cuda or "unknown"}; loaded: CUDA '
                f'{self.cuda or "unknown"}, cuDNN {self.cudnn or "unknown"}; TensorFlow was built with CUDA '
                f'{self.built_cuda or "none"}, cuDNN {self.built_cudnn or "none"}')


def problems_of_libraries(found: Libraries) -> List[Problem]:
    """Returns what is wrong with the driver and libraries, whatever the GPU."""
    problems: List[Problem] = []
    driver = numbers(found.driver or '')
    if found.built_cuda.startswith('12') and driver and driver < numbers(OLDEST_DRIVER):
        problems.append(('driver', f'{found.driver} is older than {OLDEST_DRIVER}, which CUDA 12 needs',
                         'install a newer driver of NVIDIA, on the host if this is a container', True))
    loaded, runs = numbers(found.cuda or ''), numbers(found.driver_cuda or '')
    if loaded and runs and loaded[0] > runs[0]:
        problems.append(('driver', f'runs CUDA up to {found.driver_cuda}, and CUDA {found.cuda} is loaded',
                         f'install a newer driver, or an older CUDA: {CONSTRAINTS}', True))
    for name, here, built in (('CUDA', found.cuda, found.built_cuda), ('cuDNN', found.cudnn, found.built_cudnn)):
        if here and built and numbers(here)[0] != numbers(built)[0]:
            problems.append((name, f'{here} is loaded, TensorFlow was built with {built}',
                             f'LD_LIBRARY_PATH or another package leads to it: unset the former, then {CONSTRAINTS}', True))
    return problems


def problems_of_gpu(found: Libraries, gpus: Sequence[Gpu]) -> List[Problem]:
    """Returns what these libraries do with these GPUs."""
    cuda, cudnn = numbers(found.cuda or ''), numbers(found.cudnn or '')
    problems: List[Problem] = []
    for gpu in gpus:
        # Source: tensorflow/tensorflow#105092, seen on V100, A100 and H100.
        if cuda >= (12, 9) and cudnn[:1] == (9,) and gpu.capability in ((7, 0), (8, 0), (9, 0)):
            problems.append((gpu.name, f'with CUDA {found.cuda} and cuDNN {found.cudnn} recurrent layers fail on '
                             f'{gpu.model} (tensorflow/tensorflow#105092)', f'{CONSTRAINTS}; or --lstm_impl loop', False))
        # Source: immich-app/immich#23110.
        if cudnn >= (9, 11) and gpu.capability < (7, 5):
            problems.append((gpu.name, f'cuDNN {found.cudnn} has no code for capability {_text(gpu.capability)} any more '
                             f'({gpu.model})', CONSTRAINTS, True))
    return problems


def _text(capability: Sequence[int]) -> str:
    return '.'.join(map(str, capability))
