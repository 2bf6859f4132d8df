"""What this machine and this installation are, and what is wrong with them, with what to do about it."""
