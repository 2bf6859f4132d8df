"""Lines of CSV files that every reader takes apart as they were put together.

Short because it is one thing that the library's writer gets wrong.
"""

import csv
import io
from typing import Sequence


def csv_line(cells: Sequence[object]) -> str:
    """Returns a line with its end, a line feed.

    Cells with a carriage return are quoted, too: the library's writer only does so where that ends its lines.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator='\r\n').writerow(cells)
    return text.getvalue()[:-2] + '\n'
