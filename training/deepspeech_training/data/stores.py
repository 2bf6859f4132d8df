"""Where features are kept from epoch to epoch: so far nowhere.

All stores have the same methods and may be called from any thread:

    of_file(path)             features of an audio file as it is now, or None
    of_audio(path, samples)   the same, known by the sound itself, or None
    add(path, samples, frames)
    clear()                   forgets everything; tells whether there was anything
    close()
"""


class NoStore:
    """Keeps nothing."""

    def of_file(self, path):
        return None

    def of_audio(self, path, samples):
        return None

    def add(self, path, samples, frames):
        pass

    def clear(self):
        return False

    def close(self):
        pass
