"""An evaluation streams its images into one confusion matrix."""

import weakref

import numpy as np
import pytest
from noise import Blocks, network

from annn.errors import ConfigError
from annn.evaluate import Tally, evaluate, predict
from annn.protocol import Protocol


def score(model, dataset, **settings):
    return evaluate(model, dataset, progress=False, **settings)


@pytest.mark.parametrize("protocol", [Protocol(), Protocol(scales=(0.5, 1.0), flip=True, window=(20, 15))], ids=str)
def test_scores_are_those_of_the_predictions(protocol):
    model, data = network(), Blocks(3)
    scores = score(model, data, protocol=protocol)
    expected = np.zeros((11, 11), dtype=np.int64)
    for i in range(3):
        np.add.at(expected, (data[i].label, predict(model, data[i].image, protocol=protocol)), 1)
    np.testing.assert_array_equal(scores.confusion, expected)


def test_processes_that_load_change_nothing():
    model = network()
    assert score(model, Blocks(4), workers=2) == score(model, Blocks(4))


def test_samples_are_let_go_one_after_the_other():
    given, alive = [], []

    class Watched(Blocks):
        def __getitem__(self, i):
            sample = super().__getitem__(i)
            given.append(weakref.ref(sample.image))
            alive.append(sum(image() is not None for image in given))
            return sample

    score(network(), Watched(12))
    assert len(alive) == 12 and max(alive) <= 2  # one in use, one being read


def test_an_evaluation_goes_on_from_a_tally_that_counted_some_images():
    model, tally = network(), Tally(11)
    with pytest.raises(KeyboardInterrupt):
        score(model, Blocks(stop=4), tally=tally)
    assert tally.done == 4
    rest = Blocks()
    assert score(model, rest, tally=tally) == score(model, Blocks())
    assert rest.asked == [4, 5]


def test_an_unknown_precision_is_refused_before_any_image_is_read():
    data = Blocks()
    with pytest.raises(ConfigError, match="precision='int3' is not known"):
        score(network(), data, precision="int3")
    assert not data.asked
