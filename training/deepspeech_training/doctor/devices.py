"""Processor, memory, and what TensorFlow finds and can use."""

import os
import re
from typing import Any, Dict, List

from ..memory import available_bytes
from ..processors import n_processors
from .asking import Answer, NoAnswerError, ask
from .cuda import Gpu, Libraries, problems_of_gpu, problems_of_libraries
from .findings import Section

PROCESSOR_FILE = '/proc/cpuinfo'
# Those that TensorFlow, the decoder, the client and the native layers have code for, as Linux calls them.
INSTRUCTIONS = ('avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx_vnni', 'amx_bf16', 'amx_int8', 'asimd',
                'asimddp', 'bf16', 'i8mm', 'sve')
LEAST_GIB = 2  # of memory, for a small model
_MISSING = re.compile(r'Could not load dynamic library|Cannot dlopen|failed call to cuInit|Could not find cuda drivers')


def examine_machine(section: Section) -> None:
    """Adds processor and memory."""
    processor = _processor()
    section.ok('processor', processor.get('model name') or processor.get('CPU part') or 'unknown')
    usable, there = n_processors(), os.cpu_count() or 1
    section.ok('processors', f'{usable} usable' + (f' of {there}: the rest is kept back by a quota or by affinity'
                                                   if usable < there else ''))
    flags = (processor.get('flags') or processor.get('Features') or '').split()
    taken = ' '.join(name for name in INSTRUCTIONS if name in flags)
    is_x86 = 'flags' in processor
    if is_x86 and 'avx' not in flags:
        section.fail('instructions', taken or 'none that are taken', 'TensorFlow\'s packages need AVX and end by "Illegal '
                     'instruction": use another machine, or let the virtual machine show it (QEMU: -cpu host)')
    else:
        section.judge(not is_x86 or {'avx2', 'fma'} <= set(flags), 'instructions', taken or 'unknown',
                      'without AVX2 and FMA the native layers and the client take slow code or none')
    available = available_bytes()
    if available is None:
        section.ok('memory', 'unknown')
    else:
        gib = available / 2 ** 30
        section.judge(gib >= LEAST_GIB, 'memory', f'{gib:.1f} GiB available',
                      f'under {LEAST_GIB} GiB a training may be killed: end other programs, raise the limit of the container, '
                      f'or choose a small --n_hidden, --train_batch_size 1 and --feature_cache off')


def examine_tensorflow(section: Section) -> None:
    """Adds what TensorFlow does on this machine, which a process of its own tries."""
    try:
        answer = ask('tensorflow')
    except NoAnswerError as error:
        section.fail('TensorFlow', f'cannot be used: {error.reason}',
                     error.remedy or 'install it anew in an empty environment: VENV=.venv-new bash bin/setup.sh')
        return
    values = answer.values
    section.ok('TensorFlow', f'{values["version"]} starts and finds {", ".join(values["devices"])}')
    for device, fault in zip(values['devices'], values['computes']):
        if fault:
            section.fail(device, f'cannot compute: {fault}', 'another program may hold its memory (nvidia-smi shows which), or '
                         'driver and libraries do not fit, see below; CUDA_VISIBLE_DEVICES=-1 trains on the processor')
        else:
            section.ok(device, 'computes')
    gpus = [Gpu(each['name'], each['model'], tuple(each['capability']), each['memory_bytes']) for each in values['gpus']]
    if not gpus:
        _without_gpu(section, values, answer)
        return
    libraries = Libraries(**values['loaded'], built_cuda=values['build']['cuda'], built_cudnn=values['build']['cudnn'])
    section.ok('NVIDIA', libraries.text())
    for gpu in gpus:
        section.ok(gpu.name, gpu.text())
    for sentence in values['sentences']:
        section.warn('GPU code', sentence, 'see doc/training.md, GPUs')
    for name, value, remedy, is_failure in [*problems_of_libraries(libraries), *problems_of_gpu(libraries, gpus)]:
        (section.fail if is_failure else section.warn)(name, value, remedy)


def _without_gpu(section: Section, values: Dict[str, Any], answer: Answer) -> None:
    """Adds why there is no GPU, if there should be one."""
    driver, chosen = values['loaded']['driver'], os.environ.get('CUDA_VISIBLE_DEVICES')
    if not driver:
        section.ok('GPU', 'no driver of NVIDIA on this machine: it trains on processors')
        return
    if chosen is not None and chosen.strip() in ('', '-1'):
        section.warn('GPU', f'there is NVIDIA\'s driver {driver}, but CUDA_VISIBLE_DEVICES={chosen!r} hides all GPUs',
                     'unset CUDA_VISIBLE_DEVICES to train on them')
        return
    said = _complaints(answer.lines)
    built = values['build']['cuda']
    what = f'there is NVIDIA\'s driver {driver}, but TensorFlow {values["version"]} finds no GPU'
    if not built:
        section.warn('GPU', f'{what}: it is built for processors only', 'GPU=yes bash bin/setup.sh installs the build for GPUs')
        return
    section.warn('GPU', f'{what}{": " + said if said else ""}',
                 f'it needs CUDA {built} and cuDNN {values["build"]["cudnn"]}: GPU=yes bash bin/setup.sh installs them for '
                 f'TensorFlow 2; in a container, start it with --gpus all. LD_LIBRARY_PATH of another CUDA, and the cuDNN that '
                 f'another package brought (torch), are loaded first: unset the one, install the other elsewhere')


def _complaints(lines: List[str]) -> str:
    """Returns what TensorFlow said about libraries, without its time and place."""
    found = [re.sub(r'^.*?\.cc:\d+\] ', '', line) for line in lines if _MISSING.search(line)]
    return '; '.join(dict.fromkeys(found))[:600]


def _processor() -> Dict[str, str]:
    """Returns what Linux says of the first processor."""
    try:
        with open(PROCESSOR_FILE, encoding='utf-8', errors='replace') as file:
            text = file.read().split('\n\n', 1)[0]
    except OSError:
        return {}
    pairs = (line.split(':', 1) for line in text.splitlines() if ':' in line)
    return {name.strip(): value.strip() for name, value in pairs}
