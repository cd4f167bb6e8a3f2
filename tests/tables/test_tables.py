"""Differences are paired by seed, stand-in and paper never share a column, and noise is called noise."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from runs_of_table2 import CLASSES, finished

from annn import tables
from annn.errors import ConfigError, RunError
from annn.recipes import PAPER_TABLE2, TABLE1, TABLE2, main_paper, shorten, table1, table2, trial_of
from annn.train import TrainConfig

SHARES = {
    ("Baseline", 0): 0.50, ("4 & 5", 0): 0.58, ("3 & 5, 4 & 5", 0): 0.40,
    ("Baseline", 1): 0.60, ("4 & 5", 1): 0.69, ("3 & 5, 4 & 5", 1): 0.78,
}  # fmt: skip


def measured(**gains: list[float]) -> pd.DataFrame:
    """mIoU per seed: a baseline that differs widely between seeds, and rows that gain the given points over it."""
    names = {"Baseline": [0.0] * 3, "4 & 5": gains.get("gain_45"), "3 & 5, 4 & 5": gains.get("gain_35_45")}
    return pd.DataFrame(
        {"row": row, "seed": seed, "mIoU": 30 + 10 * seed + gain}
        for row, values in names.items()
        if values
        for seed, gain in enumerate(values)
    )


def test_differences_are_paired_by_seed() -> None:
    gain = tables.gains(measured(gain_45=[1.0, 2.0, 3.0]), "Baseline")
    assert gain.loc["4 & 5"].tolist() == pytest.approx([1.0, 2.0, 3.0])
    assert gain.loc["Baseline"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([1.0, 1.2, 1.1], "agrees"),
        ([-1.0, -1.2, -1.1], "contradicts"),
        ([-2.0, 3.0, 1.0], "within noise"),
        ([2.0, 1.0], "within noise"),  # two seeds know little about their spread
        ([1.3, 0.6, 1.1], "agrees"),
        ([1.6, 0.4, 1.0], "within noise"),  # 1.0 points, 2.9 standard errors of three seeds
        ([1.4], "agrees"),
        ([0.9], "within noise"),  # under a point with one seed
        ([-0.9], "within noise"),
        ([-1.4], "contradicts"),
    ],
)
def test_a_gain_counts_only_beyond_the_noise(gains: list[float], verdict: str) -> None:
    frame = measured(gain_45=gains)
    frame = frame[frame["seed"] < len(gains)]
    judged = tables.verdicts(frame, PAPER_TABLE2, "Baseline")
    assert judged.loc["4 & 5", "verdict"] == verdict
    assert judged.loc["4 & 5", "paper"] == pytest.approx(1.3)
    assert judged.loc["4 & 5", "difference"] == pytest.approx(sum(gains) / len(gains) - 1.3)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_where_nothing_differs_one_gain_in_twenty_exceeds_the_noise(seeds: int) -> None:
    drawn = np.random.default_rng(seeds).normal(scale=1.5, size=(4000, seeds))
    sure = [abs(one.mean()) > tables.margin(pd.Series(one)) for one in drawn]
    assert np.mean(sure) == pytest.approx(0.05, abs=0.012)


def test_a_single_seed_has_to_exceed_a_point() -> None:
    assert tables.margin(pd.Series([7.0])) == tables.NOISE


def test_the_conclusion_names_order_and_mismatch() -> None:
    text = tables.conclusion(
        measured(gain_45=[-2.0, -2.1, -2.2], gain_35_45=[0.1, -0.2, 0.3]), PAPER_TABLE2, "Baseline"
    )
    order, worse, noise = text.splitlines()
    assert "in the paper: [4 & 5] > [3 & 5, 4 & 5] > [Baseline]. Here: [3 & 5, 4 & 5] > [Baseline] > [4 & 5]" in order
    assert "another order" in order and "change places" in order
    assert "[4 & 5] over [Baseline]: paper +1.3, here -2.1 points, **does not match**" in worse
    assert "within the noise of 3 seeds" in noise


MORE = "1 & 5, 4 & 5"


def with_a_row_of_our_own() -> pd.DataFrame:
    more = pd.DataFrame({"row": MORE, "seed": range(3), "mIoU": [32.0, 42.1, 51.9]})
    return pd.concat([measured(gain_45=[1.0, 1.2, 1.1]), more], ignore_index=True)


def test_a_row_without_a_number_in_the_paper_is_measured_and_not_judged() -> None:
    frame = with_a_row_of_our_own()
    table = tables.compare(frame, PAPER_TABLE2, "Baseline", "scenes")
    assert table.loc[MORE].iloc[:2].isna().all() and table.loc[MORE].iloc[4] == pytest.approx(2.0)
    assert tables.shown(table).loc[MORE].tolist()[:2] == ["\N{EN DASH}"] * 2
    judged = tables.verdicts(frame, PAPER_TABLE2, "Baseline")
    assert judged.loc[MORE, "verdict"] == "no number in the paper" and judged.loc[MORE, "here"] == pytest.approx(2.0)
    assert judged.loc["4 & 5", "verdict"] == "agrees"
    line = tables.gain_claims(judged, "Baseline", [MORE])[0]
    assert line["paper"] == line["verdict"] == "no number in the paper" and line["here"] == "+2.0 points of mIoU"
    order, first, second = tables.conclusion(frame, PAPER_TABLE2, "Baseline").splitlines()
    assert "in the paper: [4 & 5] > [Baseline]. Here: [1 & 5, 4 & 5] > [4 & 5] > [Baseline], the same order" in order
    assert "the paper's direction" in first
    assert f"[{MORE}] over [Baseline]: no number in the paper, here +2.0 points, beyond the noise of 3 seeds." in second


def test_a_baseline_without_a_number_in_the_paper_judges_nothing() -> None:
    frame = with_a_row_of_our_own()
    assert set(tables.verdicts(frame, PAPER_TABLE2, MORE)["verdict"]) == {"no number in the paper"}
    assert tables.compare(frame, PAPER_TABLE2, MORE, "scenes").iloc[:, 1].isna().all()
    text = tables.conclusion(frame, {}, "Baseline")
    assert "Best to worst here: [1 & 5, 4 & 5] > [4 & 5] > [Baseline]. The paper has no number for any" in text


def test_without_its_baseline_a_row_is_not_judged() -> None:
    frame = measured(gain_45=[1.0, 1.0, 1.0])
    alone = frame[frame["row"] == "4 & 5"]
    assert tables.verdicts(alone, PAPER_TABLE2, "Baseline").empty
    assert tables.compare(alone, PAPER_TABLE2, "Baseline", "scenes").loc["4 & 5"].iloc[4:6].isna().all()


def test_paper_and_measured_have_columns_of_their_own(tmp_path: Path) -> None:
    runs = finished(tmp_path, SHARES)
    table = tables.compare(tables.scores(runs), PAPER_TABLE2, "Baseline", tables.data_name(runs))
    theirs, ours = "paper: Cityscapes val, ResNet-101", "measured here: generated street scenes"
    assert set(table.columns.get_level_values(0)) == {theirs, ours}
    assert table[theirs, "mIoU"].to_dict() == {row: PAPER_TABLE2[row] for row in table.index}
    assert table.index.tolist() == ["Baseline", "4 & 5", "3 & 5, 4 & 5"]
    assert table[ours, "seeds"].tolist() == [2, 2, 2]
    both = [100 * runs["4 & 5", seed].scores.miou for seed in (0, 1)]
    assert table.loc["4 & 5", (ours, "mIoU")] == pytest.approx(sum(both) / 2)


def test_class_iou_is_the_mean_over_seeds_in_train_id_order(tmp_path: Path) -> None:
    runs = finished(tmp_path, SHARES)
    frame = tables.class_iou(runs)
    assert frame.index.tolist() == ["Baseline", "4 & 5", "3 & 5, 4 & 5"]
    assert tuple(frame.columns) == CLASSES
    road = [runs["Baseline", seed].scores.iou[0] for seed in (0, 1)]
    assert frame.loc["Baseline", "road"] == pytest.approx(50 * sum(road))
    assert frame["motorcycle"].isna().all()


def test_learning_keeps_every_log_line(tmp_path: Path) -> None:
    logs = tables.learning(finished(tmp_path, SHARES))
    assert len(logs) == 3 * len(SHARES)
    assert {"row", "seed", "step", "loss", "lr"} <= set(logs.columns)


def test_learning_goes_on_counting_where_the_first_network_ended(tmp_path: Path) -> None:
    runs = finished(tmp_path, SHARES)
    longer = {
        key: replace(run, recipe=replace(run.recipe, first=TrainConfig(iterations=500))) for key, run in runs.items()
    }
    assert (tables.learning(longer)["step"] == tables.learning(runs)["step"] + 500).all()
    one = dict([next(iter(longer.items()))])
    assert tables.learning(one)["step"].tolist() == [510, 520, 530]


def test_write_says_where_every_number_comes_from(tmp_path: Path) -> None:
    runs = finished(tmp_path, SHARES)
    table = tables.compare(tables.scores(runs), PAPER_TABLE2, "Baseline", tables.data_name(runs))
    tables.write(tmp_path / "out", "quick", table, runs, {"data": tables.data_name(runs)})
    with (tmp_path / "out" / "quick.csv").open() as file:
        assert [line["row"] for line in csv.DictReader(file)] == table.index.tolist()
    behind = json.loads((tmp_path / "out" / "quick.json").read_text())
    assert behind["data"] == "generated street scenes" and behind["stand_in"] is True
    assert [(run["row"], run["seed"]) for run in behind["runs"]] == list(SHARES)
    assert all(run["environment"] == {"hardware": "2 CPU threads"} for run in behind["runs"])
    assert behind["runs"][0]["iou"]["motorcycle"] is None


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    runs = finished(tmp_path, {("Baseline", 0): 0.5})
    (tmp_path / "out" / "quick.csv").mkdir(parents=True)  # a folder stands in the way
    with pytest.raises(RunError, match=r"quick\.csv: could not be written"):
        tables.write(tmp_path / "out", "quick", tables.scores(runs), runs, {})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["quick.csv"]


def test_a_folder_below_a_file_is_refused_as_such(tmp_path: Path) -> None:
    runs = finished(tmp_path, {("Baseline", 0): 0.5})
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        tables.write(tmp_path / "file" / "folder", "quick", tables.scores(runs), runs, {})


@pytest.mark.parametrize("row", ["NYUD-V2", "ADE20K", "COCO-Stuff-10K"])
def test_what_a_network_was_scored_on_in_words(row: str, tmp_path: Path) -> None:
    (run,) = finished(tmp_path, {("Baseline", 0): 0.5}).values()
    for stand_in, data in ((True, "stand-in"), (False, "real")):
        made = (table1 if row in TABLE1 else main_paper)(row, "quick", data)
        scored = replace(run, recipe=made, metrics=run.metrics | {"stand_in": stand_in})
        name = tables.data_name({(row, 0): scored})
        assert ("generated" in name) == stand_in and (row in name) != stand_in
        assert tables.published({(row, 0): scored}) != stand_in
        for other in ({"about": {"name": "Rooms", "split": ""}}, {"images": {"train": 3, "val": 2}}):
            changed = replace(scored, metrics=scored.metrics | other)
            assert not tables.published({(row, 0): changed})


def test_rows_and_seeds_as_text() -> None:
    rows = list(TABLE2)
    assert tables.choose("all", rows) == tables.choose("", rows) == rows
    assert tables.choose("3 & 5, 4 & 5; Baseline", rows) == ["Baseline", "3 & 5, 4 & 5"]
    assert tables.parse_seeds("2, 0") == [0, 2]
    assert tables.parse_seeds(1) == [1]
    with pytest.raises(ConfigError, match="there is no row '5 & 4'"):
        tables.choose("5 & 4", rows)
    for text in ("", "a", "-1", "0;1"):
        with pytest.raises(ConfigError, match="seeds: found"):
            tables.parse_seeds(text)


@pytest.mark.parametrize(
    ("name", "shortened", "variant", "label"),
    [
        ("quick-stand-in", 0, "", "quick-stand-in"),
        ("quick-stand-in", 2, "", "quick-stand-in-tried"),
        ("quick-stand-in", 0, "three-seeds", "quick-stand-in-three-seeds"),
        ("quick-camvid", 0, "camvid", "quick-camvid"),
        ("quick-stand-in", 0, "and", "quick-stand-in-and"),
        ("quick-stand-in-nyud", 2, "b", "quick-stand-in-nyud-tried-b"),
    ],
)
def test_a_variant_has_files_of_its_own(name: str, shortened: int, variant: str, label: str) -> None:
    assert tables.label(name, shortened, variant) == label


def test_shortened_recipes() -> None:
    recipe = table2("4 & 5", "quick")
    short = shorten(recipe, iterations=3, scenes=5)
    assert short.data.stand_in is not None
    assert (short.train.iterations, short.data.stand_in.train, short.data.stand_in.val) == (3, 5, 5)
    assert shorten(recipe) == recipe
    with pytest.raises(ConfigError, match="scenes=5: quick-camvid-fuse-45 is trained on real data"):
        shorten(table2("4 & 5", "quick", "camvid"), scenes=5)


def test_a_trial_is_two_steps_on_four_generated_scenes() -> None:
    generated, real = trial_of(table2("4 & 5", "quick")), trial_of(table2("4 & 5", "quick", "camvid"))
    assert generated.train.iterations == real.train.iterations == 2
    assert generated.data.stand_in is not None and generated.data.stand_in.train == 4 and real.data.stand_in is None


def test_a_recipe_in_words() -> None:
    recipe, baseline = table2("3 & 5, 4 & 5", "quick"), table2("Baseline", "quick")
    words = tables.described(recipe.model, recipe.how)
    assert words["fuse"] == "3 & 5, 4 & 5" and words["crops"] == "128x256"
    assert tables.described(baseline.model, baseline.how)["fuse"] == "nothing"
