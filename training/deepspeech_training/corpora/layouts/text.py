"""Turns the text of a corpus into transcripts: which letters a language keeps, and which texts cannot be used.

Short because it knows few languages yet: an importer of another one adds its letters here.
"""

import re
import unicodedata

from ...text.letters import lower_case

# Inside of a regular expression's brackets. What is neither a letter here nor a blank separates words.
LETTERS = {
    'en': "a-z'",
    'es': 'a-záéíñóúü',
    'fr': "a-zàâæçéèêëîïôœùûüÿ'",
    'it': "a-zàèéìòù'",
    'ru': r'а-яё\-',
}


def clean_transcript(text: str, language: str) -> str:
    """Returns `text` in lower case with the letters of `language` and single blanks only; '' if nothing is left."""
    text = lower_case(unicodedata.normalize('NFC', text), LETTERS[language])
    words = re.sub(f'[^{LETTERS[language]}]', ' ', text).split()
    return ' '.join(words)


def is_read_as_written(text: str) -> bool:
    """Tells whether the speaker's words stand in `text`: no digits, whose reading is open, and no stage directions."""
    return '[' not in text and not re.search(r'\d', text)
