"""Recordings of any length: where speech is in them, what is said there, when each word is said."""
