"""Does everything to objects that were never made; run in a process of its own, as what is tested for is a crash.

    python unmade_objects.py MODULE CLASS

Prints what it is about to do, one line each, and `done` in the end. Exceptions are what is wanted, and results are fine.
"""

import copy
import importlib
import inspect
import itertools
import pickle
import sys

import numpy as np

ARGUMENTS = [0, 1, 'one', b'one', ['one'], {'one': 1.0}, None, 0.5, np.full((3, 29), 1 / 29), '/dev/null']


def attempt(label, function):
    print(label, flush=True)
    try:
        function()
    except Exception as error:
        assert str(error) or isinstance(error, (StopIteration, KeyError)), label


def protocols(thing):
    yield from (repr, str, hash, bool, len, iter, list, copy.copy, copy.deepcopy, pickle.dumps, vars, dir, sorted)
    yield lambda thing: thing == thing
    yield lambda thing: thing[0]
    yield lambda thing: thing + thing
    yield lambda thing: pickle.loads(pickle.dumps(thing, 2))
    yield lambda thing: copy.copy(thing).__init__()


def methods(thing):
    """Yields the names of attributes, of the special ones those that make, end or copy."""
    for name in dir(type(thing)):
        if not name.startswith('__') or name in ('__enter__', '__exit__', '__init__', '__del__', '__setstate__'):
            yield name


def try_all(cls):
    def make():
        return cls.__new__(cls)

    for function in protocols(make()):
        attempt(f'{cls.__name__}: {getattr(function, "__name__", function)}', lambda: function(make()))
    for name in methods(make()):
        attempt(f'{cls.__name__}.{name}', lambda: getattr(make(), name))
        attempt(f'{cls.__name__}.{name} = 1', lambda: setattr(make(), name, 1) if not callable(getattr(cls, name)) else None)
        if not callable(getattr(cls, name, None)):
            continue
        own = [*ARGUMENTS, make()]
        for n_arguments in range(4):
            for values in itertools.product(own, repeat=n_arguments) if n_arguments < 3 else zip(own, own[1:], own[2:]):
                attempt(f'{cls.__name__}.{name}{tuple(map(type, values))}', lambda: getattr(make(), name)(*values))
                if name != '__init__':
                    attempt(f'{cls.__name__}.{name} of the class', lambda: getattr(cls, name)(None, *values))


def main():
    cls = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    assert inspect.isclass(cls)
    try_all(cls)
    print('done', flush=True)


if __name__ == '__main__':
    main()
