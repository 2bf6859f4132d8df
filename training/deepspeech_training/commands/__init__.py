"""Programs of `bin/` that pip installs as commands too: what they take, and their exit codes."""
