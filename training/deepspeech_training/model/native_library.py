"""The door to the package of the native layers, which need not be installed: without it TensorFlow computes everything.

Short because the package has all of it.
"""

from typing import Any

INTERFACE = 1  # of the package that the modules here are written for


def layers() -> Any:
    """Returns the package. Raises ImportError."""
    import deepspeech_layers

    return deepspeech_layers


def reason_missing() -> str:
    """Returns in a few words why the native layers cannot be had here; '' if they can."""
    try:
        package = layers()
    except ImportError:
        return 'the package deepspeech_layers is not installed (bin/setup.sh does that)'
    if getattr(package, 'INTERFACE', None) != INTERFACE:
        return 'the package deepspeech_layers is of another version (bin/setup.sh installs the right one)'
    return str(package.reason_missing())
