"""Where progress is shown: a bar at the bottom of a terminal, or a few lines of a file.

progressbar2 draws the bar. What is ours here, as its releases for Python 3.7 (4.2) and later (4.6) were seen not to do it:
- Texts of changing length share a line with the bar and never make it wrap. Its widgets appear from a fixed width of the
  terminal on, whatever is in them.
- When a terminal becomes narrower it breaks the bar into two lines, and what progressbar2 draws next replaces the lower
  one only. So every line drawn leaves the cursor at its beginning, which stays with the upper one, and erases what follows.
- Lines of a Log come above the bar at once. Its own way replaces sys.stdout, by the one of when it was imported, and keeps
  lines back until the next update, which may be the end of a step that takes minutes.
- What stays is a line of results, not a full bar.
- Redraws follow the time. Of updates in quick succession, 4.6 learns to ignore some by their number; once steps take long,
  the bar stands still for a dozen of them. And both draw only when the bar itself has grown.
- Some lines in files and pipes: it writes all of them or none.
"""

from __future__ import annotations

import shutil
import time
from typing import Any, Callable, Dict, NamedTuple, Optional, TextIO, Union

import progressbar

from .columns import SEPARATOR, Columns, Cuts, cut, fitted, joined, text_width, unpadded
from .log import Log, is_drawable

REDRAW_S = 0.1
# Lines of a file: the first after half a minute, then whenever the time has doubled, and at least every half hour. So
# a long pass is soon seen to be alive, and still takes a few lines only.
FIRST_LINE_S = 30.
LONGEST_GAP_S = 1800.
MIN_BAR_WIDTH = 10
UNKNOWN_COLUMNS = 80


class View(NamedTuple):
    """What there is to see of some work.

    before, after: Columns on both sides of the bar while the work goes on.
    cuts: Cuts to both of them where space is scarce; no name is on both sides.
    result: Columns that stay in the end.
    result_cuts: Cuts to those.
    """

    before: Columns
    after: Columns
    cuts: Cuts
    result: Columns
    result_cuts: Cuts


def display(log: Log, show_bar: bool, view: Callable[[], View], clock: Callable[[], float] = time.monotonic,
            short_is_silent: bool = False) -> Union[Terminal, Lines]:
    """Returns where to show the View that `view()` returns: begin with `begin`, end with `finish`.

    Args:
      log: Log, which gets the lines where there is no bar.
      show_bar: whether to draw a bar, or plain lines where that is not possible.
      view: function that returns the present View.
      clock: function that returns seconds.
      short_is_silent: whether to write nothing into a file about work that has ended before its first line was due.
    """
    if show_bar and is_drawable(log.stream):
        return Terminal(log, view, clock)
    return Lines(log.plain if show_bar else log.info, view, clock, short_is_silent,
                 conclude=log.result if show_bar else log.info)


class Terminal:
    """A bar at the bottom of a terminal, below the lines of a Log."""

    def __init__(self, log: Log, view: Callable[[], View], clock: Callable[[], float] = time.monotonic):
        self._log, self._view, self._clock = log, view, clock
        self._due_s = 0.
        self._bar: progressbar.ProgressBar = progressbar.NullBar(term_width=1)

    def begin(self, total: Optional[float], done: float = 0) -> None:
        """Draws the bar; None is a `total` that nobody knows."""
        line = _FittedLine(self._view, progressbar.BouncingBar() if total is None else progressbar.Bar())
        self._bar = progressbar.ProgressBar(
            max_value=progressbar.UnknownLength if total is None else total, widgets=[line], fd=_Screen(self._log.stream),
            term_width=_columns(), is_terminal=True, line_breaks=False, enable_colors=False, custom_len=text_width,
            max_error=False)
        self._log.bars.append(self)
        self._bar.start()
        if done:
            self._bar.update(done, force=True)

    def update(self, done: float) -> None:
        """Notes how much is done, and shows it if the bar was not drawn a moment ago."""
        if self._clock() >= self._due_s:
            self._due_s = self._clock() + REDRAW_S
            self._bar.term_width = _columns()
            self._bar.update(done, force=True)

    def hide(self) -> None:
        """Makes room for a line of text."""
        # Both, as notebooks know no sequences for erasing, and blanks would remain in what is copied from a terminal.
        self._log.stream.write('\r' + ' ' * _columns() + '\r\x1b[J')

    def redraw(self) -> None:
        """Draws the bar as it was; after `hide` or another line."""
        self._bar.update(force=True)

    def finish(self) -> None:
        """Replaces the bar by the result."""
        if self in self._log.bars:
            self._log.bars.remove(self)
        self._bar.finish(end='', dirty=True)  # dirty: without drawing it
        self.hide()
        view = self._view()
        self._log.result(cut(joined(fitted(view.result, view.result_cuts, _columns())), _columns()))


class Lines:
    """Lines that `write(text)` takes, rarer and rarer; `conclude`, or else `write`, takes the result."""

    def __init__(self, write: Callable[[str], None], view: Callable[[], View], clock: Callable[[], float] = time.monotonic,
                 short_is_silent: bool = False, *, conclude: Optional[Callable[[str], None]] = None):
        self._conclude = conclude or write
        self._write, self._view, self._clock = write, view, clock
        self._begin_s = clock()
        self._due_s = self._begin_s + FIRST_LINE_S
        self._is_silent = short_is_silent

    def begin(self, total: Optional[float], done: float = 0) -> None:
        """Writes nothing."""

    def update(self, done: float) -> None:
        """Writes a line if it is time for one."""
        now_s = self._clock()
        if now_s >= self._due_s:
            self._due_s = now_s + min(now_s - self._begin_s, LONGEST_GAP_S)
            self._is_silent = False
            view = self._view()
            self._write(SEPARATOR.join(filter(None, [joined(unpadded(view.before)), joined(unpadded(view.after), ', ')])))

    def finish(self) -> None:
        """Writes the result."""
        if not self._is_silent:
            self._conclude(joined(self._view().result))


class _FittedLine(progressbar.widgets.AutoWidthWidgetBase):
    """The widget that fills a line: texts, a bar of progressbar2 if it fits, more texts."""

    copy = False

    def __init__(self, view: Callable[[], View], bar: progressbar.Bar):
        super().__init__()
        self._view, self._bar = view, bar

    def __call__(self, progress: Any, data: Dict[str, Any], width: int = 0) -> str:
        view = self._view()
        columns = fitted({**view.before, **view.after}, view.cuts, width - MIN_BAR_WIDTH - 1)
        before = joined({name: columns[name] for name in view.before})
        after = joined({name: columns[name] for name in view.after}, ', ')
        room = width - text_width(before) - 1 - (text_width(after) + 1 if after else 0)
        if room < MIN_BAR_WIDTH:
            return cut(before, width)
        return ' '.join(filter(None, [before, self._bar(progress, data, room), after]))


class _Screen:
    """A terminal as progressbar2 sees it: leaves the cursor at the beginning of what was written, with nothing after it."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> None:
        encoding = self._stream.encoding or 'utf-8'
        line = text.strip().encode(encoding, 'replace').decode(encoding)
        blanks = ' ' * (_columns() - text_width(line))  # progressbar2 counts letters for those it adds, not their widths
        self._stream.write(f'\r{line}{blanks}\x1b[J\r')

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return True


def _columns() -> int:
    """Returns how many columns of the terminal to use; in the last one some wrap."""
    # Serial lines and some containers have a terminal that does not know its size; Python 3.7 then says 0.
    return max(1, (shutil.get_terminal_size().columns or UNKNOWN_COLUMNS) - 1)
