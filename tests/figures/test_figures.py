"""Plots show what they were given, whole, without touching matplotlib's global state."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictured import SCENES
from runs_of_table2 import CLASSES, finished

from annn import figures, tables
from annn.data import Sample
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.errors import RunError
from annn.recipes import PAPER_TABLE2

ROWS = list(PAPER_TABLE2)


@pytest.fixture
def measured() -> pd.DataFrame:
    return pd.DataFrame(
        {"row": row, "seed": seed, "mIoU": 30.0 + place + seed / 10}
        for place, row in enumerate(ROWS)
        for seed in range(3)
    )


@pytest.fixture
def samples() -> list[Sample]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 16, 32, 3), dtype=np.uint8)
    labels = rng.choice(np.array([0, 8, 13, IGNORE], dtype=np.uint8), (3, 16, 32))
    return [Sample(image, label, str(place)) for place, (image, label) in enumerate(zip(images, labels, strict=True))]


def drawn(figure: Figure) -> FigureCanvasAgg:
    with figures.style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return canvas


def legend_of(figure: Figure) -> set[str]:
    return {text.get_text() for legend in figure.legends for text in legend.get_texts()}


def test_paper_and_measured_never_share_an_axis(measured: pd.DataFrame) -> None:
    figure = figures.table_panels(PAPER_TABLE2, measured, "Baseline", "generated street scenes")
    left, right = figure.axes
    assert left.get_title(loc="left").startswith("Paper") and "generated street scenes" in right.get_title(loc="left")
    assert "3 seeds" in right.get_xlabel()
    shown = [np.concatenate([dots.get_offsets()[:, 0] for dots in axes.collections]) for axes in (left, right)]
    np.testing.assert_allclose(sorted(shown[0]), sorted(PAPER_TABLE2.values()))
    np.testing.assert_allclose(sorted(shown[1]), sorted(measured["mIoU"]))
    assert np.ptp(left.get_xlim()) == pytest.approx(np.ptp(right.get_xlim()))  # a point of mIoU is equally long in both


@pytest.mark.parametrize("quoted", [PAPER_TABLE2, {}])
def test_a_row_that_the_paper_does_not_have_says_so(measured: pd.DataFrame, quoted: dict[str, float]) -> None:
    more = pd.DataFrame({"row": ["1 & 5, 4 & 5"] * 3, "seed": range(3), "mIoU": [31.0, 31.5, 32.0]})
    figure = figures.table_panels(quoted, pd.concat([measured, more], ignore_index=True), "Baseline", "scenes")
    drawn(figure)
    left, right = figure.axes
    without = [text.get_text() for text in left.texts].count("no number")
    assert without == (1 if quoted else len(ROWS) + 1)
    assert [label.get_text() for label in left.get_yticklabels()] == [*ROWS, "1 & 5, 4 & 5"]
    assert np.ptp(left.get_xlim()) == pytest.approx(np.ptp(right.get_xlim()))


def test_a_figure_below_a_file_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        figures.save(Figure(), tmp_path / "file" / "folder" / "plot")


def test_class_iou_marks_classes_and_leaves_the_absent_empty(tmp_path: Path) -> None:
    runs = finished(tmp_path, {(row, 0): 0.5 + place / 10 for place, row in enumerate(ROWS)})
    figure = figures.class_iou(tables.class_iou(runs), "Baseline", marked=["wall", "train"])
    absolute, gain = figure.axes[:2]
    present = len(CLASSES) - 1
    assert len(absolute.texts) == len(ROWS) * present and len(gain.texts) == (len(ROWS) - 1) * present
    names = {name.get_text(): name.get_fontweight() for name in gain.get_xticklabels()}
    assert tuple(names) == CLASSES
    assert {name for name, weight in names.items() if weight == "bold"} == {"wall", "train"}


@pytest.mark.parametrize(
    ("gains", "texts", "limit"), [((0.21, -0.4), ["+0.2", "-0.4"], 3), ((12.4, -0.3), ["+12", "+0"], 12.4)]
)
def test_small_gains_are_told_apart_and_look_small(gains: tuple[float, float], texts: list[str], limit: float) -> None:
    frame = pd.DataFrame([(50.0, 50.0), (50.0 + gains[0], 50.0 + gains[1])], index=["Baseline", "4 & 5"])
    shown = figures.class_iou(frame, "Baseline").axes[1]
    assert [text.get_text() for text in shown.texts] == texts
    assert shown.collections[0].get_clim() == pytest.approx((-limit, limit))


def test_class_iou_without_a_baseline_shows_no_gain(tmp_path: Path) -> None:
    frame = tables.class_iou(finished(tmp_path, {("4 & 5", 0): 0.5}))
    assert len(figures.class_iou(frame, "Baseline").axes) == 2  # the heat map and its colour bar


def test_rows_keep_their_colour_in_all_plots(measured: pd.DataFrame, tmp_path: Path) -> None:
    logs = tables.learning(finished(tmp_path, {(row, seed): 0.5 for row in ROWS for seed in range(2)}))
    axes = figures.learning_curves(logs).axes[0]
    lines = [mpl.colors.to_rgb(line.get_color()) for line in axes.lines[: len(ROWS)]]
    right = figures.table_panels(PAPER_TABLE2, measured, "Baseline", "").axes[1]
    dots = [tuple(dots.get_facecolor()[0, :3]) for dots in right.collections]
    np.testing.assert_allclose(lines, dots)


def test_predictions_show_every_image_and_only_the_classes_present(samples: list[Sample]) -> None:
    predictions = {row: [np.full((16, 32), 10, dtype=np.uint8) for _ in samples] for row in ROWS}
    figure = figures.prediction_rows(samples, predictions, SCENES)
    assert len(figure.axes) == 3 * (2 + len(ROWS))
    assert legend_of(figure) == {"road", "vegetation", "car", "sky", "does not count"}
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), samples[0].image)
    np.testing.assert_array_equal(figure.axes[3].images[0].get_array(), CITYSCAPES.colorize(samples[0].label))
    counted = samples[2].label != IGNORE
    predicted = figure.axes[-1].images[0].get_array()
    assert (predicted[counted] == CITYSCAPES.colors[10]).all()
    assert (predicted[~counted] > CITYSCAPES.colors[10]).all()  # pale


def test_contact_sheet_puts_labels_below_images(samples: list[Sample]) -> None:
    figure = figures.contact_sheet(samples, CITYSCAPES, columns=2)
    assert len(figure.axes) == 8  # two columns, twice image and label; the last pair of places stays empty
    assert legend_of(figure) == {"road", "vegetation", "car", "does not count"}


def test_nothing_is_cut_off(measured: pd.DataFrame, samples: list[Sample], tmp_path: Path) -> None:
    runs = finished(tmp_path, {(row, 0): 0.5 for row in ROWS})
    for figure in (
        figures.table_panels(PAPER_TABLE2, measured, "Baseline", "generated street scenes, standard preset"),
        figures.class_iou(tables.class_iou(runs), "Baseline"),
        figures.learning_curves(tables.learning(runs)),
        figures.prediction_rows(samples, {ROWS[-1]: [sample.label for sample in samples]}, SCENES),
        figures.contact_sheet(samples, CITYSCAPES),
    ):
        canvas = drawn(figure)
        box = figure.get_tightbbox(canvas.get_renderer())
        width, height = figure.get_size_inches()
        assert box.x0 > -0.05 and box.y0 > -0.05 and box.x1 < width + 0.05 and box.y1 < height + 0.05


def test_saved_twice_the_files_are_equal(measured: pd.DataFrame, tmp_path: Path) -> None:
    for folder in ("once", "twice"):
        figure = figures.table_panels(PAPER_TABLE2, measured, "Baseline", "scenes")
        figures.save(figure, tmp_path / folder / "v1.0")
    for name in ("v1.0.png", "v1.0.svg"):  # a dot in the name is no suffix
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()


def test_global_state_is_left_alone(measured: pd.DataFrame) -> None:
    before = dict(mpl.rcParams)
    drawn(figures.table_panels(PAPER_TABLE2, measured, "Baseline", "scenes"))
    assert dict(mpl.rcParams) == before


def test_private_images_are_neither_shown_nor_saved(tmp_path: Path) -> None:
    figure = Figure()
    assert figures.private(figure, True, tmp_path / "yes") is figure and (tmp_path / "yes.png").is_file()
    assert "not shown" in figures.private(figure, False, tmp_path / "no").data
    assert [path.name for path in tmp_path.iterdir()] == ["yes.png"]
