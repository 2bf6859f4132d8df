"""Variables of the environment that change what happens here; what is known to go wrong with them."""

import glob
import os
import re
from typing import Mapping, NamedTuple

from .findings import Section


class Known(NamedTuple):
    """A variable of which some values are a trap."""

    bad: str  # regular expression for these values, whole
    remedy: str


VARIABLES = {
    'CUDA_VISIBLE_DEVICES': Known('', ''),  # where it hides GPUs, examine_tensorflow says so
    'CUDA_CACHE_DISABLE': Known('1', 'code for new GPUs is compiled at every start, for minutes: unset it'),
    'TF_XLA_FLAGS': Known('.*auto_jit=?[12(f].*', 'XLA has no code for cuDNN\'s recurrent layer (keras-team/keras-core#611): '
                                                'unset it'),
    'TF_ENABLE_ONEDNN_OPTS': Known('0|false', 'bfloat16 and convolutions on processors are slower: unset it'),
    'TF_FORCE_GPU_ALLOW_GROWTH': Known('false', 'TensorFlow takes all memory of a GPU at once, and fails where another program '
                                                'has some: unset it'),
    'TF_CUDNN_RESET_RND_GEN_STATE': Known('0|false', 'cuDNN fails on sequences of different lengths (mozilla/DeepSpeech#3088): '
                                                     'unset it'),
    'TF_CPP_MIN_LOG_LEVEL': Known('0', 'TensorFlow writes lines of debugging between those of the training: unset it'),
    'TF_USE_LEGACY_KERAS': Known('', ''),
    'TF_NUM_INTRAOP_THREADS': Known('1', 'a training has one thread for its operations: unset it'),
    'TF_NUM_INTEROP_THREADS': Known('', ''),
    'OMP_NUM_THREADS': Known('1', 'NumPy and oneDNN compute in one thread: unset it to train'),
    'NVIDIA_TF32_OVERRIDE': Known('', ''),
    'DS_WEIGHTS': Known('', ''),
    'PYTHONPATH': Known('', ''),
    'PYTHONHOME': Known('.+', 'Python takes its library from there, that of another one mostly: unset it'),
    'LD_PRELOAD': Known('', ''),
}
PROXIES = ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'all_proxy', 'no_proxy')
LIBRARIES = ('DS_LIBRARY', 'DS_LAYERS_LIBRARY')  # that stand in for ours
CUDA_FILES = ('libcudart.so*', 'libcudnn.so*', 'libcublas.so*')


def examine_environment(section: Section, environment: Mapping[str, str] = os.environ) -> None:
    """Adds the variables that are set and matter."""
    n_before = len(section.all)
    for name, known in VARIABLES.items():
        if name in environment:
            is_bad = known.remedy and re.fullmatch(known.bad, environment[name].strip(), re.IGNORECASE)
            section.judge(not is_bad, name, repr(environment[name]), known.remedy)
    for name in LIBRARIES:
        if name in environment:
            section.judge(os.path.isfile(environment[name]), name, environment[name], 'there is no such file: unset it')
    for name in PROXIES:
        if name in environment:
            # Who may use a proxy is nobody's business who reads a report.
            section.ok(name, re.sub(r'^([a-z0-9+.-]+://)?.*@', r'\1***@', environment[name], flags=re.IGNORECASE))
    _library_path(section, environment.get('LD_LIBRARY_PATH', ''))
    if len(section.all) == n_before:
        section.ok('variables', 'none is set that changes anything')


def _library_path(section: Section, path: str) -> None:
    """Adds LD_LIBRARY_PATH. What lies there is loaded instead of the CUDA that pip installed."""
    if not path:
        return
    found = [file for directory in path.split(os.pathsep) if directory for name in CUDA_FILES
             for file in sorted(glob.glob(os.path.join(glob.escape(directory), name)))[:1]]
    section.judge(not found, 'LD_LIBRARY_PATH', path + (f' holds {", ".join(found)}' if found else ''),
                  'TensorFlow 2 then loads this CUDA instead of the one that it was installed with, and may find no GPU '
                  '(tensorflow/tensorflow#63362): unset it. TensorFlow 1.15 needs CUDA 10.0 and cuDNN 7.6 there')
