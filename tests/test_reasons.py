"""What an error of TensorFlow is told as: the system's own words, never where in the graph it happened."""

import errno
import os

import pytest

from deepspeech_training.compat import reason_of, tf

IN_GRAPH = '''Graph execution error:

Detected at node 'save/SaveV2' defined at (most recent call last):
  File "/somewhere/train/loop.py", line 12, in <module>
    saver = tf.train.Saver(variables)
Node: 'save/SaveV2'
{}
\t [[{{{{node save/SaveV2}}}}]]

Original stack trace for 'save/SaveV2':
  File "/somewhere/train/loop.py", line 12, in <module>
'''


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.ENOENT, errno.ESTALE])
@pytest.mark.parametrize('form', [IN_GRAPH, '{}'])
def test_the_words_of_the_system_are_found(form, number):
    said = f'/data/ckpt/.tmp-train-3.data-00000-of-00001.tempstate12; {os.strerror(number)}'
    assert reason_of(tf.errors.UnknownError(None, None, form.format(said))) == os.strerror(number)
    assert reason_of(OSError(number, os.strerror(number), 'x')) == os.strerror(number)


def test_without_them_the_first_line_that_says_something_is_told():
    said = 'Checksum does not match: stored 1 vs. calculated on the restored bytes 2'
    assert reason_of(tf.errors.DataLossError(None, None, said)) == said
    in_graph = tf.errors.DataLossError(None, None, f'Graph execution error:\n\n{said}\n\t [[{{{{node x}}}}]]')
    assert reason_of(in_graph) == said
    assert reason_of(tf.errors.DataLossError(None, None, IN_GRAPH.format(said))) == said
    several = f'2 root error(s) found.\n  (0) DATA_LOSS: {said}\n\t [[{{{{node x}}}}]]\n  (1) DATA_LOSS: {said}\n'
    assert reason_of(tf.errors.DataLossError(None, None, IN_GRAPH.format(several))) == said
    assert reason_of(ValueError()) == 'ValueError'
