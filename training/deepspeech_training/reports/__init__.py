"""Pages that people look at: self-contained HTML, with figures, players and the numbers as JSON."""
