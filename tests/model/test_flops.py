"""Operations of a step, against numbers worked out by hand."""

from deepspeech_training.model.variables import forward_flops, training_flops
from deepspeech_training.settings.model import ModelConfig


def test_one_direction_at_the_published_size():
    config = ModelConfig(n_labels=28, n_hidden=2048, direction='unidirectional')
    # 494 x 2048, three times 2048 x 2048 (layers 2, 3 and 5), 4096 x 8192 for the LSTM, 2048 x 29
    multiply_adds = 1011712 + 3 * 4194304 + 33554432 + 59392
    assert forward_flops(config, 1) == 2 * multiply_adds
    assert round(training_flops(config, 16 * 200) / 1e9, 1) == 906.4


def test_both_directions_take_2_6_times_as_much():
    config = ModelConfig(n_labels=28, n_hidden=2048, direction='bidirectional')
    # Layer 3 is twice as wide, which widens the input of both LSTMs and of layer 5.
    multiply_adds = 1011712 + 4194304 + 2 * 8388608 + 2 * 50331648 + 59392
    assert forward_flops(config, 1) == 2 * multiply_adds
    assert round(multiply_adds / 47.2e6, 1) == 2.6
