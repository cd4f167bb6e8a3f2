"""Table 1 and the open questions: recipes say what the paper says, and numbers of others stay theirs."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from runs_of_table2 import finished

from annn import figures, tables
from annn.data import CocoStuff, NyuDepthV2
from annn.data.cityscapes import CITYSCAPES
from annn.data.coco_stuff import COCO_STUFF
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.errors import ConfigError
from annn.recipes import (
    PAPER_TABLE1,
    PRESETS,
    RELEASED,
    SAMPLING,
    SHARED_WEIGHTS,
    TABLE1,
    UNSHARED,
    Quoted,
    figure1,
    read_recipe,
    sampling,
    sharing,
    table1,
)


@pytest.mark.parametrize("row", TABLE1)
@pytest.mark.parametrize("preset", PRESETS)
def test_both_halves_train_the_full_network_and_test_on_test(row: str, preset: str) -> None:
    recipe = table1(row, preset)
    assert (recipe.model.fuse, recipe.model.context) == (((4, 5),), "apnb")
    assert (recipe.data.train, recipe.data.val) == ("train", "test")
    assert recipe.model.classes == {"COCO-Stuff-10K": 171, "NYUD-V2": 40}[row]
    assert (recipe.data.stand_in is None) == (preset == "paper")
    assert read_recipe(json.loads(json.dumps(asdict(recipe)))) == recipe


def test_the_paper_preset_follows_the_data_sets_protocols() -> None:
    stuff, rooms = table1("COCO-Stuff-10K", "paper"), table1("NYUD-V2", "paper")
    assert stuff.model.depth == rooms.model.depth == 101
    assert (stuff.augment.crop, rooms.augment.crop) == ((520, 520), (400, 400))
    assert stuff.test_scale == rooms.test_scale == 1.0
    for recipe in (stuff, rooms):
        assert (recipe.train.optimizer, recipe.train.power, recipe.loss.ohem) == ("sgd", 0.9, False)


def test_real_data_in_the_quick_preset_is_seen_smaller() -> None:
    recipe = table1("NYUD-V2", "quick", "real")
    assert recipe.data.stand_in is None and recipe.test_scale < 1
    assert recipe.name != table1("NYUD-V2", "quick").name


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ADE20K",), "row='ADE20K'"),
        (("NYUD-V2", "fast"), "preset='fast'"),
        (("NYUD-V2", "quick", "cityscapes"), "data='cityscapes'"),
        (("NYUD-V2", "paper", "stand-in"), "preset='paper'"),
    ],
)
def test_unknown_names_are_refused(arguments: tuple[str, ...], named: str) -> None:
    with pytest.raises(ConfigError, match=f"{named}.*choose"):
        table1(*arguments)


def test_stand_ins_are_drawn_in_the_real_formats_and_read_by_the_real_readers(tmp_path: Path) -> None:
    for row, reader in (("COCO-Stuff-10K", CocoStuff), ("NYUD-V2", NyuDepthV2)):
        recipe = table1(row)
        data = replace(recipe.data, stand_in=StandIn(train=2, val=1, size=(60, 80)))
        trainset, testset = open_data(data, tmp_path, progress=False)
        assert isinstance(trainset, reader) and trainset.stand_in
        assert (len(trainset), len(testset), testset.split) == (2, 1, "test")
        assert trainset[0].label.max() < recipe.model.classes or (trainset[0].label == 255).any()


def test_a_folder_of_several_real_sets_holds_each_under_its_name(tmp_path: Path) -> None:
    data = table1("NYUD-V2").data
    stand_in, _ = open_data(replace(data, stand_in=StandIn(train=1, val=1, size=(60, 80))), tmp_path, progress=False)
    stand_in.root.rename(tmp_path / "nyud")
    real = replace(data, stand_in=None)
    assert open_data(real, tmp_path)[0].root == open_data(real, tmp_path / "nyud")[0].root == tmp_path / "nyud"


def test_rows_of_the_open_questions_change_one_thing_each() -> None:
    released = sharing(RELEASED)
    assert released == figure1("+APNB") and sharing("no context block") == figure1("Baseline")
    assert len({sharing(row).name for row in SHARED_WEIGHTS}) == len(SHARED_WEIGHTS)
    unshared = sharing(UNSHARED)
    assert unshared == replace(released, name=unshared.name, model=replace(released.model, sharing="none"))
    for row, changes in SAMPLING.items():
        recipe = sampling(row)
        assert recipe.model == replace(unshared.model, **changes) and recipe.data == unshared.data
        assert recipe.train.iterations < sampling(row, whole=True).train.iterations
    assert sampling("110 random positions", draw=3).model.anchor_seed == 3
    assert sampling("one global mean", draw=3).model.anchor_seed == 0
    with pytest.raises(ConfigError, match=r"preset='paper' .*choose"):
        sampling("one global mean", "paper")
    with pytest.raises(ConfigError, match=r"row='median' .*choose"):
        sampling("median")


def test_numbers_of_others_and_ours_have_columns_of_their_own(tmp_path: Path) -> None:
    runs = finished(tmp_path, {("Baseline", 0): 0.5, ("Baseline", 1): 0.6, ("4 & 5", 0): 0.1})
    quoted = {"RefineNet": Quoted("ResNet-101", 33.6), "Ours": Quoted("ResNet-101", 37.2)}
    table = tables.competitors(quoted, runs, "Baseline", "COCO-Stuff-10K", "generated scenes")
    theirs, ours = "paper: COCO-Stuff-10K test", "measured here: generated scenes"
    assert table[theirs, "mIoU"].dropna().to_dict() == {"RefineNet": 33.6, "Ours": 37.2}
    assert table[theirs, "source"].dropna().tolist() == ["taken from its paper", "the supplement's own"]
    assert table[ours, "mIoU"].dropna().index.tolist() == ["this workbook"]
    both = [100 * runs["Baseline", seed].scores.miou for seed in (0, 1)]
    assert table.loc["this workbook", (ours, "mIoU")] == pytest.approx(np.mean(both))
    assert table.loc["this workbook", (ours, "seeds")] == 2


def test_both_averages_of_absent_classes(tmp_path: Path) -> None:
    runs = finished(tmp_path, {("Baseline", 0): 0.5})
    (line,) = tables.averages(runs).to_dict("records")
    scores = runs["Baseline", 0].scores
    assert line["mIoU"] == pytest.approx(100 * scores.miou)
    assert line["mIoU, with truth"] == pytest.approx(100 * scores.miou_present)
    assert (line["over classes"], line["classes with truth"], line["of"]) == (18, 18, 19)


def measured(**gains: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"row": row, "seed": seed, "mIoU": 40.0 + 5 * seed + gain}
        for row, values in {"as released": [0.0] * 3, **gains}.items()
        for seed, gain in enumerate(values)
    )


def test_differences_without_a_paper_are_judged_by_the_same_noise() -> None:
    frame = measured(up=[1.0, 1.1, 0.9], down=[-1.0, -1.2, -0.8], even=[-1.0, 1.0, 0.2])
    table = tables.differences(frame, "as released")
    assert table["verdict"].to_dict() == {
        "as released": "reference", "up": "better", "down": "worse", "even": "within noise"
    }  # fmt: skip
    said = tables.said_of_differences(table, "They say it is small")
    assert "[up] +1.0, [down] -1.0 points" in said and "Within it: [even]" in said and "3 seeds" in said
    calm = tables.differences(measured(even=[-1.0, 1.0, 0.2]), "as released")
    assert "no row differs" in tables.said_of_differences(calm, "They say it is small")


def test_the_context_block_in_words() -> None:
    words = {row: tables.described_context(sampling(row)) for row in SAMPLING}
    assert [word["anchors"] for word in words.values()] == [
        "110",
        "50",
        "64",
        "1",
        "110",
        "110",
        "every position",
        "none",
    ]
    assert tables.described_context(sharing(RELEASED))["sharing"] == "query=key"


def shown(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(match=lambda artist: hasattr(artist, "get_text")))


def test_bars_show_all_classes_or_the_best_and_the_worst() -> None:
    few = pd.Series(np.linspace(0, 90, 19), index=list(CITYSCAPES.classes))
    few["road"] = np.nan
    text = shown(figures.class_bars(few, CITYSCAPES, "Streets"))
    assert "sidewalk" in text and "bicycle" in text and "road" not in text.split()
    many = pd.Series(np.linspace(0, 90, 171), index=list(COCO_STUFF.classes))
    text = shown(figures.class_bars(many, COCO_STUFF, "Stuff"))
    assert "best 20 of 171 classes" in text and "worst 20" in text
    assert COCO_STUFF.classes[170] in text and COCO_STUFF.classes[85] not in text


def test_gains_are_drawn_for_any_number_of_seeds() -> None:
    for frame in (measured(up=[1.0, 1.1, 0.9]), measured(up=[1.0]).query("seed == 0")):
        gain = tables.gains(frame, "as released")
        figure = figures.gain_dots(frame, gain, "as released", "Sharing")
        assert "(+1.0)" in shown(figure) and "up" in shown(figure)
        low, high = figure.axes[0].get_xlim()  # no dot on the axis's ends, beside names and numbers
        room = 0.04 * (high - low)
        assert low + room < gain.min(axis=None) and gain.max(axis=None) < high - room


def test_dots_stay_apart_beside_the_wide_band_of_two_seeds() -> None:
    frame = measured(up=[1.0, 3.0], down=[-1.0, -1.5]).query("seed < 2")
    axes = figures.gain_dots(frame, tables.gains(frame, "as released"), "as released", "Sharing").axes[0]
    (low, high), widest = axes.get_xlim(), max(bar.get_width() for bar in axes.patches)
    assert widest == pytest.approx(2 * 12.706, rel=1e-3)  # of a standard error of one point
    assert low < -1.5 and 3.0 < high < 6.0


def test_the_pyramid_of_an_image_is_drawn_with_its_anchors() -> None:
    image = np.full((32, 64, 3), 200, dtype=np.uint8)
    figure = figures.pyramid_on(image)
    assert [axes.get_title() for axes in figure.axes][1:] == [
        "1x1: 1 anchor", "3x3: 9 anchors", "6x6: 36 anchors", "8x8: 64 anchors"
    ]  # fmt: skip
    assert (figure.axes[3].images[0].get_array() == 200).all()


def test_the_papers_table_is_the_supplements() -> None:
    assert [quoted.miou for half in PAPER_TABLE1.values() for quoted in half.values()] == [
        33.6, 35.7, 37.2, 40.6, 43.6, 44.4
    ]  # fmt: skip
