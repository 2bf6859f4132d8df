"""Forms that the lists and texts of several corpora have, or that take more than one page to read."""
