"""Recipes say what the paper says, and a row differs from the next by its fused pairs alone."""

import json
from dataclasses import asdict, replace

import pytest

from annn.data import DATASETS
from annn.errors import ConfigError
from annn.recipes import (
    AVERAGED,
    DATA,
    PAPER_TABLE2,
    PRESETS,
    TABLE2,
    UNSHARED,
    figure1,
    fine_tuning,
    main_paper,
    read_recipe,
    sampling,
    sharing,
    starting,
    table1,
    table2,
    trial_of,
)
from annn.recipes.recipe import STARTS


@pytest.mark.parametrize(
    ("preset", "data"), [(p, d) for p in PRESETS for d in (None, *DATA) if (p, d) != ("paper", "stand-in")]
)
def test_rows_of_table_2_differ_by_their_fused_pairs_alone(preset, data):
    recipes = [table2(row, preset, data) for row in TABLE2]
    assert len({r.name for r in recipes}) == len(TABLE2)
    assert len({replace(r, name="", model=replace(r.model, fuse=())) for r in recipes}) == 1
    assert all(r.model.context is None for r in recipes)
    kind = DATASETS["cityscapes" if data in (None, "stand-in") else data]
    assert {r.model.classes for r in recipes} == {len(kind.space.classes)}
    assert {(r.data.name, r.data.val) for r in recipes} == {(kind.name, kind.test_split)}


def test_the_paper_preset_is_the_papers_protocol():
    recipe = table2("4 & 5", "paper")
    assert (recipe.model.depth, recipe.model.width, recipe.model.stem_widths) == (101, 64, None)
    assert (recipe.augment.crop, recipe.augment.scale) == ((769, 769), (0.5, 2.0))
    train = recipe.train
    assert (train.iterations, train.batch_size, train.optimizer, train.lr) == (60_000, 8, "sgd", 0.01)
    assert (train.momentum, train.weight_decay, train.power, train.warmup) == (0.9, 5e-4, 0.9, 0)
    assert recipe.loss.ohem and recipe.loss.class_weights is not None
    assert recipe.data.stand_in is None
    assert (recipe.start, recipe.model.input, recipe.model.stem) == ("authors", "caffe-bgr", "deep")


@pytest.mark.parametrize("make", [table1, main_paper, figure1, sharing])
def test_every_preset_starts_from_imagenet_the_papers_from_the_authors_file(make):
    row = {table1: "NYUD-V2", main_paper: "ADE20K", figure1: "Full", sharing: UNSHARED}[make]
    assert [make(row, preset).start for preset in PRESETS] == ["imagenet", "imagenet", "imagenet", "authors"]


@pytest.mark.parametrize(("preset", "data"), [("evening", "stand-in"), ("evening", "camvid"), ("quick", "camvid")])
def test_all_rows_of_a_data_set_continue_from_one_network(preset, data):
    rows = [table2(row, preset, data) for row in TABLE2]
    rows += [figure1("Full", preset, data), sharing(UNSHARED, preset, data)]
    (first,) = {row.before for row in rows}
    assert first is not None and first.before is None
    assert first == replace(rows[0].alone, name=first.name)
    strides = {"evening-stand-in": (16, 16), "evening-camvid": (16, 8), "quick-camvid": (32, 16)}[f"{preset}-{data}"]
    assert (first.model.output_stride, rows[0].model.output_stride) == strides
    assert first.train == rows[0].first
    assert first.start == "imagenet" and first.train.iterations > 3 * rows[0].train.iterations
    assert read_recipe(json.loads(json.dumps(asdict(rows[0])))) == rows[0]
    other = starting(rows[0], "nothing").before
    assert other is not None and (other.start, other.name) == ("nothing", f"{first.name}-from-nothing")
    tried = trial_of(rows[1])
    assert tried.first is not None and (tried.train.iterations, tried.first.iterations) == (2, 2)
    heads = sampling(AVERAGED, preset, data)  # start from the features of a finished run, with random weights
    assert heads.before is None and heads.train.lr == first.train.lr
    tuned = fine_tuning(rows[1], "a.safetensors", "a")  # a trained network takes the place of the first one
    assert tuned.before is None and (tuned.train, tuned.model.output_stride) == (rows[1].first, strides[1])


def test_scenes_in_the_quick_preset_and_larger_presets_train_each_network_alone():
    assert table2("4 & 5", "quick", "stand-in").before is None
    assert {table2("4 & 5", preset, "cityscapes").before for preset in ("standard", "paper")} == {None}


