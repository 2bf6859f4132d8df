"""House rules that a reader of the sources counts on: short modules and functions, named arguments, typed signatures.

A module beyond the limits says why on top, in a line of its docstring (or of a comment below it, where `--help` shows the
docstring) that begins `Long because` or `Short because`.
"""

import ast
import re
import sys
from pathlib import Path

import pytest
from once import ONCE

TOP = Path(__file__).resolve().parents[1]
SOURCES = ('DeepSpeech.py', 'evaluate.py', 'lm_optimizer.py', 'setup.py', 'stats.py', 'transcribe.py',
           'bin', 'bench', 'data', 'native_client', 'training')
TYPED = ('training/deepspeech_training', 'native_client/python/deepspeech')
MOST_LINES, FEWEST_LINES = 300, 40
MOST_FUNCTION_LINES = 45
MOST_POSITIONAL = 5
# Functions of others that take any number of alike arguments, which have no names to pass them by; ours are found.
VARIADIC = {'print', 'min', 'max', 'zip', 'join', 'joinpath', 'chain', 'union', 'pack', 'pack_into'}

pytestmark = pytest.mark.skipif(sys.version_info < (3, 8), reason='ast of Python 3.7 does not say where a function ends')


def python_files(*names):
    """Returns the Python files of the checkout below `names`, without those of builds."""
    found = []
    for name in names:
        path = TOP / name
        found += [path] if path.is_file() else sorted(path.rglob('*.py'))
    return [path for path in found if not {'build', '.eggs', 'third_party'} & set(path.relative_to(TOP).parts)]


def relative(path):
    return str(path.relative_to(TOP))


def tree_of(path):
    return ast.parse(path.read_text(encoding='utf-8'))


def reason(path, word):
    """Whether a module says above its first statement why it is `word` (Long, Short)."""
    text = path.read_text(encoding='utf-8')
    body = ast.parse(text).body
    first = body[1].lineno if len(body) > 1 else None
    return re.search(rf'^(# |""")?{word} because ', '\n'.join(text.splitlines()[:first]), re.MULTILINE) is not None


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def report(found):
    """Fails with one line per finding."""
    assert not found, '\n' + '\n'.join(found) + f'\n{len(found)} in all'


def test_a_module_is_no_longer_than_one_reads_at_once():
    found = []
    for path in python_files(*SOURCES, 'tests'):
        n_lines = len(path.read_text(encoding='utf-8').splitlines())
        if n_lines > MOST_LINES and not reason(path, 'Long'):
            found.append(f'{relative(path)}: {n_lines} lines; part it, or say on top "Long because ..."')
    report(found)


def test_a_module_is_long_enough_to_tell_a_story():
    found = []
    for path in python_files(*SOURCES):  # a test file is as long as what it tests wants
        n_lines = len(path.read_text(encoding='utf-8').splitlines())
        if path.name != '__init__.py' and n_lines < FEWEST_LINES and not reason(path, 'Short'):
            found.append(f'{relative(path)}: {n_lines} lines; merge it, or say on top "Short because ..."')
    report(found)


def test_a_function_fits_a_screen():
    found = []
    for path in python_files(*SOURCES, 'tests'):
        for node in functions(tree_of(path)):
            n_lines = node.end_lineno - node.lineno + 1
            if n_lines > MOST_FUNCTION_LINES:
                found.append(f'{relative(path)}:{node.lineno}: {node.name} has {n_lines} lines')
    report(found)


def variadic_functions(paths):
    """Returns the names of functions with a parameter like `*words`."""
    return VARIADIC | {node.name for path in paths for node in functions(tree_of(path)) if node.args.vararg}


def is_command_line(call):
    """Whether a call hands over the words of a command, as tests do that run programs."""
    return any(isinstance(argument, ast.Constant) and str(argument.value).startswith('--') for argument in call.args)


def test_many_arguments_are_passed_by_name():
    found = []
    paths = python_files(*SOURCES, 'tests')
    variadic = variadic_functions(paths)
    for path in paths:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
            n_positional = sum(not isinstance(argument, ast.Starred) for argument in node.args)
            if n_positional > MOST_POSITIONAL and name not in variadic and not is_command_line(node):
                found.append(f'{relative(path)}:{node.lineno}: {name} gets {n_positional} arguments by position')
    report(found)


def public_signatures(tree):
    """Yields (function, its number of implied arguments) for the public functions of a module and methods of public classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith('_'):
            yield node, 0
        elif isinstance(node, ast.ClassDef) and not node.name.startswith('_'):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and (not method.name.startswith('_') or method.name in (
                        '__init__', '__call__')):
                    is_static = any(getattr(one, 'id', '') == 'staticmethod' for one in method.decorator_list)
                    yield method, 0 if is_static else 1


def lacking(function, n_implied):
    """Returns what of a signature has no type: names of arguments, and `return`."""
    arguments = function.args
    named = (getattr(arguments, 'posonlyargs', []) + arguments.args)[n_implied:] + arguments.kwonlyargs
    named += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    missing = [argument.arg for argument in named if argument.annotation is None]
    if function.returns is None and function.name != '__init__':
        missing.append('return')
    return missing


def test_public_signatures_have_types():
    found = []
    for path in python_files(*TYPED):
        for function, n_implied in public_signatures(tree_of(path)):
            missing = lacking(function, n_implied)
            if missing:
                found.append(f'{relative(path)}:{function.lineno}: {function.name} has no type for {", ".join(missing)}')
    report(found)


def test_names_of_test_files_are_unique():
    """Tests are no package, so pytest takes two files of one name for one."""
    names = [path.name for path in (TOP / 'tests').rglob('test_*.py')]
    report(sorted({name for name in names if names.count(name) > 1}))


def test_what_is_marked_as_run_once_is_there():
    def is_there(name):
        file, _, test = name.partition('::')
        definition = f'def {test.partition("[")[0]}' if test else ''
        return any(path.is_dir() or definition in path.read_text(encoding='utf-8') for path in TOP.glob(f'{file}*'))

    found = [name for name in ONCE if not is_there(name)]
    report(found)
