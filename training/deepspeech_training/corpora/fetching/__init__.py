"""From the addresses of a corpus to a directory of its files: whole, verified, and nothing outside of it."""
