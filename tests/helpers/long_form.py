"""What the short form of the tests leaves to `--long`: further values for the same thing."""

import pytest


def long(*values, **how):
    """Returns the values of one case of a test that is made with --long only."""
    return pytest.param(*values, marks=pytest.mark.long, **how)