def test_another_start_brings_the_stem_of_its_network():
    recipe = table2("4 & 5", "paper")
    assert starting(recipe, "authors") is recipe
    theirs = starting(recipe, "torchvision")
    assert (theirs.model.stem, theirs.model.ceil_mode, theirs.model.input) == ("plain", False, "imagenet")
    assert starting(theirs, "authors").model == recipe.model
    assert starting(recipe, "nothing").model == recipe.model
    assert starting(recipe, "imagenet").model == theirs.model
    assert len({starting(recipe, start).name for start in STARTS}) == len(STARTS)
    with pytest.raises(ConfigError, match=r"start='coco'.*torchvision"):
        starting(recipe, "coco")


def test_a_file_of_a_resnet_is_no_start_of_another_network():
    recipe = table2("4 & 5", "quick")
    assert starting(recipe, "nothing") == replace(recipe, name=f"{recipe.name}-from-nothing", start="nothing")
    with pytest.raises(ConfigError, match="start='authors': this file is of a ResNet, but quick-stand-in-fuse-45"):
        starting(recipe, "authors")


def test_real_images_come_first_where_they_are_at_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNN_DATA", str(tmp_path))
    assert table2("Baseline").data.stand_in is not None and table1("NYUD-V2").data.stand_in is not None
    for name in ("cityscapes", "nyud"):
        (tmp_path / name).mkdir()
    assert table2("Baseline").data.stand_in is not None  # an empty folder is no data set
    for name in ("cityscapes", "nyud"):
        (tmp_path / name / "something").touch()
    assert (table2("Baseline").data.name, table2("Baseline").data.stand_in) == ("cityscapes", None)
    assert table1("NYUD-V2").data.stand_in is None and table1("COCO-Stuff-10K").data.stand_in is not None
    (tmp_path / "camvid").mkdir()
    (tmp_path / "camvid" / "train.txt").touch()
    assert [table2("Baseline", preset).data.name for preset in ("quick", "evening", "paper")] == [
        "camvid", "camvid", "cityscapes"
    ]  # fmt: skip
    assert table2("Baseline", data="stand-in").data.stand_in is not None
    (tmp_path / "nyud" / "stand_in.json").touch()  # drawn by somebody into the real set's folder
    assert table1("NYUD-V2").data.stand_in is not None


@pytest.mark.parametrize("row", TABLE2)
def test_a_rows_name_says_what_it_fuses(row):
    pairs = [tuple(map(int, pair.split(" & "))) for pair in row.split(", ")] if row != "Baseline" else []
    recipe = table2(row)
    assert recipe.model.fuse == TABLE2[row].fuse == tuple(pairs)
    short = "-".join(["fuse", *(f"{source}{target}" for source, target in pairs)]) if pairs else "baseline"
    assert recipe.name == f"quick-stand-in-{short}"


def test_the_papers_table_is_the_supplements():
    paper = {"Baseline": 75.8, "4 & 5": 77.1, "3 & 5, 4 & 5": 76.7, "2 & 5, 3 & 5, 4 & 5": 76.2}
    assert paper == PAPER_TABLE2


def test_class_weights_belong_to_the_data_set_they_were_made_for():
    with_weights = {data for data in DATA[1:] if table2("Baseline", "paper", data).loss.class_weights is not None}
    assert with_weights == {name for name, kind in DATASETS.items() if kind.space.class_weights is not None}
    assert table2("Baseline", "standard", "cityscapes").loss.class_weights is None


@pytest.mark.parametrize("preset", ["quick", "evening"])
@pytest.mark.parametrize("data", ["cityscapes", "camvid"])
def test_photographs_are_seen_where_the_upsampling_is_exact(preset, data):
    recipe, crop = table2("Baseline", preset, data), DATASETS[data].crops[preset]
    assert (recipe.augment.crop, recipe.augment.scale, recipe.test_scale) == (crop.size, crop.scale, crop.test_scale)
    grid = recipe.test_grid
    assert recipe.protocol.grid == grid and [side % grid for side in crop.size] == [1, 1]
    assert grid % recipe.model.output_stride == 0 and grid % recipe.alone.model.output_stride == 0


@pytest.mark.parametrize("row", TABLE2)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_recipe_survives_json(row, preset):
    recipe = table2(row, preset)
    assert read_recipe(json.loads(json.dumps(asdict(recipe)))) == recipe


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("5 & 4",), "row='5 & 4'"),
        (("4 & 5", "fast"), "preset='fast'"),
        (("4 & 5", "quick", "streetscapes"), "data='streetscapes'"),
        (("4 & 5", "paper", "stand-in"), "preset='paper'"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(arguments, named):
    with pytest.raises(ConfigError, match=f"{named}.*choose"):
        table2(*arguments)
