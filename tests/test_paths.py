"""Places to write to."""

import pytest

from deepspeech_training.errors import CheckpointError
from deepspeech_training.paths import ensure_writable


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(CheckpointError, match='--checkpoint_dir'):
        ensure_writable(str(tmp_path / 'file' / 'below'), 'checkpoint_dir', CheckpointError)
