"""What a pass adds up to."""

import math
from types import SimpleNamespace

import numpy as np

from deepspeech_training.train.passes import LossMeter
from deepspeech_training.train.towers import Step


def step(losses, weights=None):
    losses = np.array(losses, np.float32)
    weights = np.ones_like(losses) if weights is None else np.array(weights, np.float32)
    finite = np.isfinite(losses)
    return Step(float((losses * weights)[finite].sum()), float(weights[finite].sum()), losses,
                index=np.arange(len(losses)), weight=weights, flops=0., waited_s=0.)


def metered(*steps):
    feeder = SimpleNamespace(utterance=lambda index: SimpleNamespace(id=f'{index}.wav'))
    meter = LossMeter()
    return meter, [meter.add(each, feeder) for each in steps]


def test_every_utterance_weighs_the_same_whatever_its_step():
    meter, losses = metered(step([1., 2., 3.]), step([10.]))
    assert losses == [2., 10.] and meter.mean == 4.


def test_stand_ins_do_not_count():
    meter, _ = metered(step([1., 99.], weights=[1, 0]), step([3., math.inf], weights=[1, 0]))
    assert meter.mean == 2. and meter.not_finite == []


def test_one_lost_utterance_among_many_is_named_and_left_out():
    meter, _ = metered(step([1.] * 19 + [math.inf]))
    assert meter.mean == 1. and meter.not_finite == ['19.wav']


def test_the_mean_of_a_lost_model_is_no_number_even_if_one_loss_is_small():
    meter, losses = metered(step([math.nan, math.inf, 0.1]), step([math.nan]))
    assert math.isnan(meter.mean) and math.isnan(losses[1])
