"""The short help: the flags that most runs need, by groups, and what to do next where nothing was asked for.

    python DeepSpeech.py            what to do next
    python DeepSpeech.py --help     the flags that most runs need, on one screen
    python DeepSpeech.py --helpfull all flags
"""

import os
import sys
from typing import Dict, Mapping, Optional, Sequence, Tuple

from . import completion
from .flags import GROUPS, TABLE, Flag

WIDTH = 118  # columns
HELP = ('--help', '-help', '-h', '--helpshort', '-helpshort')
# What most runs need, in the groups and the order in which it is shown.
USUAL: Dict[str, Tuple[str, ...]] = {
    'data sets': ('train_files', 'dev_files', 'test_files', 'alphabet_config_path', 'train_batch_size', 'dev_batch_size',
                  'test_batch_size', 'augment', 'text_policy'),
    'training': ('epochs', 'total_epochs', 'recipe', 'learning_rate', 'n_hidden', 'dropout_rate', 'early_stop', 'es_epochs',
                 'reduce_lr_on_plateau'),
    'checkpoints': ('checkpoint_dir', 'load_checkpoint_dir', 'load_train', 'load_evaluate', 'drop_source_layers'),
    'decoder': ('scorer_path', 'beam_width', 'lm_alpha', 'lm_beta', 'one_shot_infer'),
    'export': ('export_dir', 'export_tflite', 'n_steps'),
    'reports': ('log_level', 'show_progressbar', 'test_output_file', 'summary_dir')}
# And what programs need that have flags of their own.
USUAL_OF_OTHERS: Dict[str, Tuple[str, ...]] = {
    'model': ('checkpoint_dir', 'load_evaluate', 'alphabet_config_path'),
    'decoder': ('scorer_path', 'beam_width', 'lm_alpha', 'lm_beta')}
NEXT_STEPS = (
    ('try it', 'bash bin/train-tiny-dataset.sh'),
    ('clips and CSV files', 'bin/import_folder.py --help, and other bin/import_*.py (deepspeech-import lists them)'),
    ('an alphabet', 'bin/make_alphabet.py train.csv dev.csv test.csv -o alphabet.txt'),
    ('a scorer', 'bin/make_scorer.py sentences.txt --alphabet alphabet.txt --output my.scorer'),
    ('train', '{program} --train_files train.csv --dev_files dev.csv --checkpoint_dir DIR'),
    ('test', '{program} --test_files test.csv --checkpoint_dir DIR --scorer_path my.scorer'),
    ('export', '{program} --checkpoint_dir DIR --export_dir export'),
    ('transcribe', '{program} --checkpoint_dir DIR --one_shot_infer recording.wav'),
    ('something is wrong', 'bin/doctor.py, bin/check_dataset.py train.csv'),
    ('flags', '{program} --help shows those that most runs need, --helpfull all'))


def answer(argv: Sequence[str], others: Mapping[str, Sequence[Flag]]) -> Optional[str]:
    """Returns what a command line wants to read instead of work: the short help, or a script for completion; None: nothing.

    Args:
      argv: the command line, with the name of the program first.
      others: flags that the program has for itself, by their groups.
    Raises:
      ConfigError: there is no completion for that shell.
    """
    if any(word in HELP for word in argv[1:]):
        return usual_flags(sys.modules['__main__'].__doc__ or '', program_of(argv), others)
    shell = completion.asked_for_in(argv[1:])
    return completion.script(shell) if shell else None


def program_of(argv: Sequence[str]) -> str:
    """Returns how a program is called, whatever directory it lies in."""
    name = os.path.basename(argv[0]) if argv else ''
    return f'python {name}' if name.endswith('.py') else name


def usual_flags(description: str, program: str, others: Mapping[str, Sequence[Flag]]) -> str:
    """Returns what `--help` shows.

    Args:
      description: what the program does.
      program: its name.
      others: flags that it has for itself, by their groups.
    """
    groups = USUAL_OF_OTHERS if others else USUAL
    shown: Dict[str, Sequence[Flag]] = dict(others)
    shown.update({name: [TABLE[flag] for flag in flags] for name, flags in groups.items()})
    n_all = sum(map(len, [*GROUPS.values(), *others.values()]))
    lines = [*([description.strip(), ''] if description.strip() else []),
             f'usage: {program} [--flag value | --flag=value | --switch | --noswitch] ...', '']
    width = max(len(_named(flag)) for group in shown.values() for flag in group) + 2
    for name, flags in shown.items():
        lines.append(f'{name}:')
        lines += [f'  {_named(flag):{width}}{_in_short(flag, WIDTH - width - 2)}' for flag in flags]
    lines += ['', f'These are the flags that most runs need; --helpfull lists all {n_all}, and those of earlier releases.']
    return '\n'.join(lines)


def say_next_steps(program: str) -> int:
    """Prints what to do next for somebody who has asked for nothing; returns the exit code."""
    width = max(len(what) for what, _ in NEXT_STEPS) + 2
    print('Nothing was asked for. What there is to do:',
          *(f'  {what:{width}}{how.format(program=program)}' for what, how in NEXT_STEPS), sep='\n')
    return 1


def _named(flag: Flag) -> str:
    return f'--[no]{flag.name}' if isinstance(flag.default, bool) else f'--{flag.name}'


def _in_short(flag: Flag, width: int) -> str:
    """Returns the first part of what a flag's help says, and its default."""
    first = flag.help.split('; ')[0]
    listed = f' ({", ".join(flag.choices)})' if 0 < len(flag.choices) <= 6 else ''
    default = '' if flag.default in ('', (), False, True) else f' [{flag.default}]'
    text = f'{first}{listed}{default}'
    return text if len(text) <= width else f'{text[:width - 4].rsplit(" ", 1)[0]} ...'
