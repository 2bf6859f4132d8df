"""Divides a corpus into train, dev and test sets, the same way on every machine."""

import random


def split_80_10_10(clips, seed=0):
    """Returns {'train': clips, 'dev': clips, 'test': clips}: a seeded shuffle, each part sorted by size.

    The result depends on the order of `clips`; pass them in an order that is fixed by the corpus, not by a directory
    listing.
    """
    shuffled = list(clips)
    random.Random(seed).shuffle(shuffled)
    train_end, dev_end = int(len(shuffled) * .8), int(len(shuffled) * .9)
    parts = {'train': shuffled[:train_end], 'dev': shuffled[train_end:dev_end], 'test': shuffled[dev_end:]}
    return {name: sorted(part, key=lambda clip: clip.size_bytes) for name, part in parts.items()}
