"""Columns of a CSV file that say more of an utterance than training needs: speaker, accent, microphone.

They are read when a report wants them, so that a set does not hold them all the time.
"""

from collections import defaultdict
from typing import Dict, List, Sequence

from ..errors import DataError
from .csv_source import rows_of
from .csv_table import FILENAME, FILESIZE, TRANSCRIPT, read_table
from .utterance import Utterance

_KNOWN = (FILENAME, FILESIZE, TRANSCRIPT)


def further_columns(path: str, utterances: Sequence[Utterance]) -> List[Dict[str, str]]:
    """Returns {column: value} for each of the utterances, which come from the file; an empty list without any.

    Args:
      path: a CSV file; one of another kind has none.
      utterances: in any order; of several with the same sound, the first stands for the first row.
    """
    if path.lower().endswith('.sdb'):
        return []
    try:
        table = read_table(path, refuse=lambda record, error: None)  # rows that the run has left out are not asked for
        places = {name: place for place, name in enumerate(table.columns) if name and name.lower() not in _KNOWN}
        if not places:
            return []
        cells = dict(table.rows)
        waiting: Dict[str, List[List[str]]] = defaultdict(list)
        for row in rows_of(path, table, refuse=lambda rejection: None):
            waiting[row.id].append(cells[row.line])
    except DataError:  # it was another file when the run began
        return []
    found = []
    for utterance in utterances:
        rows = waiting.get(utterance.id)
        of_row = (rows.pop(0) if len(rows) > 1 else rows[0]) if rows else None
        found.append({name: of_row[place].strip() for name, place in places.items()} if of_row else {})
    return found
