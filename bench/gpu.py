"""Proves or refutes on this machine's first GPU what this project says of GPUs, in less than four minutes.

    .venv/bin/python bench/gpu.py
    .venv/bin/python bench/gpu.py --sections devices steps
    .venv/bin/python bench/gpu.py --device cpu --quick           (tries the program itself, on a machine without a GPU)

Sections: devices (what there is, what is loaded, what TensorFlow was built with); products (what a large one reaches);
equality (cuDNN against the loop, outputs and gradients, sequences of different lengths); loss scaling; training (200
utterances by the command line to their end, with a test); resume (stopped and taken up again with --deterministic: the same
bits); input wait; out of memory (what is said then); towers (two logical devices on the GPU); steps (a whole training step of
every implementation, width, direction and precision).

The exit code is 0 if nothing was refuted. What was found so far is in the file after every section; after --limit_s seconds the
rest is left out. Keep the machine quiet meanwhile.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from typing import Any, Dict, List

from gpu_process import Machine
from gpu_sections import FULL, QUICK, SECTIONS, Finding, Sizes


def main() -> None:
    args = parse_arguments()
    began_s = time.monotonic()
    machine = Machine(args.python, args.device, began_s + args.limit_s)
    sizes = QUICK if args.quick else FULL
    report: Dict[str, Any] = {'device': args.device, 'sizes': sizes._asdict(), 'sections': {}}
    os.makedirs(os.path.dirname(os.path.abspath(args.out)), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in args.sections:
            report['sections'][name] = run_section(name, machine, sizes, folder)
            report['seconds'] = time.monotonic() - began_s
            with open(args.out, 'w', encoding='utf-8') as file:
                json.dump(report, file, indent=1)
            if name == 'devices' and args.device == 'gpu' and not has_gpu(report):
                machine.free()
                sys.exit('E There is no GPU that TensorFlow takes, so nothing about GPUs can be proved here; '
                         '"--device cpu --quick" tries this program.')
    machine.free()
    print_steps(report)
    print(f'{report["seconds"]:.0f} s in all; the details are in {args.out}')
    verdicts = [section['verdict'] for section in report['sections'].values()]
    if 'refuted' in verdicts:
        sys.exit(f'E {verdicts.count("refuted")} of {len(verdicts)} sections were refuted, see above.')


def run_section(name: str, machine: Machine, sizes: Sizes, folder: str) -> Dict[str, Any]:
    """Runs a section and prints what came of it."""
    began_s = time.monotonic()
    finding = Finding('left out', 'no time was left', None)
    if machine.left_s() > 0:
        finding = SECTIONS[name](machine, sizes, folder)
        if finding.verdict == 'refuted' and machine.left_s() <= 0 and '"error"' not in json.dumps(finding.data):
            finding = finding._replace(verdict='left out', says=f'time was over: {finding.says}')
    seconds = time.monotonic() - began_s
    print(f'{name:14} {finding.verdict:9} {seconds:5.1f} s  {finding.says}', flush=True)
    return dict(finding._asdict(), seconds=seconds)


def has_gpu(report: Dict[str, Any]) -> bool:
    return bool((report['sections']['devices']['data'] or {}).get('gpus'))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--device', choices=['gpu', 'cpu'], default='gpu')
    parser.add_argument('--quick', action='store_true', help='tiny sizes, whose times mean nothing')
    parser.add_argument('--sections', nargs='+', choices=list(SECTIONS), default=list(SECTIONS),
                        metavar='SECTION', help=f'some of: {", ".join(SECTIONS)}')
    parser.add_argument('--limit_s', type=float, default=235., help='seconds after which the rest is left out')
    parser.add_argument('--out', default=os.path.join('build', 'gpu.json'), help='JSON file with everything that was found')
    parser.add_argument('--python', default=sys.executable, help='interpreter that computes')
    return parser.parse_args()


def print_steps(report: Dict[str, Any]) -> None:
    """Prints the table of the training steps."""
    section, sizes = report['sections'].get('steps'), report['sizes']
    if not section or not section['data']:
        return
    peaks: Dict[str, float] = ((report['sections'].get('products') or {}).get('data') or {}).get('peaks', {})
    print(f'\nA training step, batch {sizes["batch"]}, {sizes["frames"]} frames; of peak: of what a large product of that '
          f'precision reaches')
    print(f'{"direction":14} {"width":>5} {"layer":17} {"precision":9} {"best s":>8} {"median s":>8} {"TFLOP/s":>8} '
          f'{"of peak":>7} {"peak MiB":>8}')
    ordered: List[Dict[str, Any]] = sorted(section['data'], key=lambda each: (each['direction'], each['n_hidden']))
    for each in ordered:
        begin = f'{each["direction"]:14} {each["n_hidden"]:5} {each["lstm"]:17}'
        answer = each['answer']
        if 'result' not in answer:
            print(f'{begin} {"/".join(each["precisions"])}: {answer.get("error") or answer["left_out"]}')
            continue
        for precision, found in answer['result']['of'].items():
            reached = answer['result']['flops'] / found['best_s'] / 1e12
            share = f'{100 * reached / peaks[precision]:6.1f}%' if precision in peaks else '-'
            memory = f'{found["peak_mib"]:8.0f}' if found['peak_mib'] else '       -'
            print(f'{begin} {precision:9} {found["best_s"]:8.4f} {found["median_s"]:8.4f} {reached:8.3g} {share:>7} {memory}')


if __name__ == '__main__':
    main()
