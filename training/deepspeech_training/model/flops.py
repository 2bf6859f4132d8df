"""How much arithmetic the acoustic model takes: the floating-point operations of its matrix products.

Two operations per multiply-add of the dense layers and of the recurrent layer, input projection included. Biases,
activations, loss and optimiser are left out: they are less than a hundredth of it. So the figure, divided by time,
can be held against what a machine reaches in matrix products.
"""

from .variables import DENSE_LAYERS, cell_names, dense_shape


def forward_flops(config, n_frames):
    """Returns the operations of a forward pass, an int.

    Args:
      config: ModelConfig.
      n_frames: frames that are computed, padding included: utterances of a batch times frames of its longest one.
    """
    products = [dense_shape(config, layer) for layer in DENSE_LAYERS]
    products += [(config.n_rnn_input + config.n_cell, 4 * config.n_cell) for _ in cell_names(config.direction)]
    return 2 * n_frames * sum(n_inputs * n_outputs for n_inputs, n_outputs in products)


def training_flops(config, n_frames):
    """Returns the operations of a training step; the gradient takes two products for each one of the forward pass."""
    return 3 * forward_flops(config, n_frames)
