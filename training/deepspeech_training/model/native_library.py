"""The door to the package of the native layers, which need not be installed: without it TensorFlow computes everything.

Short because the package has all of it.
"""

from typing import Any


def layers() -> Any:
    """Returns the package. Raises ImportError."""
    import deepspeech_layers

    return deepspeech_layers


def reason_missing() -> str:
    """Returns in a few words why the native layers cannot be had here; '' if they can."""
    try:
        return str(layers().reason_missing())
    except ImportError:
        return 'the package deepspeech_layers is not installed (bin/setup.sh does that)'
