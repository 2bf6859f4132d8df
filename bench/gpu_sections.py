"""What gpu.py finds out: a function for each section, which returns what was measured and whether it is as it should be."""

import json
import os
import re
import signal
import subprocess
import time
from typing import Any, Dict, List, NamedTuple

from gpu_process import Job, Machine

DATA = os.path.join('data', 'tiny-dataset')
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PRECISIONS = ('float32', 'tf32', 'float16', 'bfloat16')
# How far cuDNN may be from the loop, of the largest value.
LIMITS = {'float32': 1e-3, 'tf32': 0.02, 'float16': 0.05, 'bfloat16': 0.2}
IN_ONE_GRAPH = (('float32', 'tf32'), ('float16',), ('bfloat16',))
TOWERS_LIMIT = 2e-3  # of the loss; Adam enlarges rounding


class Sizes(NamedTuple):
    """How much is computed."""

    product: int  # rows of the matrices
    chain: int
    turns: int
    widths: List[int]
    batch: int
    frames: int
    limit: int  # utterances of the trainings; 0: all
    n_hidden: int
    epochs: int
    most_wer: float


FULL = Sizes(8192, 16, 5, [512, 2048], batch=32, frames=200, limit=200, n_hidden=128, epochs=25, most_wer=0.75)
QUICK = Sizes(128, 2, 2, [16], batch=3, frames=20, limit=12, n_hidden=16, epochs=10, most_wer=1.0)


class Finding(NamedTuple):
    """What came of a section."""

    verdict: str  # proved, refuted, measured, left out
    says: str
    data: Any


def verdict_of(problems: List[str], success: str, data: Any) -> Finding:
    return Finding('refuted', '; '.join(problems), data) if problems else Finding('proved', success, data)


