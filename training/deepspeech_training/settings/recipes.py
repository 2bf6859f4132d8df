"""Named sets of settings, `--recipe`: what the flags are that are not given.

A recipe holds values of flags by their names, of such flags as no checkpoint has a say in. What did not help in
`bench/learning.py` has no place here; `doc/performance.md` says what did.

Short because it is a table.
"""

from types import MappingProxyType
from typing import Any, Collection, Dict, Mapping

NO_RECIPE = 'none'
INSTEAD_OF: Mapping[str, Collection[str]] = MappingProxyType({  # flags that decide what another one does
    'train_batch_size': ('batch_seconds',),
    'lr_schedule': ('reduce_lr_on_plateau',),
    'learning_rate': ('lr_schedule', 'reduce_lr_on_plateau'),  # it is the peak of a cycle
})
RECIPES: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    NO_RECIPE: MappingProxyType({}),
    'small': MappingProxyType({  # for few hours of speech, see doc/performance.md
        'augment': ('preset=small',),
        'dropout_rate': 0.1,
        'train_batch_size': 8,
        'ema_decay': 0.99,
        'lr_schedule': 'one_cycle',
        'learning_rate': 0.002,
    }),
})


def settings_of(recipe: str, given: Collection[str]) -> Dict[str, Any]:
    """Returns the values of the flags that a recipe decides.

    Args:
      recipe: a key of RECIPES.
      given: names of the flags that are on the command line, which decide themselves.
    """
    return {name: value for name, value in RECIPES[recipe].items()
            if not any(each in given for each in (name, *INSTEAD_OF.get(name, ())))}


def in_words(recipe: str, values: Mapping[str, Any]) -> str:
    """Returns the sentence that says what a recipe decides."""
    left = sorted(set(RECIPES[recipe]) - set(values))
    words = ' '.join(f'--{name} {each:g}' if isinstance(each, float) else f'--{name} {each}'
                     for name, value in values.items() for each in (value if isinstance(value, tuple) else (value,)))
    except_for = f'; given: {", ".join(f"--{name}" for name in left)}' if left else ''
    return f'--recipe {recipe} means {words or "nothing more"}{except_for}.'
