"""Arrows between the parts point one way; only one module knows TensorFlow, only entry points know flags."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / 'training' / 'deepspeech_training'
# A part may import from parts of a lower number, and from itself.
LEVELS = {'errors': 0, 'compat': 1, 'paths': 1, 'entry': 1, 'interruption': 2, 'text': 2, 'settings': 3, 'console': 1,
          'model': 4, 'data': 5, 'features': 6, 'decode': 4, 'lm': 5, 'corpora': 4, 'checkpoints': 7,
          'train': 8, 'evaluate': 8, 'export': 8, 'phases': 9, 'main': 10}
WITHOUT_TENSORFLOW = ('text.alphabet', 'text.metrics', 'data.preflight', 'data.datasets', 'decode.interface',
                      'decode.package', 'lm.legacy_files', 'corpora.splits', 'console.progress', 'console.throughput', 'settings.flags', 'settings.from_flags',
                      'entry', 'main')


def modules():
    return sorted(PACKAGE.rglob('*.py'))


def part_of(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported(path):
    """Yields (level, module as written) for every import statement, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom):
            yield node.level, node.module or '', [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, []


def imported_parts(path):
    """Yields the parts of the package that a module imports."""
    depth = len(path.relative_to(PACKAGE).parts)
    for level, module, names in imported(path):
        if level == 0 and not module.startswith('deepspeech_training'):
            continue
        if level == 0:
            parts = module.split('.')[1:] or names
        elif level < depth:
            continue  # within its own part
        else:
            parts = module.split('.') if module else names
        yield from [name for name in parts[:1] if name in LEVELS] if module else [
            name for name in parts if name in LEVELS]


@pytest.mark.parametrize('path', modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(path):
    part = part_of(path)
    if part == '__init__':
        assert not list(imported_parts(path))
        return
    assert part in LEVELS, f'{part} has no level: say what may import it'
    for other in imported_parts(path):
        assert other == part or LEVELS[other] < LEVELS[part], f'{part} must not import {other}'


@pytest.mark.parametrize('path', modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tensorflow_and_flags_stay_at_their_places(path):
    for level, module, _ in imported(path):
        top = module.split('.')[0] if level == 0 else ''
        assert top != 'tensorflow' or part_of(path) == 'compat'
        assert top != 'absl' or part_of(path) == 'settings'


@pytest.mark.parametrize('module', WITHOUT_TENSORFLOW)
def test_starts_without_tensorflow(module):
    code = (f'import sys; import deepspeech_training.{module}; '
            f'sys.exit("tensorflow" in sys.modules)')
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
