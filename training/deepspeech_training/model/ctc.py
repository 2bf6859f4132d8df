"""Connectionist temporal classification: the loss of a batch."""

from ..compat import tf

NO_LABEL = -1  # fills short transcripts up to the longest of a batch


def ctc_losses(logits_tbc, lengths, labels):
    """Returns the negative log-likelihood of each utterance's transcript, natural log, not divided by its length.

    Args:
      logits_tbc: float32 [time, batch, labels + 1]; the last class is the blank.
      lengths: int32 [batch], frames of each utterance.
      labels: int32 [batch, longest transcript], filled up with `NO_LABEL`.
    Returns:
      float32 [batch]; infinite where the frames do not suffice for the transcript.
    Source: Graves et al. 2006.
    """
    indices = tf.where(labels >= 0)
    sparse = tf.SparseTensor(indices, tf.gather_nd(labels, indices), tf.shape(labels, out_type=tf.int64))
    return tf.nn.ctc_loss(labels=sparse, inputs=logits_tbc, sequence_length=lengths)
