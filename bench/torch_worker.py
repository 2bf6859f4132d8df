"""The step of training_worker.py as someone would write it with PyTorch, in a process of its own.

    python -m venv build/torch && build/torch/bin/pip install torch numpy       (what train_step.py --torch_python needs)

The build of PyTorch for processors does as well as the one with CUDA, and is a tenth of the size where an index has it. Lines
in and out are those of training_worker.py; the seconds are those of zero_grad, forward, CTC, backward and Adam.
Short because PyTorch has all the parts.
"""

import contextlib
import json
import os
import resource
import sys
import time
from typing import Any, Callable, Dict

import numpy as np
import torch
from torch import nn

N_INPUT, N_CONTEXT, FRAMES_PER_LABEL, RELU_CLIP = 26, 9, 5, 20.
WINDOW = (2 * N_CONTEXT + 1) * N_INPUT


class Network(nn.Module):
    """Three clipped-ReLU layers over a window of 19 frames, an LSTM, one more clipped-ReLU layer, a linear one."""

    def __init__(self, n_hidden: int, n_outputs: int, dropout: float, bidirectional: bool) -> None:
        super().__init__()
        self._first = nn.ModuleList([nn.Linear(WINDOW, n_hidden), nn.Linear(n_hidden, n_hidden),
                                     nn.Linear(n_hidden, n_hidden)])
        self._lstm = nn.LSTM(n_hidden, n_hidden, bidirectional=bidirectional)
        self._fifth = nn.Linear(n_hidden * (1 + bidirectional), n_hidden)
        self._output = nn.Linear(n_hidden, n_outputs)
        self._dropout = nn.Dropout(dropout)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Returns scores [time, batch, labels + 1] of `features` [batch, time + 18, 26]."""
        windows = features.unfold(1, 2 * N_CONTEXT + 1, 1).permute(1, 0, 3, 2)  # [T, B, 19, 26]
        x = windows.reshape(windows.shape[0], windows.shape[1], WINDOW)
        for layer in self._first:
            x = self._dropout(torch.clamp(layer(x), 0., RELU_CLIP))
        x, _ = self._lstm(x)
        x = self._dropout(torch.clamp(self._fifth(x), 0., RELU_CLIP))
        return self._output(x)


def main() -> None:
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(1)
    take_step = step(job)
    answer(take_step)
    for _ in sys.stdin:
        answer(take_step)


def step(job: Dict[str, Any]) -> Callable[[], float]:
    """Returns what makes one update and returns its loss."""
    random = np.random.RandomState(1)
    n_batch, n_time, n_labels = job['batch'], job['frames'], job['n_labels']
    features = torch.from_numpy(random.randn(n_batch, n_time + 2 * N_CONTEXT, N_INPUT).astype('f'))
    labels = torch.from_numpy(random.randint(0, n_labels, [n_batch, n_time // FRAMES_PER_LABEL]))
    lengths = torch.full([n_batch], n_time)
    label_lengths = torch.full([n_batch], labels.shape[1])
    network = Network(job['n_hidden'], n_labels + 1, job['dropout'], job['direction'] == 'bidirectional')
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    loss_of = nn.CTCLoss(blank=n_labels, reduction='sum')

    def take_step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with precision_of(job['precision']):
            scores = network(features)
        loss = loss_of(scores.float().log_softmax(2), labels, lengths, label_lengths)
        (loss / n_batch).backward()
        optimizer.step()
        return loss.item()

    return take_step


def precision_of(precision: str) -> Any:
    """Returns a context in which products are made of numbers of this type."""
    if precision == 'float32':
        return contextlib.nullcontext()
    return torch.autocast('cpu', dtype=getattr(torch, precision))


def answer(take_step: Callable[[], float]) -> None:
    started = time.perf_counter()
    take_step()
    print(json.dumps({'seconds': time.perf_counter() - started,
                      'peak_mib': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


if __name__ == '__main__':
    main()
