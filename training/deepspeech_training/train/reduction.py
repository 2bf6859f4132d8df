"""Sums over all workers of a cluster, by TensorFlow's collective operations."""

from typing import Dict

from ..compat import raw_ops, tf

GROUP = 1  # of all workers
PIECES = 4  # that a long vector travels in, so that one is on its way while another is added up
LONG = 1 << 18  # numbers from which on this is a gain


class Sums:
    """Makes sums over all workers, each of which makes the same ones in the same order.

    Args:
      n_workers: how many these are.
    """

    def __init__(self, n_workers: int):
        self._n_workers, self._n_made = n_workers, 0

    def of(self, tensor: 'tf.Tensor') -> 'tf.Tensor':
        """Returns the sum of tensors of one shape and type: a ring adds them up, so the order of the summands is its own."""
        return raw_ops.CollectiveReduce(input=tensor, merge_op='Add', final_op='Id', subdiv_offsets=[0] * _n_pieces(tensor),
                                        **self._place())

    def of_rounded(self, vector: 'tf.Tensor') -> 'tf.Tensor':
        """Returns the sum of vectors, float32 [n], which travels as bfloat16: half as many bytes as `of` sends.

        A ring of bfloat16 would round once more with every worker. So each worker gets its part of all vectors, adds it up in
        float32 in the order of the workers, and all get the sums: whatever their number, what is summed is rounded once, and so
        is the sum. It is the same for all, to the bit.
        """
        n_numbers, n_pieces = vector.shape.num_elements(), _n_pieces(vector)
        sizes = [(index + 1) * n_numbers // n_pieces - index * n_numbers // n_pieces for index in range(n_pieces)]
        return tf.concat([self._piece(piece) for piece in tf.split(vector, sizes)], axis=0)

    def _piece(self, vector: 'tf.Tensor') -> 'tf.Tensor':
        n, n_numbers = self._n_workers, vector.shape.num_elements()
        n_of_part = -(-n_numbers // (2 * n)) * 2  # even, as numbers travel in pairs
        padded = tf.pad(vector, [[0, n * n_of_part - n_numbers]])
        parts = raw_ops.CollectiveAllToAllV2(input=_pairs(tf.reshape(padded, [n, n_of_part])), ordering_token=[],
                                             **self._place())
        of_this = tf.reduce_sum(_numbers(parts), axis=0)
        sums = raw_ops.CollectiveGather(input=_pairs(of_this), shape=[n * n_of_part // 2], **self._place())
        return _numbers(sums)[:n_numbers]

    def _place(self) -> Dict[str, int]:
        self._n_made += 1
        return {'group_size': self._n_workers, 'group_key': GROUP, 'instance_key': self._n_made}


def _n_pieces(tensor: 'tf.Tensor') -> int:
    return PIECES if (tensor.shape.num_elements() or 0) >= LONG else 1


def _pairs(numbers: 'tf.Tensor') -> 'tf.Tensor':
    """Returns float32 [..., 2 n] as bfloat16, two in each int32 [..., n]: these can be sent everywhere."""
    *outer, last = numbers.shape.as_list()
    return tf.bitcast(tf.reshape(tf.cast(numbers, tf.bfloat16), [*outer, last // 2, 2]), tf.int32)


def _numbers(pairs: 'tf.Tensor') -> 'tf.Tensor':
    """Returns what `_pairs` took, rounded."""
    *outer, n_pairs = pairs.shape.as_list()
    return tf.cast(tf.reshape(tf.bitcast(pairs, tf.bfloat16), [*outer, 2 * n_pairs]), tf.float32)
