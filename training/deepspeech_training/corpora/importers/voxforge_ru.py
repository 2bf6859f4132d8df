"""Short because Russian VoxForge is VoxForge with other letters: voxforge.py says what is special about it."""

from .voxforge import VoxForge


class VoxForgeRu(VoxForge):
    """Archives <speaker>-<date>-<code>.tgz are taken from DATA_DIR/archive. Without any there, or with the list of them that an
    earlier run has left there, those of the language are fetched.

    Recordings are taken as they are: neither made louder nor filtered. Writes DATA_DIR/voxforge-{train,dev,test}.csv.
    """

    name = 'voxforge_ru'
    title = 'Russian VoxForge'
    language = 'Russian'
    size = 'about 25 hours'
    default_language = 'ru'
