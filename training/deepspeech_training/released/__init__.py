"""Models that others have released: fetched or placed by hand, unpacked, ready to train on, to test or to transcribe with."""