def devices(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    (_, answer), = machine.run([{'kind': 'devices'}])
    found = answer.get('result')
    if not found:
        return Finding('refuted', answer.get('error') or answer['left_out'], answer)
    if machine.is_gpu and not found['gpus']:
        return Finding('refuted', f'TensorFlow {found["tensorflow"]} finds no GPU', found)
    loaded, built = found['loaded'], found['built']
    said = ', '.join(f'{gpu["model"]} (capability {".".join(map(str, gpu["capability"]))}, {gpu["memory_bytes"] >> 20} MiB)'
                     for gpu in found['gpus'])
    says = (f'{said or found["devices"][0]}; driver {loaded["driver"]}, CUDA loaded {loaded["cuda"]}, built {built["cuda"]}, '
            f'cuDNN loaded {loaded["cudnn"]}, built {built["cudnn"]}; TensorFlow {found["tensorflow"]}')
    return verdict_of(found['without_kernels'], says, found)


def products(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    jobs = [dict(kind='product', precision=precision, size=sizes.product, chain=sizes.chain, turns=sizes.turns)
            for precision in PRECISIONS]
    data = {job['precision']: answer for job, answer in machine.run(jobs)}
    peaks = {precision: answer['result']['flops'] / answer['result']['seconds'] / 1e12
             for precision, answer in data.items() if 'result' in answer}
    problems = [f'{precision}: {answer["error"]}' for precision, answer in data.items() if 'error' in answer]
    says = ', '.join(f'{precision} {peak:.3g} TFLOP/s' for precision, peak in peaks.items())
    return Finding('refuted' if problems else 'measured', '; '.join(problems + [says]), dict(data, peaks=peaks))


def equality(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    """cuDNN against the loop, outputs and gradients, with sequences of different lengths; on processors block."""
    one = 'cudnn' if machine.is_gpu else 'block'
    jobs = [dict(kind='differences', one=one, other='loop', n_hidden=width, direction=direction, precisions=precisions,
                 batch=8, frames=sizes.frames // 2)
            for width in sizes.widths for direction in ('unidirectional', 'bidirectional')
            for precisions in IN_ONE_GRAPH[:2 if machine.is_gpu else 1]]
    problems, worst, data = [], {}, []
    for job, answer in machine.run(jobs):
        data.append(dict(job, answer=answer))
        where = f'{job["direction"]} {job["n_hidden"]}'
        if 'result' not in answer:
            problems.append(f'{where}, {"/".join(job["precisions"])}: {answer.get("error") or answer["left_out"]}')
            continue
        for precision, values in answer['result']['of'].items():
            worst[precision] = max(worst.get(precision, 0.), *values.values())
            problems += [f'{where}, {precision}: {what} {value:.2g} apart' for what, value in values.items()
                         if not value <= LIMITS[precision]]
    says = ', '.join(f'{precision} {value:.2g}' for precision, value in worst.items())
    return verdict_of(problems, f'{one} and loop are apart by at most, of the largest value: {says}', data)


def loss_scaling(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    job = step_job(sizes, 'cudnn' if machine.is_gpu else 'loop', sizes.widths[0], 'unidirectional')
    (_, answer), = machine.run([dict(job, kind='loss_scale', turns=10 * sizes.turns)])
    found = answer.get('result')
    if not found:
        return Finding('refuted', answer.get('error') or answer['left_out'], answer)
    problems, losses = [], found['losses']
    if losses[-1] >= losses[0]:
        problems.append(f'the loss does not fall: {losses[0]:.4g} to {losses[-1]:.4g}')
    if found['good_steps'] < len(losses) // 2:  # the scale has to be found in the first ones
        problems.append(f'only the last {found["good_steps"]} of {len(losses)} steps were without overflow')
    if not found['weights_kept'] or abs(found['scale_after_overflow'] / found['overflown'] - 0.5) > 1e-3:
        problems.append(f'an overflow does not leave the weights alone and halve the scale ({found})')
    if not found['goes_on']:
        problems.append('after an overflow nothing is trained any more')
    return verdict_of(problems, f'float16: loss {losses[0]:.4g} to {losses[-1]:.4g} in {len(losses)} steps, scale '
                                f'{found["scale"]:.0f}; an overflow halves it and leaves the weights alone', found)


def step_job(sizes: Sizes, lstm: str, width: int, direction: str) -> Job:
    return dict(kind='step', n_labels=28, n_hidden=width, direction=direction, lstm=lstm, batch=sizes.batch,
                frames=sizes.frames, dropout=0.05, turns=sizes.turns)


def steps(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    """Whole training steps; the most interesting first, as time may give out."""
    jobs = [dict(step_job(sizes, lstm, width, direction), precisions=precisions)
            for precisions in IN_ONE_GRAPH for width in sizes.widths for direction in ('unidirectional', 'bidirectional')
            for lstm in ('cudnn', 'loop', 'block')
            if (machine.is_gpu or lstm != 'cudnn') and (lstm != 'block' or precisions == IN_ONE_GRAPH[0])]
    data = [dict(job, answer=answer) for job, answer in machine.run(jobs)]
    if machine.is_gpu:
        job = dict(step_job(sizes, 'cudnn', sizes.widths[0], 'unidirectional'), precisions=['float32'])
        answer, = machine.run_alone([job], TF_CUDNN_RESET_RND_GEN_STATE='0')
        data.append(dict(job, lstm='cudnn, state kept', answer=answer))
    problems = [f'{each["lstm"]} {each["direction"]} {each["n_hidden"]} {"/".join(each["precisions"])}: '
                f'{each["answer"]["error"]}' for each in data if 'error' in each['answer']]
    n_left_out = sum('left_out' in each['answer'] for each in data)
    says = '; '.join(problems + [f'{len(data) - len(problems) - n_left_out} of {len(data)} ways timed'])
    return Finding('refuted' if problems else 'measured', says, data)


def out_of_memory(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    if not machine.is_gpu:
        return Finding('left out', 'on processors the system ends the program', None)
    # Three batches, of which the last one but one is the largest: it is tried before the first one.
    answer, = machine.run_alone([dict(kind='train_too_much', n_hidden=512, batch=100, limit=0, epochs=60, memory_mib=450)])
    said = answer.get('result', {}).get('said', '')
    if re.search(r'memory ran out in a batch of .* (pass --train_batch_size \d+|choose a smaller --n_hidden)', said):
        return Finding('proved', f'"{said}"', answer)
    return Finding('refuted', f'with 450 MiB and a batch of 100 came: {said or answer}', answer)


def towers(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    """Two logical devices on one GPU against one device with twice the batch."""
    job = dict(kind='train', n_hidden=sizes.n_hidden, limit=sizes.limit, epochs=2)
    two, one = os.path.join(folder, 'two'), os.path.join(folder, 'one')
    of_two, = machine.run_alone([dict(job, n_devices=2, batch=4, directory=two)])
    of_one, compared = machine.run_alone([dict(job, n_devices=1, batch=8, directory=one),
                                          dict(kind='compare', left=two, right=one)])
    answers = [of_two, of_one, compared]
    problems = [answer.get('error') or answer['left_out'] for answer in answers if 'result' not in answer]
    if problems:
        return Finding('refuted', '; '.join(problems), answers)
    losses = [answer['result']['best_loss'] for answer in (of_two, of_one)]
    if len(of_two['result']['devices']) != 2:
        problems.append(f'not two devices but {of_two["result"]["devices"]}')
    if not abs(losses[0] - losses[1]) <= TOWERS_LIMIT * losses[1]:
        problems.append(f'losses differ: {losses}')
    return verdict_of(problems, f'losses {losses[0]:.5g} and {losses[1]:.5g} after two epochs, weights at most '
                                f'{compared["result"]["largest"]:.2g} apart', answers)


def training(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    """A training by the command line to its end, with a test."""
    began_s, words, problems = time.monotonic(), [f'--test_files={DATA}/test.csv'], []
    code, output = run_trainer(machine, sizes, os.path.join(folder, 'whole'), words)
    if code:
        problems.append(f'with --deterministic it ended with {code}: {(output.strip().splitlines() or [""])[-1]}')
        began_s = time.monotonic()
        code, output = run_trainer(machine, sizes, os.path.join(folder, 'whole'), words + ['--nodeterministic'])
    seconds = time.monotonic() - began_s
    rates = re.findall(r'Test on .* - WER: ([\d.]+), CER', output)
    losses = {kind: [line['loss'] for line in history(folder, 'whole') if line['set'] == kind] for kind in ('train', 'dev')}
    said = [line for line in output.splitlines() if re.match('[IW] ', line)][:12]
    data = dict(code=code, seconds=seconds, wer=rates, losses=losses, said=said)
    if code or not rates or len(losses['train']) < sizes.epochs:
        return Finding('refuted', f'it ended with {code} after {seconds:.0f} s: {(output.strip().splitlines() or [""])[-1]}',
                       dict(data, output=output[-4000:]))
    if not losses['train'][-1] < 0.9 * losses['train'][0]:
        problems.append(f'the loss does not fall: {losses["train"]}')
    if float(rates[0]) > sizes.most_wer:
        problems.append(f'word error rate {rates[0]}, not at most {sizes.most_wer}')
    if machine.is_gpu and 'Recurrent layer: cudnn' not in output:
        problems.append('cuDNN was not used')
    return verdict_of(problems, f'{sizes.epochs} epochs in {seconds:.0f} s, loss {losses["train"][0]:.4g} to '
                                f'{losses["train"][-1]:.4g}, WER {100 * float(rates[0]):.1f} %', data)


def resume(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    """The same training stopped half-way by SIGTERM and taken up again: the last checkpoint has the same bits."""
    stopped = os.path.join(folder, 'stopped')
    code, _ = run_trainer(machine, sizes, stopped, [], stop_after=sizes.epochs // 2)
    if code != 128 + signal.SIGTERM:
        return Finding('refuted', f'it was to be stopped and ended with {code}', None)
    code, output = run_trainer(machine, sizes, stopped, [])
    if code:
        return Finding('refuted', f'taken up again it ended with {code}: {(output.strip().splitlines() or [""])[-1]}', None)
    answer, = machine.run_alone([dict(kind='compare', left=os.path.join(folder, 'whole'), right=stopped)])
    found = answer.get('result')
    if not found:
        return Finding('refuted', answer.get('error') or answer['left_out'], answer)
    problems = [f'{len(found["different"])} of {found["variables"]} variables differ, by up to {found["largest"]:.2g}'
                ] if found['different'] or not found['same_names'] else []
    return verdict_of(problems, f'all {found["variables"]} variables have the same bits', found)


def input_wait(machine: Machine, sizes: Sizes, folder: str) -> Finding:
    lines = [line for line in history(folder, 'whole') if line['set'] == 'train' and line['epoch']]
    if not lines:
        return Finding('left out', 'there was no training to look at', None)
    shares = [line['wait_share'] for line in lines]
    audio = sum(line['audio_seconds'] for line in lines) / sum(line['seconds'] for line in lines)
    return Finding('measured', f'from the second epoch on {100 * sum(shares) / len(shares):.1f} % of the time, at {audio:.0f} '
                               f'seconds of audio a second', shares)


def history(folder: str, name: str) -> List[Dict[str, Any]]:
    """Returns the lines of the history of a training."""
    path = os.path.join(folder, name, 'history.jsonl')
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.endswith('\n')]


def run_trainer(machine: Machine, sizes: Sizes, directory: str, words: List[str], stop_after: int = 0) -> Any:
    """Runs DeepSpeech.py; returns (exit code, what it printed).

    Args:
      machine: where.
      sizes: how large.
      directory: of its checkpoints.
      words: further flags.
      stop_after: epochs after which it is asked to stop; 0: never.
    """
    flags = (f'--train_files={DATA}/train.csv --dev_files={DATA}/dev.csv --alphabet_config_path={DATA}/alphabet.txt '
             f'--train_batch_size=16 --dev_batch_size=16 --test_batch_size=16 --learning_rate=0.003 --dropout_rate=0.1 '
             f'--limit_train={sizes.limit} --limit_dev={sizes.limit} --limit_test={sizes.limit} --n_hidden={sizes.n_hidden} '
             f'--epochs={sizes.epochs} --checkpoint_dir={directory} --summary_dir={directory} --report_count=0 '
             f'--deterministic --noshow_progressbar')
    machine.free()
    environment = dict(machine.environment, XDG_CACHE_HOME=os.path.dirname(directory), PYTHONUNBUFFERED='1')
    process = subprocess.Popen([machine.python, 'DeepSpeech.py'] + flags.split() + words, cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, universal_newlines=True)
    try:
        while stop_after and process.poll() is None and machine.left_s() > 0:
            name = os.path.basename(directory)
            if sum(line['set'] == 'train' for line in history(os.path.dirname(directory), name)) >= stop_after:
                process.send_signal(signal.SIGTERM)
                break
            time.sleep(0.02)
        output, _ = process.communicate(timeout=max(1., machine.left_s()))
        return process.returncode, output
    except subprocess.TimeoutExpired:
        process.kill()
        return 'no time left', process.communicate()[0]


SECTIONS = {'devices': devices, 'products': products, 'equality': equality, 'loss scaling': loss_scaling, 'training': training,
            'resume': resume, 'input wait': input_wait, 'out of memory': out_of_memory, 'towers': towers, 'steps': steps}
