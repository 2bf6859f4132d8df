"""What an examination found: one value a finding, with a judgement, and what to do where it is not good.

No other part is needed here, as the examination also is of an installation that lacks them.
"""

from dataclasses import dataclass
from typing import Callable, List

OK, WARN, FAIL = 'ok', 'warn', 'fail'  # a warning costs time or a feature; with a failure something does not work at all


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    section: str
    name: str
    status: str  # OK, WARN or FAIL
    value: str  # what is so
    remedy: str = ''  # what to do; empty if nothing is wrong


class Section:
    """Collects the findings of a section.

    Attributes:
      all: the findings, in the order in which they were made.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.all: List[Finding] = []

    def ok(self, name: str, value: object) -> None:
        """Adds something that is as it should be."""
        self.all.append(Finding(self.name, name, OK, _line(value)))

    def warn(self, name: str, value: object, remedy: str) -> None:
        """Adds something that costs time or a feature."""
        self.all.append(Finding(self.name, name, WARN, _line(value), _line(remedy)))

    def fail(self, name: str, value: object, remedy: str) -> None:
        """Adds something that does not work."""
        self.all.append(Finding(self.name, name, FAIL, _line(value), _line(remedy)))

    def judge(self, is_good: bool, name: str, value: object, remedy: str) -> None:
        """Adds something that is as it should be, or else is worth a warning."""
        if is_good:
            self.ok(name, value)
        else:
            self.warn(name, value, remedy)


def examined(name: str, examine: Callable[[Section], object]) -> List[Finding]:
    """Returns what `examine` adds to the section of that name; whatever ends it is a finding, too."""
    section = Section(name)
    try:
        examine(section)
    except ModuleNotFoundError as error:
        section.fail('examination', f'not possible without the module {error.name}',
                     'install what fails above, then run this again')
    except Exception as error:  # of an installation of which anything may be broken
        section.fail('examination', f'ended by {type(error).__name__}: {error}',
                     'mend what fails above, then run this again; if it is the only failure, this program has a fault: '
                     'report it')
    return section.all


def _line(text: object) -> str:
    """Returns a text as one line."""
    return ' '.join(str(text).split())
