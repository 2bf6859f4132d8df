"""ctcdecode.pyi says what the native module has: same names, same parameters, and a program that uses them passes mypy."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import ds_ctcdecoder
import pytest
from ds_ctcdecoder import ctcdecode

PACKAGE = Path(ds_ctcdecoder.__file__).resolve().parent
PROGRAM = '''
import numpy as np
from typing import List
from ds_ctcdecoder import ctcdecode

alphabet = ctcdecode.Alphabet([' ', 'a', 'b'])
options = ctcdecode.DecoderOptions(beam_width=20, hot_words={'ab': 1.0}).replace(alpha=None).fast()
stream = ctcdecode.Stream(alphabet, None, options)
stream.feed(np.full((3, 4), 0.25))
scores: List[float] = [found.score for found in stream.results(2)]
text: str = ctcdecode.Decoder(alphabet).decode_batch(np.full((1, 3, 4), 0.25), [3])[0][0].words[0].text
label: bytes = alphabet.label(1)
'''
WRONG = {'ctcdecode.DecoderOptions(beam_size=3)': 'Unexpected keyword argument "beam_size"',
         'ctcdecode.Alphabet(3)': 'has incompatible type "int"',
         'stream.results(1)[0].confidence': 'has no attribute "confidence"'}


def stub():
    return ast.parse((PACKAGE / 'ctcdecode.pyi').read_text(encoding='utf-8'))


def of_stub(body):
    """Returns {name: node} of what a body of the stub declares; private names are the stub's own."""
    found = {}
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            found[node.target.id] = node
    return found


def of_module(owner):
    """Returns the names that a module, or a class itself, has beyond those that all have."""
    return {name for name in vars(owner) if name == '__version__' or not name.startswith('_')}


def classes():
    return [(name, node) for name, node in of_stub(stub().body).items() if isinstance(node, ast.ClassDef)]


def parameters(function):
    """Returns the names of a stub's parameters but self."""
    return [argument.arg for argument in function.args.args if argument.arg != 'self']


def test_the_module_has_the_names_of_the_stub():
    assert set(of_stub(stub().body)) == of_module(ctcdecode)


@pytest.mark.parametrize('name, node', [pair for pair in classes() if pair[0] != 'FormatError'])
def test_classes_have_the_names_of_the_stub(name, node):
    assert set(of_stub(node.body)) - {'__init__'} == of_module(getattr(ctcdecode, name))


def signatures():
    """Returns (path of the name, the stub's function) of all functions that are no properties."""
    for name, node in of_stub(stub().body).items():
        for path, function in ([((name,), node)] if isinstance(node, ast.FunctionDef) else
                               [((name, part), inner) for part, inner in of_stub(getattr(node, 'body', [])).items()
                                if isinstance(inner, ast.FunctionDef)]):
            if not any(isinstance(mark, ast.Name) and mark.id == 'property' for mark in function.decorator_list):
                yield path, function


@pytest.mark.parametrize('path, function', [pair for pair in signatures() if not pair[1].args.kwonlyargs])
def test_functions_have_the_parameters_of_the_stub(path, function):
    native = ctcdecode
    for part in path:
        native = getattr(native, part)
    line = inspect.getdoc(native).splitlines()[0]
    shown = re.findall(r'(?:\(|, )(\w+): ', line)
    shown = [name for name in shown if name != 'self']
    if [name for name in shown if not name.startswith('arg')]:  # pybind11 calls parameters without a name arg0, arg1
        assert shown == parameters(function)
    else:
        assert len(shown) == len(parameters(function))


@pytest.mark.parametrize('method', ['__init__', 'replace'])
def test_options_have_the_keywords_of_the_stub(method):
    keywords = [argument.arg for argument in of_stub(dict(classes())['DecoderOptions'].body)[method].args.kwonlyargs]
    options = ctcdecode.DecoderOptions()
    assert [name for name in vars(ctcdecode.DecoderOptions) if name in keywords] == keywords
    for keyword in keywords:
        value = getattr(options, keyword)
        ctcdecode.DecoderOptions(**{keyword: value})
        assert f'{keyword}={value!r}: ' in ctcdecode.DecoderOptions.__doc__
    assert {name for name in of_module(ctcdecode.DecoderOptions)} == {*keywords, 'replace', 'fast'}


def mypy(tmp_path, text):
    pytest.importorskip('mypy')
    (tmp_path / 'program.py').write_text(text, encoding='utf-8')
    # mypy finds what is installed by itself, and refuses to be told of it.
    path = '' if 'site-packages' in PACKAGE.parts else f'mypy_path = {PACKAGE.parent}\n'
    (tmp_path / 'mypy.ini').write_text(f'[mypy]\nstrict = True\n{path}[mypy-ds_ctcdecoder.*]\nfollow_imports = silent\n',
                                       encoding='utf-8')
    done = subprocess.run([sys.executable, '-m', 'mypy', '--config-file', 'mypy.ini', 'program.py'], cwd=str(tmp_path),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    return done.returncode, done.stdout


def test_a_program_passes_mypy_and_mistakes_in_it_do_not(tmp_path):
    assert (PACKAGE / 'py.typed').exists()
    code, output = mypy(tmp_path, PROGRAM)
    assert code == 0, output
    code, output = mypy(tmp_path, PROGRAM + '\n'.join(WRONG) + '\n')
    assert code == 1
    assert all(message in output for message in WRONG.values()), output
