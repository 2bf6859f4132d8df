"""From the text of a corpus to a transcript: normal forms, the rules of a language, the alphabet."""

import importlib.util
import os
import re
import sys
import unicodedata
from types import ModuleType
from typing import Callable, NamedTuple, Optional, Union

from ..errors import ConfigError, DataError
from ..text.alphabet import Alphabet, describe_characters
from ..text.letters import lower_case
from .problems import LABEL, MALFORMED, Problem

Validate = Callable[[str], Optional[str]]

_NOT_SPOKEN_AS_WRITTEN = re.compile(r'[0-9(<\[\]&*{]')  # the English rule cannot say how these are read
_FOREIGN = re.compile('[\0-\x08\ud800-\udfff]')  # the latter is what bytes that are no UTF-8 are read as
_JOINERS, _PUNCTUATION = re.compile('[-_]'), re.compile('[.,;?!:"]')


def validate_english(text: str) -> Optional[str]:
    """Returns a text in lower case without punctuation; None: it holds digits or marks whose reading is open, or nothing.

    The rule of DeepSpeech's importers, which know no other language; letters of other scripts stay.
    """
    if _NOT_SPOKEN_AS_WRITTEN.search(text):
        return None
    words = _PUNCTUATION.sub('', _JOINERS.sub(' ', text)).split()
    return lower_case(' '.join(words)) or None


def load_validate(path: str) -> Validate:
    """Returns the function `validate_label(text)` of a Python file, for `--validate_label_locale`.

    Raises:
      ConfigError: there is no such file, it cannot be run, or has no such function.
    """
    if not os.path.isfile(path):
        raise ConfigError(f'{path}: there is no such file; --validate_label_locale takes a Python file that defines '
                          f'validate_label(text).')
    module = _run_file(path)
    validate = getattr(module, 'validate_label', None)
    if not callable(validate):
        raise ConfigError(f'{path}: defines no function validate_label(text), which returns the transcript or None; add it.')
    return validate


def _run_file(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location('validate_label_locale', path,
                                                  loader=importlib.machinery.SourceFileLoader('validate_label_locale', path))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(1, os.path.dirname(os.path.abspath(path)))  # it may import what is beside it
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the latter would end the import as if all had gone well
        raise ConfigError(f'{path}: cannot be run for --validate_label_locale ({type(error).__name__}: {error}).') from error
    return module


class LabelRules(NamedTuple):
    """How texts become transcripts; each step is left out where it is None or False."""

    clean: Optional[Callable[[str], Optional[str]]] = None  # of the corpus; None for a text that is none
    validate: Optional[Validate] = None
    alphabet: Optional[Alphabet] = None  # texts with other characters are left out
    to_ascii: bool = False  # letters lose their accents, what is not Latin goes
    spaced: bool = False  # a blank after every character and nowhere else, for language models over characters

    def transcript(self, text: str) -> Union[str, Problem]:
        """Returns the transcript in Unicode normal form NFC, with single blanks; or why there is none.

        Raises:
          DataError: a rule of the user's fails.
        """
        if not text.strip():
            return Problem(LABEL, 'there is no text')
        if _FOREIGN.search(text):
            return Problem(MALFORMED, 'its text is not UTF-8, or holds control characters')
        changed: Optional[str] = text
        if self.to_ascii:
            changed = unicodedata.normalize('NFKD', text.strip()).encode('ascii', 'ignore').decode('ascii')
        for rule in (self.clean, self.validate):
            if rule and changed is not None:
                changed = self._apply(rule, changed)
        if changed is None:
            return Problem(LABEL, 'the rules of the language do not take the text')
        words = unicodedata.normalize('NFC', changed).split()
        if _FOREIGN.search(changed):
            return Problem(MALFORMED, 'the rules of the language leave control characters in it, or what UTF-8 cannot hold')
        if not words:
            return Problem(LABEL, 'nothing is left of the text')
        transcript = ' '.join(words)
        missing = self.alphabet.missing(transcript) if self.alphabet else []
        if missing:
            return Problem(LABEL, f'not in the alphabet: {describe_characters("".join(missing))}', ''.join(missing))
        return ' '.join(transcript.replace(' ', '')) if self.spaced else transcript

    def _apply(self, rule: Validate, text: str) -> Optional[str]:
        try:
            changed = rule(text)
        except (Exception, SystemExit) as error:
            raise DataError(f'the rule for labels fails on {text[:100]!r} ({type(error).__name__}: {error}).') from error
        if changed is not None and not isinstance(changed, str):
            raise DataError(f'the rule for labels gives {changed!r} for {text[:100]!r}; it has to give a text or None.')
        return changed
