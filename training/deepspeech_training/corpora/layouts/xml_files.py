"""XML that corpora come with.

Short because ElementTree reads it; here stands what it may not hold, and what is said of damage.
"""

import xml.etree.ElementTree as ElementTree
from typing import Iterator

from deepspeech.formats.content import open_regular

from ...errors import DataError


def read_xml(path: str) -> ElementTree.Element:
    """Returns the root of an XML file.

    Raises:
      DataError: it cannot be read, is damaged, or defines entities: a few lines of those may stand for gigabytes.
    """
    try:
        with open_regular(path) as file:
            data = file.read()
    except OSError as error:
        raise DataError(f'{path}: cannot be read ({error.strerror or error}); check the path.') from error
    if b'<!ENTITY' in data.replace(b'\0', b''):
        raise DataError(f'{path}: defines entities, which no corpus does; get the file again.')
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DataError(f'{path}: damaged XML ({error}); get the file again.') from error


def name_of(element: ElementTree.Element) -> str:
    """Returns the name of an element without its namespace; '' of a comment."""
    return element.tag.rpartition('}')[2] if isinstance(element.tag, str) else ''


def below(top: ElementTree.Element, name: str, without: str = '') -> Iterator[ElementTree.Element]:
    """Yields the elements of a name below `top`, but not those within others of that name or the name `without`, in order."""
    waiting = list(reversed(top))
    while waiting:
        element = waiting.pop()
        if name_of(element) == name:
            yield element
        elif not without or name_of(element) != without:
            waiting += reversed(element)
