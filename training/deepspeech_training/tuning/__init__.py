"""The search for the settings of a training: each trial is a training in a process of its own."""
