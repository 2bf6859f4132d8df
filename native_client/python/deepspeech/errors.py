"""Error codes of the published client, with what went wrong in words."""

import re

_BREAKING = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029]')  # control characters, and what ends a line

OK = 0x0000
NO_MODEL = 0x1000
INVALID_ALPHABET = 0x2000
INVALID_SHAPE = 0x2001
INVALID_SCORER = 0x2002
MODEL_INCOMPATIBLE = 0x2003
SCORER_NOT_ENABLED = 0x2004
SCORER_UNREADABLE = 0x2005
SCORER_INVALID_LM = 0x2006
SCORER_NO_TRIE = 0x2007
SCORER_INVALID_TRIE = 0x2008
SCORER_VERSION_MISMATCH = 0x2009
FAIL_INIT_MMAP = 0x3000
FAIL_INIT_SESS = 0x3001
FAIL_INTERPRETER = 0x3002
FAIL_RUN_SESS = 0x3003
FAIL_CREATE_STREAM = 0x3004
FAIL_READ_PROTOBUF = 0x3005
FAIL_CREATE_SESS = 0x3006
FAIL_CREATE_MODEL = 0x3007
FAIL_INSERT_HOTWORD = 0x3008
FAIL_CLEAR_HOTWORD = 0x3009
FAIL_ERASE_HOTWORD = 0x3010

_DESCRIPTIONS = {
    OK: 'No error.',
    NO_MODEL: 'No model was named.',
    INVALID_ALPHABET: 'The alphabet cannot be used with this model.',
    INVALID_SHAPE: 'The input of the model has an unknown shape.',
    INVALID_SCORER: 'The scorer cannot be used.',
    MODEL_INCOMPATIBLE: 'This is no model that the client can use.',
    SCORER_NOT_ENABLED: 'No scorer is enabled.',
    SCORER_UNREADABLE: 'The scorer cannot be read.',
    SCORER_INVALID_LM: 'The scorer has no language model that can be used.',
    SCORER_NO_TRIE: 'The scorer ends before its words.',
    SCORER_INVALID_TRIE: 'The words of the scorer cannot be used.',
    SCORER_VERSION_MISMATCH: 'The scorer has another version.',
    FAIL_INIT_MMAP: 'The model file cannot be opened.',
    FAIL_INIT_SESS: 'No session could be made.',
    FAIL_INTERPRETER: 'The model cannot be interpreted.',
    FAIL_RUN_SESS: 'The model failed on its input.',
    FAIL_CREATE_STREAM: 'No stream could be made.',
    FAIL_READ_PROTOBUF: 'The model file cannot be read as a graph.',
    FAIL_CREATE_SESS: 'The graph cannot be run.',
    FAIL_CREATE_MODEL: 'No model could be made.',
    FAIL_INSERT_HOTWORD: 'The hot word cannot be added.',
    FAIL_CLEAR_HOTWORD: 'The hot words could not be removed.',
    FAIL_ERASE_HOTWORD: 'The word is no hot word.',
}


def describe(code: int) -> str:
    """Returns what an error code means, in a few words."""
    return _DESCRIPTIONS.get(code, 'Unknown error.')


def one_line(text: str) -> str:
    """Returns a message with control characters, which names of files may hold, as escapes."""
    return _BREAKING.sub(lambda found: ascii(found.group())[1:-1], text)


class DeepSpeechError(RuntimeError):
    """What could not be done and why; `code` is the published error code, `detail` cause and remedy.

    The text begins like the published client's, `CreateModel failed with '...' (0x2003)`; the cause and a remedy follow.
    """

    def __init__(self, action: str, code: int, detail: str = '') -> None:
        text = f"{action} failed with '{describe(code)}' (0x{code:X})"
        super().__init__(f'{text}: {detail}' if detail else text)
        self.code, self.detail = code, detail


class ModelError(Exception):
    """A file that cannot be used as a model. Callers turn it into an error that says what was attempted.

    Attributes:
      code: error code.
      detail: cause and remedy, one sentence.
    """

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class LibraryError(ImportError):
    """The native library is missing or cannot be loaded; the message is one sentence with cause and remedy."""


class AudioError(Exception):
    """An audio file that cannot be read or converted; the message is one sentence with cause and remedy."""


class UnknownFormatError(AudioError):
    """An audio file of a format that is not known, if it is one; another program may read it."""
