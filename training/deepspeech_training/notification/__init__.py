"""Tells people about a run that they do not look at: Telegram, JSON over HTTP, and what the package apprise reaches."""
