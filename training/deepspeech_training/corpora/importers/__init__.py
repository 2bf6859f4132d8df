"""Corpora, one module each: what is special about them. `..importer` does what they share."""
