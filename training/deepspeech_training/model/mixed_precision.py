"""Matrix products of float32 tensors, made of shorter numbers where that is faster.

Factors are rounded to the given type; the library adds up in float32 and rounds the sum to that type once.
"""

from ..compat import tf


def cast(x, kind):
    """Returns `x` in the type `kind`, itself where it is of that type already."""
    return x if x.dtype == kind else tf.cast(x, kind)


def product(left, right, kind, transpose_a=False, transpose_b=False):
    """Returns the float32 product of two matrices.

    Args:
      left, right: float32 or `kind`, [rows, inner] and [inner, columns], unless transposed.
      kind: TensorFlow type that the factors are rounded to.
    """
    return cast(tf.matmul(cast(left, kind), cast(right, kind), transpose_a=transpose_a, transpose_b=transpose_b),
                tf.float32)
