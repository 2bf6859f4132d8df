"""What may be meant by a flag that there is not: names of today and of all releases, misspelt, cut short or of others."""

import difflib
from typing import Iterable, List, Mapping

from . import legacy_flags

MOST = 3  # suggestions
ALIKE, VERY_ALIKE = 0.75, 0.9  # as difflib counts: 1 is the same
# Names that other programs have for the same.
ELSEWHERE: Mapping[str, str] = {
    'lr': 'learning_rate', 'alphabet': 'alphabet_config_path', 'alphabet_path': 'alphabet_config_path',
    'output_dir': 'export_dir', 'checkpoint': 'checkpoint_dir', 'model_dir': 'checkpoint_dir', 'resume': 'load_train',
    'seed': 'random_seed', 'num_epochs': 'epochs', 'n_epochs': 'epochs', 'max_epochs': 'total_epochs',
    'hidden_size': 'n_hidden', 'width': 'n_hidden', 'dropout': 'dropout_rate', 'patience': 'es_epochs',
    'early_stopping': 'early_stop', 'amp': 'automatic_mixed_precision', 'fp16': 'automatic_mixed_precision',
    'mixed_precision': 'automatic_mixed_precision', 'beam': 'beam_width', 'beam_size': 'beam_width',
    'lm_path': 'scorer_path', 'language_model': 'scorer_path', 'alpha': 'lm_alpha', 'beta': 'lm_beta',
    'train_manifest': 'train_files', 'val_files': 'dev_files', 'valid_files': 'dev_files',
    'validation_files': 'dev_files', 'sample_rate': 'audio_sample_rate', 'num_workers': 'loader_threads',
    'export': 'export_dir', 'tflite': 'export_tflite', 'quantize': 'export_quantize', 'verbose': 'log_level',
    'quiet': 'log_level', 'audio': 'one_shot_infer'}


def about_unknown(name: str, known: Iterable[str]) -> str:
    """Returns the sentence on a flag that there is not.

    Args:
      name: as it was given, without dashes.
      known: the names of all flags, those of earlier releases too.
    """
    meant = [_described(each) for each in alike(name, known)]
    proposal = f'; did you mean {" or ".join(meant)}?' if meant else '.'
    return f'--{name}: there is no such flag{proposal} --help shows the usual flags, --helpfull all.'


def alike(name: str, known: Iterable[str]) -> List[str]:
    """Returns the names of flags that a name may stand for, the likeliest first; those of today before old ones."""
    wanted, names = name.lower().replace('-', '_'), set(known)
    wanted = wanted if wanted in names or not wanted.startswith('no_') else f'no{wanted[3:]}'
    base = wanted[2:] if wanted.startswith('no') and wanted[2:] in names else wanted
    if base in names:  # with dashes or capitals
        return [wanted]
    if wanted in ELSEWHERE and ELSEWHERE[wanted] in names:
        return [ELSEWHERE[wanted]]
    close = difflib.get_close_matches(wanted, sorted(names), n=2 * MOST, cutoff=ALIKE)
    begun = sorted(each for each in names if len(wanted) > 2 and each.startswith(wanted))

    def is_second(each: str) -> bool:
        return each in legacy_flags.TABLE and difflib.SequenceMatcher(None, wanted, each).ratio() < VERY_ALIKE

    return sorted(dict.fromkeys([*close, *begun]), key=is_second)[:MOST]


def _described(name: str) -> str:
    """Returns a flag with what became of it, if it is of an earlier release."""
    if name not in legacy_flags.TABLE:
        return f'--{name}'
    return f'--{name} (of an earlier release: {legacy_flags.TABLE[name][2]})'
