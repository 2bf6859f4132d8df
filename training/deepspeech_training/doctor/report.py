"""The findings as people read them, and as programs do."""

import json
import textwrap
from typing import List, Sequence

from .findings import FAIL, WARN, Finding

MARKS = {'ok': '  ', 'warn': 'W ', 'fail': 'E '}  # as the lines of a training have them
FORMAT = 1


def lines_of(findings: Sequence[Finding], width: int = 120) -> List[str]:
    """Returns a report: a heading for each section, a line for each finding, below it what to do, and a summary.

    Args:
      findings: in the order of the report.
      width: of the terminal; values are wrapped to it.
    """
    lines: List[str] = []
    n_name = max((len(finding.name) for finding in findings), default=0)
    section = ''
    for finding in findings:
        if finding.section != section:
            section = finding.section
            lines += [''] * bool(lines) + [section]
        lines += _wrapped(f'{MARKS[finding.status]}{finding.name.ljust(n_name)}  ', finding.value or '-', width)
        if finding.remedy:
            lines += _wrapped(' ' * (n_name + 4) + '-> ', finding.remedy, width)
    return [*lines, '', summary(findings)]


def summary(findings: Sequence[Finding]) -> str:
    """Returns the last line of a report."""
    failed, warned = [[finding.name for finding in findings if finding.status == status] for status in (FAIL, WARN)]
    examined = f'{len(findings)} thing{"s" if len(findings) != 1 else ""} examined'
    if not failed and not warned:
        return f'{examined}, nothing is wrong.'
    parts = [f'{len(names)} {what} ({", ".join(dict.fromkeys(names))})'
             for names, what in ((failed, 'failed'), (warned, 'to be looked at')) if names]
    return f'{examined}: {"; ".join(parts)}.'


def json_of(findings: Sequence[Finding]) -> str:
    """Returns the report as JSON: {format, ok, failed, warned, findings: [{section, name, status, value, remedy}]}."""
    failed, warned = [sum(finding.status == status for finding in findings) for status in (FAIL, WARN)]
    return json.dumps({'format': FORMAT, 'ok': not failed, 'failed': failed, 'warned': warned,
                       'findings': [vars(finding) for finding in findings]}, indent=1, ensure_ascii=False)


def _wrapped(start: str, text: str, width: int) -> List[str]:
    return textwrap.wrap(text, max(width, len(start) + 40), initial_indent=start, subsequent_indent=' ' * len(start),
                         break_long_words=False, break_on_hyphens=False)
