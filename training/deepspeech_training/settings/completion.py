"""Completion of flags in a shell, of the programs that take them.

    source <(deepspeech-train --print_completion bash)     # in ~/.bashrc; from the checkout: python DeepSpeech.py ...
    source <(deepspeech-train --print_completion zsh)      # in ~/.zshrc

One function serves both: zsh has bash's way of completion, too. Names of flags are completed, values of flags that have a list
of them, and else names of files.
"""

import os
from typing import Dict, Iterable, List, Mapping, Sequence

from ..errors import ConfigError
from .flags import AUTO, TABLE, Flag
from .recordings import ALIGNMENT, TRANSCRIPTION

FLAG = 'print_completion'
SHELLS = ('bash', 'zsh')
# Programs, by the flags that they have beside those of the trainer.
PLAIN = ('deepspeech-train', 'deepspeech-evaluate', 'deepspeech-lm-optimizer', 'DeepSpeech.py', 'evaluate.py',
         'lm_optimizer.py')
WITH_OTHERS: Mapping[str, Sequence[Flag]] = {'deepspeech-transcribe': TRANSCRIPTION.flags, 'transcribe.py': TRANSCRIPTION.flags,
                                             'deepspeech-align': ALIGNMENT.flags, 'align.py': ALIGNMENT.flags}
OF_ALL = ('help', 'helpfull', 'flagfile')
IN_ZSH = 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n'
SCRIPT = '''_deepspeech_flags() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" flag="" names="{names}"
    COMPREPLY=()
    # bash makes words of its own of --flag=value.
    if [[ "$word" == "=" ]]; then
        flag="${{COMP_WORDS[COMP_CWORD-1]}}" word=""
    elif [[ $COMP_CWORD -ge 2 && "${{COMP_WORDS[COMP_CWORD-1]}}" == "=" ]]; then
        flag="${{COMP_WORDS[COMP_CWORD-2]}}"
    elif [[ $COMP_CWORD -ge 1 && "$word" != -* ]]; then
        flag="${{COMP_WORDS[COMP_CWORD-1]}}"
    fi
    case "${{COMP_WORDS[0]##*/}}" in
{programs}
    esac
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$names" -- "$word"))
        return
    fi
    case "$flag" in
{values}
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _deepspeech_flags {commands}
'''


def script(shell: str) -> str:
    """Returns what a shell reads to complete flags. Raises ConfigError for shells that are not known."""
    if shell not in SHELLS:
        raise ConfigError(f'--{FLAG} {shell}: flags are completed in {" and ".join(SHELLS)}.')
    programs: Dict[str, List[str]] = {}
    for program, flags in WITH_OTHERS.items():
        programs.setdefault(' '.join(_words(flags)), []).append(program)
    own = [f'        {"|".join(names)}) names="$names {words}" ;;' for words, names in programs.items()]
    flags = [*TABLE.values(), *TRANSCRIPTION.flags, *ALIGNMENT.flags]
    values = {f'--{flag.name}': flag.choices for flag in flags if flag.choices}
    values['--train_batch_size'] = (AUTO,)
    listed = [f'        {name}) COMPREPLY=($(compgen -W "{" ".join(choices)}" -- "$word")) ;;'
              for name, choices in sorted(values.items())]
    text = SCRIPT.format(names=' '.join([*(f'--{name}' for name in OF_ALL), *_words(TABLE.values())]), programs='\n'.join(own),
                         values='\n'.join(listed), commands=' '.join([*PLAIN, *WITH_OTHERS]))
    return IN_ZSH * (shell == 'zsh') + text


def asked_for_in(words: Sequence[str]) -> str:
    """Returns the shell whose script a command line asks for, where it names none the one around; empty: it does not."""
    for word, following in zip(words, [*words[1:], '']):
        name, has_value, value = word.lstrip('-').partition('=')
        if word.startswith('-') and name == FLAG:
            return value if has_value else following or os.path.basename(os.environ.get('SHELL', SHELLS[0]))
    return ''


def _words(flags: Iterable[Flag]) -> List[str]:
    """Returns how flags are written; switches in both ways."""
    words = []
    for flag in flags:
        words += [f'--{name}' for name in (flag.name, flag.alias) if name]
        words += [f'--no{flag.name}'] if isinstance(flag.default, bool) else []
    return words
