"""Named sets of settings, `--recipe`: what the flags are that are not given.

A recipe holds values of flags by their names, of such flags as no checkpoint has a say in. What helped in none of our
measurements has no place here.
"""

from types import MappingProxyType
from typing import Any, Collection, Dict, Mapping

NO_RECIPE = 'none'
LONGEST_WARMUP = 0.2  # of a run, of the warm-up of a recipe
RECIPES: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    NO_RECIPE: MappingProxyType({}),
    # For 1 to 10 hours of speech. Augmentation, once it is measured, has its line here.
    'small': MappingProxyType({
        'lr_schedule': 'warmup_cosine',
        'warmup_epochs': 3.,
        'clip_gradient_norm': 100.,  # nine updates in ten are below it, so it only cuts off peaks
        'weight_decay': 0.01,
        'ema_decay': 0.998,
        'dropout_rate': 0.2,
    }),
})


def settings_of(recipe: str, given: Collection[str], n_epochs: int) -> Dict[str, Any]:
    """Returns the values of the flags that a recipe decides.

    Args:
      recipe: a key of RECIPES.
      given: names of the flags that are on the command line, which decide themselves.
      n_epochs: of the run; a short one has a short warm-up.
    """
    values = {name: value for name, value in RECIPES[recipe].items() if name not in given}
    if 'warmup_epochs' in values:
        values['warmup_epochs'] = min(values['warmup_epochs'], LONGEST_WARMUP * n_epochs)
    return values


def in_words(recipe: str, values: Mapping[str, Any]) -> str:
    """Returns the sentence that says what a recipe decides."""
    left = sorted(set(RECIPES[recipe]) - set(values))
    words = ' '.join(f'--{name} {value:g}' if isinstance(value, float) else f'--{name} {value}'
                     for name, value in values.items())
    except_for = f'; given: {", ".join(f"--{name}" for name in left)}' if left else ''
    return f'--recipe {recipe} means {words or "nothing more"}{except_for}.'
