"""Runs one whole training, from the command to exit, and reads off what it says: shared by benchmarks of trainings."""

import json
import os
import re
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEV_LOSS = re.compile(r'Finished validating epoch (\d+) on .* - loss: (\S+)')
RATES = re.compile(r'Test on .* - WER: ([\d.]+), CER: ([\d.]+), loss: ([\d.]+)')
GREEDY = re.compile(r'Greedy WER: ([\d.]+), CER: ([\d.]+)')

Result = Dict[str, Any]  # what `train` measured of one run, for JSON


def result_of(command: Sequence[str], path: str, **labels: Any) -> Result:
    """Returns what a training gave: from `path`, where an earlier call of the same command has left it, else by training.

    Args:
      command: trains, validates each epoch and tests.
      path: JSON file of the result.
      labels: put into the result as they are.
    """
    return _kept(command, path) or _train(command, path, labels)


def _kept(command: Sequence[str], path: str) -> Optional[Result]:
    if os.path.exists(path):
        with open(path, encoding='utf-8') as file:
            result = json.load(file)
        if result.get('command') == list(command):
            return result
    return None


def _train(command: Sequence[str], path: str, labels: Dict[str, Any]) -> Result:
    losses: List[float] = []
    times, lines = [], []
    started = time.perf_counter()
    process: Any = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    for line in process.stdout:
        lines.append(line)
        found = DEV_LOSS.search(line)
        if found:
            losses.append(float(found.group(2)))
            times.append(time.perf_counter() - started)
    if process.wait():
        sys.exit(''.join(lines[-20:]) + f'E {labels}: the training failed, see above.')
    text = ''.join(lines)
    wer, cer, test_loss = map(float, RATES.findall(text)[0])
    greedy_wer, greedy_cer = map(float, GREEDY.findall(text)[0])
    result = dict(labels, command=list(command), wall_s=time.perf_counter() - started, dev_losses=losses, dev_times_s=times,
                  wer=wer, cer=cer, test_loss=test_loss, greedy_wer=greedy_wer, greedy_cer=greedy_cer)
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(result, file)
    return result
