"""What part of a training step each operation belongs to, and how a traced step's time divides among the parts.

The model gives its recurrent layer, dropout and loss a name scope each; a gradient's name contains that of what it is
the gradient of. The rest goes by the operation's type.
"""

import re
from typing import Any, Dict, List, Tuple

SESSION, IDLE = 'session, until the first operation', 'nothing runs (scheduling)'
PARTS = ('dense layers: products forward', 'dense layers: products backward', 'dense layers: bias, clipping',
         'recurrent: products over all steps', 'recurrent: whole sequence in one call', 'recurrent: products within steps',
         'recurrent: gates and their gradients', 'recurrent: loop control, arrays', 'recurrent: copies, transposes, casts',
         'CTC', 'dropout', 'Adam', 'other copies, transposes, casts', 'other', SESSION,
         IDLE)
PRODUCTS = re.compile(r'(_Fused|_Mkl.*)?(Batch)?MatMul(V2|V3)?|(_Fused|_Mkl.*)?Conv2D(BackpropFilter|BackpropInput)?|Einsum')
CELLS = re.compile(r'BlockLSTM.*|LSTMBlock.*|CudnnRNN.*|(Eager)?PyFunc.*')
MOVES = re.compile(r'Transpose|Conj.*|Cast|ConcatV2|Pack|Unpack|Split|SplitV|StridedSlice(Grad)?|Slice|Reverse.*|Tile|'
                   r'Fill|ZerosLike|.*TensorArrayGather.*')
LOOP = re.compile(r'Enter|Exit|Merge|Switch|NextIteration|LoopCond|TensorArray.*|StridedSlice|ExpandDims|Less|GreaterEqual|'
                  r'Const|Identity|LogicalAnd|Shape|Squeeze|Reshape')
ACTIVATION = re.compile(r'BiasAdd(Grad)?|ClipByValue|ReluGrad|Relu|Mul|Sub')

Kernel = Tuple[str, int, int]  # part, beginning and end in nanoseconds


def part_of(name: str, kind: str) -> str:
    """Returns the one of PARTS that an operation belongs to.

    Args:
      name: of the operation, with its scopes.
      kind: its type.
    """
    if 'recurrent/' in name:
        return f'recurrent: {_within_recurrent(name, kind)}'
    for scope, part in (('ctc/', 'CTC'), ('dropout', 'dropout'), ('Adam', 'Adam')):
        if scope in name:
            return part
    if PRODUCTS.fullmatch(kind):
        return f'dense layers: products {"backward" if "gradients" in name else "forward"}'
    if ACTIVATION.fullmatch(kind) or CELLS.fullmatch(kind):  # the native library's with dropout
        return 'dense layers: bias, clipping'
    return 'other copies, transposes, casts' if MOVES.fullmatch(kind) else 'other'


def _within_recurrent(name: str, kind: str) -> str:
    if CELLS.fullmatch(kind):
        return 'whole sequence in one call'
    if '/while' in name:
        if PRODUCTS.fullmatch(kind):
            return 'products within steps'
        return 'loop control, arrays' if LOOP.fullmatch(kind) else 'gates and their gradients'
    if PRODUCTS.fullmatch(kind):
        return 'products over all steps'
    return 'copies, transposes, casts'


def kernels_of(step_stats: Any) -> List[Kernel]:
    """Returns all operations that a step ran on processors.

    Args:
      step_stats: `step_stats` of a RunMetadata.
    """
    kernels = []
    for device in step_stats.dev_stats:
        if not re.search(r'/device:CPU:\d+$', device.device):
            continue
        for node in device.node_stats:
            kind = re.search(r' = (\w+)\(', node.timeline_label)
            kernels.append((part_of(node.node_name, kind.group(1) if kind else ''),
                            node.all_start_nanos + node.op_start_rel_nanos, node.all_start_nanos + node.op_end_rel_nanos))
    return kernels


def divide(kernels: List[Kernel], called_ns: int) -> Dict[str, float]:
    """Returns the seconds of each of PARTS; they add up to the time from the call to the end of the last operation.

    Each moment is divided equally among the operations that run then; where none runs, it is IDLE.

    Args:
      kernels: of one step.
      called_ns: when the session was called, nanoseconds since 1970.
    """
    parts = dict.fromkeys(PARTS, 0.)
    running = dict.fromkeys(PARTS, 0)
    ends = sorted([(begin, 1, part) for part, begin, _ in kernels] + [(end, -1, part) for part, _, end in kernels])
    since, n_running = called_ns, 0
    for moment, change, part in ends:
        if n_running:
            for name, count in running.items():
                parts[name] += (moment - since) / 1e9 * count / n_running
        else:
            parts[SESSION if since == called_ns else IDLE] += (moment - since) / 1e9
        running[part] += change
        n_running += change
        since = moment
    return parts
