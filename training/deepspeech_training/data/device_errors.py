"""What is said when a GPU fails in the midst of the work: the cause behind the words of CUDA, and what to do."""

import re
from typing import NamedTuple, Optional, Tuple

from ..errors import TrainingError

MAX_SHOWN = 160  # characters of what TensorFlow says


class Failure(NamedTuple):
    """One kind of failure."""

    pattern: str  # what its messages contain
    sentence: str


FAILURES: Tuple[Failure, ...] = (
    Failure('no kernel image is available|INVALID_PTX|NO_BINARY_FOR_GPU|kernel image is invalid',
            'TensorFlow holds no code for this GPU. Install a newer TensorFlow, or train on the processor with '
            'CUDA_VISIBLE_DEVICES=-1'),
    Failure('ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY|failed to create cublas handle|CUBLAS_STATUS_NOT_INITIALIZED',
            'the GPU gave no memory. Look with nvidia-smi for other programs on it, and leave --use_allow_growth on; if there '
            'are none, choose a smaller batch size'),
    Failure('[Ff]ailed to get convolution algorithm|CUDNN_STATUS_NOT_INITIALIZED|cuDNN failed to initialize|'
            'DNN library (is not found|initialization failed)|cuDNN library.*not compatible',
            'cuDNN could not be started: other programs hold the memory of the GPU (nvidia-smi lists them), or another version '
            'of cuDNN was found than this TensorFlow was built with, which bin/doctor.py compares'),
    Failure('LAUNCH_FAILED|ILLEGAL_ADDRESS|unspecified launch failure|ILLEGAL_INSTRUCTION|ECC_UNCORRECTABLE|launch timed out|'
            'CUDNN_STATUS_EXECUTION_FAILED|CUBLAS_STATUS_EXECUTION_FAILED|(Blas|GEMM|GEMV).*launch failed',
            'the GPU broke off a computation. Repeat the command, which goes on from the last checkpoint; if it happens again, '
            'dmesg tells faults of the driver and the hardware, bin/doctor.py what does not fit together'),
)


def device_failure(message: str) -> Optional[TrainingError]:
    """Returns the error to raise instead of one of TensorFlow with this message; None: it is not about a GPU."""
    for failure in FAILURES:
        if re.search(failure.pattern, message):
            found = ' '.join(message.split())
            shown = found if len(found) <= MAX_SHOWN else f'{found[:MAX_SHOWN]} ...'
            return TrainingError(f'{failure.sentence} ({shown}).')
    return None
