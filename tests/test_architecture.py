"""Arrows between the parts point one way; only one module knows TensorFlow, only entry points know flags.

The client (`deepspeech`) knows nothing of the trainer, and the trainer knows the client's public modules only.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
PACKAGE = TOP / 'training' / 'deepspeech_training'
CLIENT = TOP / 'native_client' / 'python' / 'deepspeech'
PROGRAMS = sorted([*(TOP / 'bin').glob('*.py'), *(TOP / 'bench').glob('*.py'), *(TOP / 'data').rglob('*.py')])
TESTS = sorted((TOP / 'tests').rglob('*.py'))
# What anybody may import of the client; of a package ending in `.*`, also what is in it.
CLIENT_PUBLIC = ('deepspeech', 'deepspeech.errors', 'deepspeech.network', 'deepspeech.formats.*', 'deepspeech.audio',
                 'deepspeech.commands', 'deepspeech.wav', 'deepspeech.result_files', 'deepspeech.unfinished',
                 'deepspeech.streams', 'deepspeech.library', 'deepspeech.sound_library', 'deepspeech.subtitles')
# Modules that do something when they are imported: TensorFlow is set up, versions are read from the file that has them; without
# its native part the decoder says what to install.
WORK_AT_IMPORT = ('training/deepspeech_training/compat.py', 'training/deepspeech_training/__init__.py',
                  'native_client/python/deepspeech/version.py')
# A part may import from parts of a lower number, and from itself.
LEVELS = {'errors': 0, 'processors': 0, 'memory': 0, 'background': 0, 'incomplete': 0, 'digests': 1, 'paths': 1,
          'plain_paths': 1, 'entry': 1, 'programs': 1, 'text': 2, 'console': 2, 'interruption': 3, 'settings': 3, 'tuning': 3,
          'reports': 3, 'cluster': 4, 'compat': 4, 'notification': 4, 'tracking': 4, 'model': 5, 'decode': 5, 'data': 6,
          'lm': 6, 'corpora': 7, 'features': 7, 'inspection': 7, 'checkpoints': 8, 'train': 9, 'evaluate': 9, 'export': 9,
          'doctor': 9, 'released': 9, 'recordings': 10, 'commands': 10, 'phases': 11, 'main': 12}
WITHOUT_TENSORFLOW = ('text.alphabet', 'text.metrics', 'data.preflight', 'data.datasets', 'data.set_building',
                      'decode.interface', 'decode.package', 'lm.legacy_files', 'corpora.output', 'console.progress',
                      'console.throughput', 'features.augment.audio', 'features.augment.spectrogram',
                      'features.augment.elements', 'features.augment.samples', 'settings.flags', 'settings.from_flags',
                      'entry', 'memory', 'doctor.examination', 'doctor.devices', 'doctor.sound', 'doctor.places',
                      'doctor.data_sets', 'doctor.stored_runs', 'doctor.native_parts', 'inspection.page',
                      'notification.outbox', 'reports.page', 'reports.charts', 'reports.players', 'tracking.tracking',
                      'tracking.process', 'released.installing', 'cluster.asked', 'cluster.supervisor', 'main')


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
        assert list(imported_parts(path)) == ['incomplete']
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


def name_of(path):
    return str(path.relative_to(TOP))


def imported_modules(path):
    """Yields the full names of what it imports: `from a.b import c` gives a.b, and a.b.c if the client has such a module."""
    for level, module, names in imported(path):
        if level == 0:
            yield module
            for name in names:
                inside = CLIENT.parent.joinpath(*module.split('.'), name)
                if module.split('.')[0] == 'deepspeech' and (inside.is_dir() or inside.with_suffix('.py').exists()):
                    yield f'{module}.{name}'


def is_public(module):
    return module in CLIENT_PUBLIC or any(
        module == public[:-2] or module.startswith(public[:-1]) for public in CLIENT_PUBLIC if public.endswith('.*'))


@pytest.mark.parametrize('path', [*modules(), *PROGRAMS], ids=name_of)
def test_only_what_is_public_is_imported(path):
    for module in imported_modules(path):
        assert module.split('.')[0] != 'deepspeech' or is_public(module), f'{module} is internal to the client'
    for _, module, names in imported(path):
        if module.split('.')[0] in ('deepspeech', 'deepspeech_training'):
            assert not [name for name in names if name.startswith('_') and name != '__version__']


@pytest.mark.parametrize('path', sorted(CLIENT.rglob('*.py')), ids=name_of)
def test_client_imports_nothing_of_the_trainer(path):
    for _, module, _ in imported(path):
        assert module.split('.')[0] not in ('deepspeech_training', 'tensorflow', 'absl')


@pytest.mark.parametrize('path', sorted((CLIENT / 'formats').glob('*.py')), ids=name_of)
def test_model_formats_know_of_the_client_only_its_errors(path):
    for level, module, _ in imported(path):
        assert level < 2 or module == 'errors'


@pytest.mark.parametrize('path', TESTS, ids=name_of)
def test_no_test_imports_from_bench(path):
    programs = {program.stem for program in (TOP / 'bench').glob('*.py')}
    for level, module, _ in imported(path):
        assert level or module.split('.')[0] not in programs | {'bench'}


@pytest.mark.parametrize('path', modules(), ids=name_of)
def test_versions_are_compared_in_compat_only(path):
    if path.name == 'compat.py':
        return
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Compare):
            names = {getattr(part, 'id', None) or getattr(part, 'attr', None) for part in ast.walk(node)}
            assert not names & {'VERSION', '__version__', 'version_info'}, f'line {node.lineno}'


@pytest.mark.parametrize('path', [*modules(), *sorted(CLIENT.rglob('*.py'))], ids=name_of)
def test_nothing_is_done_at_import(path):
    """Modules define things: no statement that only calls something, no loop, no file, no attempt but to import."""
    if name_of(path) in WORK_AT_IMPORT:
        return
    allowed = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.If
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        is_docstring = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)
        assert (is_docstring or isinstance(node, allowed) or is_optional_import(node)
                or path.name == '__main__.py'), f'line {node.lineno}'
        calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)] if isinstance(node, ast.Assign) else []
        assert not [call for call in calls if getattr(call, 'id', None) in ('open', 'print', '__import__')]


def is_optional_import(node):
    """Returns whether a statement only looks for a package that need not be there."""
    return isinstance(node, ast.Try) and all(isinstance(part, (ast.Import, ast.ImportFrom)) for part in node.body) and all(
        isinstance(part, ast.Assign) for handler in node.handlers for part in handler.body)
