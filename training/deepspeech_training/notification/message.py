"""What is told of a run: one line on what happened, some on where it stands.

Used by the watchdog only, which is to start in no time: hence without anything of the trainer.
"""

import datetime
import math
import socket
from typing import Any, Dict, Mapping, NamedTuple, Optional

# What may happen, and how a message about it begins.
TITLES = {'end': 'Finished', 'crash': 'Failed', 'diverged': 'Diverged', 'interrupted': 'Interrupted', 'died': 'Died',
          'early_stop': 'Early stop', 'plateau': 'Plateau'}
IN_LOG = ('early_stop', 'plateau')  # the log says so itself
SORTS = {'end': 'success', 'crash': 'failure', 'diverged': 'failure', 'died': 'failure', 'interrupted': 'warning',
         'early_stop': 'info', 'plateau': 'info'}  # in the words of apprise
DIED = ('The process has ended without a word: it was killed (kill -9), ran out of memory, or crashed within a library. The '
        'same command goes on from its last checkpoint.')


class Message(NamedTuple):
    """Something that happened.

    Attributes:
      event: a key of TITLES.
      title: a few words.
      text: some lines.
      facts: what is known of the run: `host`, `what`, `directory`, `epoch`, `losses` by set, `seconds`.
    """

    event: str
    title: str
    text: str
    facts: Dict[str, Any]

    def as_json(self) -> Dict[str, Any]:
        """Returns the values for JSON, all on one level."""
        return dict(event=self.event, title=self.title, text=self.text, **self.facts)


def message_on(event: str, sentence: str, facts: Mapping[str, Any], seconds: float) -> Message:
    """Returns the Message about an event.

    Args:
      event: a key of TITLES.
      sentence: what happened.
      facts: what is known of the run by then.
      seconds: since it began.
    """
    host = socket.gethostname()
    losses = {name: loss if math.isfinite(loss) else None for name, loss in facts.get('losses', {}).items()}
    known = dict(facts, host=host, losses=losses, seconds=round(seconds, 1))
    lines = [sentence, f'Host {host}, {facts.get("what", "run")}, checkpoints in {facts.get("directory", "")}']
    if facts.get('epoch') is not None:
        shown = ''.join(f', {name} loss {_figure(loss)}' for name, loss in losses.items())
        lines.append(f'Epoch {facts["epoch"]}{shown}')
    lines.append(f'{datetime.timedelta(seconds=round(seconds))} since the beginning')
    return Message(event, f'{TITLES[event]}: {facts.get("what", "run")} on {host}', '\n'.join(lines), known)


def _figure(loss: Optional[float]) -> str:
    return 'not finite' if loss is None else f'{loss:.6g}'
