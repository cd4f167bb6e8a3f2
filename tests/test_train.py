"""Training is a function of recipe and seed, whatever interrupts it."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from annn.augment import AugmentConfig
from annn.data import Sample
from annn.data.camvid import CAMVID
from annn.device import choose_device
from annn.errors import ConfigError, RunError
from annn.evaluate import evaluate, predict
from annn.journal import Journal
from annn.losses import LossConfig
from annn.model import ANNN, ModelConfig
from annn.protocol import Protocol, logits
from annn.train import Draws, TrainConfig, check_seed, learning_rate, train

MODEL = ModelConfig(classes=11, depth=18, width=8, fuse=((4, 5),))
CONFIG = TrainConfig(iterations=8, batch_size=2, lr=0.05, precision="fp32")
AUGMENT = AugmentConfig(scale=(0.8, 1.2), crop=(32, 48))


class Stripes:
    """A data set that can be learnt in a few steps: the class is the brightness of a stripe."""

    space, split, stand_in = CAMVID, "train", True

    def __len__(self):
        return 5

    def __getitem__(self, i):
        label = np.repeat(np.arange(48) // 8 + i % 3, 32).reshape(48, 32).T.astype(np.uint8)
        return Sample(np.repeat(label[..., None] * 25, 3, axis=2), label, f"stripes{i}")


def fresh():
    torch.manual_seed(0)
    return ANNN(MODEL)


def run(folder, model=None, config=CONFIG, **settings):
    folder.mkdir(exist_ok=True)
    model = model or fresh()
    settings = {"seed": 1, "loss": LossConfig(min_kept=100), "checkpoint_every": 2, "log_every": 2} | settings
    draws = Draws(Stripes(), AUGMENT, settings["seed"])
    train(model, draws, config=config, folder=folder, progress=False, **settings)
    return model


def weights(model):
    return {k: v.clone() for k, v in model.state_dict().items()}


def losses(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [(line["step"], line["loss"]) for line in lines]


def assert_identical(a, b):
    for name, tensor in weights(a).items():
        assert torch.equal(tensor, b.state_dict()[name]), name


def test_two_runs_of_one_seed_give_identical_weights(tmp_path):
    assert_identical(run(tmp_path / "a"), run(tmp_path / "b"))


def test_another_seed_gives_other_weights(tmp_path):
    a, b = run(tmp_path / "a"), run(tmp_path / "b", seed=2)
    assert not torch.equal(a.classifier[1].weight, b.classifier[1].weight)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_run_killed_midway_and_resumed_gives_the_same_weights(tmp_path, precision, monkeypatch):
    config = replace(CONFIG, precision=precision)
    whole = run(tmp_path / "whole", config=config)

    draw = Draws.__getitem__

    def killed(self, number):
        if number >= 11:  # in the sixth step, after the checkpoint of the fourth and a log line of none since
            raise KeyboardInterrupt
        return draw(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Draws, "__getitem__", killed)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "killed", config=config)
    torch.manual_seed(99)
    resumed = run(tmp_path / "killed", model=ANNN(MODEL), config=config)  # starts from other random weights
    assert_identical(whole, resumed)
    assert losses(tmp_path / "whole") == losses(tmp_path / "killed")


def test_a_log_line_cut_off_by_the_kill_is_dropped(tmp_path):
    run(tmp_path / "run")
    with (tmp_path / "run" / "log.jsonl").open("a") as file:
        file.write('{"step": 10, "lo')
    run(tmp_path / "run")
    assert [step for step, _ in losses(tmp_path / "run")] == [2, 4, 6, 8]


def test_training_learns(tmp_path):
    config = replace(CONFIG, iterations=60, batch_size=4)
    model = run(tmp_path / "run", config=config, loss=LossConfig(ohem=False), log_every=10)
    (_, first), *_, (_, last) = losses(tmp_path / "run")
    assert last < 0.7 * first
    untrained = evaluate(fresh(), Stripes(), progress=False)
    assert evaluate(model, Stripes(), progress=False).miou > untrained.miou + 0.1


def test_draws_visit_every_image_once_an_epoch_and_do_not_depend_on_their_order():
    asked = []

    class Watched(Stripes):
        def __getitem__(self, i):
            asked.append(i)
            return super().__getitem__(i)

    draws = Draws(Watched(), AUGMENT, seed=3)
    for epoch in range(3):
        _ = [draws[5 * epoch + i] for i in range(5)]
        assert sorted(asked[-5:]) == [0, 1, 2, 3, 4]
    first = [draws[i][0] for i in range(6)]
    again = [draws[i][0] for i in reversed(range(6))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_workers_give_what_the_loop_itself_gives(tmp_path):
    config = replace(CONFIG, iterations=3)
    assert_identical(run(tmp_path / "none", config=config), run(tmp_path / "one", config=config, workers=1))


def test_the_schedule_is_poly_after_a_linear_rise():
    config = TrainConfig(iterations=100, lr=0.01, power=0.9)
    assert learning_rate(config, 0) == 0.01
    assert learning_rate(config, 50) == pytest.approx(0.01 * 0.5**0.9)
    assert 0 < learning_rate(config, 99) < 0.01 * 0.02
    warm = replace(config, warmup=10)
    assert learning_rate(warm, 4) == pytest.approx(0.5 * learning_rate(config, 4))
    assert learning_rate(warm, 30) == learning_rate(config, 30)


def test_the_backbone_has_its_share_of_the_rate(tmp_path):
    """Plain SGD moves each weight by rate times gradient, so a tenth of the rate is a tenth of the way."""
    plain = replace(CONFIG, iterations=1, lr=1e-3, momentum=0.0, weight_decay=0.0)
    before = weights(fresh())
    one, tenth = (weights(run(tmp_path / f"{share}", config=replace(plain, backbone_lr=share))) for share in (1.0, 0.1))
    for name, _ in fresh().named_parameters():
        share = 0.1 if name.startswith("backbone.") else 1.0
        torch.testing.assert_close(
            tenth[name] - before[name], share * (one[name] - before[name]), rtol=1e-3, atol=1e-7, msg=name
        )
    with pytest.raises(ConfigError, match="backbone_lr=0"):
        TrainConfig(backbone_lr=0)


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(tmp_path):
    run(tmp_path / "run", config=replace(CONFIG, iterations=2))
    good = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    with pytest.raises(RunError, match=r"loss is nan at step \d+ of 30.*Lower lr"):
        run(tmp_path / "run", config=replace(CONFIG, iterations=30, lr=1e12))
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == good


@pytest.mark.parametrize(("precision", "exact"), [("fp32", False), ("bf16", True)])
def test_a_precision_is_only_advised_to_those_who_use_another(precision, exact, tmp_path):
    with pytest.raises(RunError) as raised:
        run(tmp_path / "run", config=replace(CONFIG, iterations=30, lr=1e12, precision=precision))
    assert ("precision='fp32'" in str(raised.value)) == exact and "or add warmup (now 0)" in str(raised.value)


def test_weights_that_are_no_numbers_are_never_saved_though_the_loss_was_one(tmp_path):
    run(tmp_path / "run", config=replace(CONFIG, iterations=2))
    good = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    # The third step overflows; its loss is of the weights before it.
    with pytest.raises(RunError, match=r"the weights hold numbers that are not finite.* at step 3 of 3.*Lower lr"):
        steep = LossConfig(min_kept=100, class_weights=(1e4,) * 11)
        run(tmp_path / "run", config=replace(CONFIG, iterations=3, lr=1e38, power=0.0), loss=steep)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == good


def test_a_checkpoint_that_is_none_is_refused_by_name(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"nothing of the kind")
    with pytest.raises(RunError, match=r"checkpoint\.pt: cannot resume.*Delete the file"):
        run(tmp_path / "run")


def test_a_full_disk_ends_in_a_clear_error_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(state, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(RunError, match="No space left on device"):
        run(tmp_path / "run")
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["log.jsonl"]


def test_a_journal_counts_the_time_spent_waiting(tmp_path):
    journal = Journal(tmp_path, {})
    journal.resume()
    with journal.waiting():
        pass
    line = journal.write(1, 0.5, 0.1, images=4)
    assert 0 <= line["waiting"] <= 1
    assert math.isfinite(line["images_per_second"])


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"iterations": 0}, "iterations=0"), ({"optimizer": "lion"}, "optimizer='lion'"), ({"precision": "int8"}, "int8")],
)
def test_impossible_settings_are_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=named):
        TrainConfig(**settings)


def test_an_absent_device_is_refused():
    with pytest.raises(ConfigError, match="device='cuda:77'"):
        choose_device("cuda:77")


def test_predictions_are_the_largest_logit_at_every_pixel_of_any_size():
    model, image = fresh(), Stripes()[0].image[:31, :45]
    assert predict(model, image).shape == (31, 45)
    np.testing.assert_array_equal(predict(model, image), logits(model, image).argmax(0).numpy())


def test_another_test_scale_still_scores_every_pixel_of_the_label():
    model, image, half = fresh(), Stripes()[0].image, Protocol(scales=(0.5,))
    assert predict(model, image, protocol=half).shape == image.shape[:2]
    scores = evaluate(model, Stripes(), protocol=half, progress=False)
    assert sum(map(sum, scores.confusion)) == sum(Stripes()[i].label.size for i in range(5))


def test_evaluation_pools_pixels_over_images_of_different_sizes():
    class Cropped(Stripes):
        def __getitem__(self, i):
            sample = super().__getitem__(i)
            return Sample(sample.image[: 20 + i], sample.label[: 20 + i], sample.name)

    model = fresh()
    scores = evaluate(model, Cropped(), progress=False)
    truth = np.concatenate([Cropped()[i].label.ravel() for i in range(5)])
    guess = np.concatenate([predict(model, Cropped()[i].image).ravel() for i in range(5)])
    assert sum(map(sum, scores.confusion)) == truth.size
    assert scores.pixel_accuracy == pytest.approx((truth == guess).mean())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iterations", 10**23), ("iterations", -1), ("batch_size", 0), ("lr", float("nan")), ("lr", float("inf")),
        ("backbone_lr", -1.0), ("warmup", -1), ("momentum", float("nan")), ("weight_decay", -1e-4), ("power", -1.0),
    ],
)  # fmt: skip
def test_an_impossible_schedule_is_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name}=.*expected a"):
        TrainConfig(**{name: value})


@pytest.mark.parametrize("seed", [-1, 2**64, 10**23])
def test_a_seed_that_no_generator_takes_is_refused(seed):
    with pytest.raises(ConfigError, match=f"seed={seed}; expected a whole number from 0"):
        check_seed(seed)
