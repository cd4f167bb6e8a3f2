"""Claims keep the paper's words and ours apart, and tables are shown with units and signs."""

import numpy as np
import pandas as pd

from annn import tables
from annn.recipes import PAPER_TABLE1


def test_scores_of_stand_ins_are_not_compared() -> None:
    quoted = PAPER_TABLE1["NYUD-V2"]
    line = tables.score_claim(quoted, 36.08, real=False)
    assert (line["paper"], line["here"], line["verdict"]) == ("44.4 % mIoU", "36.1 % mIoU", "not comparable")
    assert tables.score_claim(quoted, 44.0, real=True)["verdict"] == "agrees"
    assert tables.score_claim(quoted, 43.0, real=True)["verdict"] == "contradicts"


def test_gains_are_those_of_the_verdicts() -> None:
    judged = pd.DataFrame(
        {"paper": [1.3, 0.9], "here": [-0.04, 2.0], "verdict": ["within noise", "agrees"]}, ["a", "b"]
    )
    (line,) = tables.gain_claims(judged, "Baseline", ["a"])
    assert line["paper"] == "+1.3 points of mIoU" and line["here"] == "+0.0 points of mIoU"
    assert line["verdict"] == "within noise"


def test_choices_that_the_paper_calls_equal() -> None:
    table = pd.DataFrame(
        {"gain": [0.0, 2.6, 0.4, 3.0], "verdict": ["reference", "better", "within noise", "better"]},
        index=["released", "none", "other", "no block"],
    )
    line = tables.choice_claim("alike", "said", table, ["no block"])
    assert line["verdict"] == "does not hold" and "[none] +2.6; else noise" in line["here"]
    assert "no block" not in line["here"]
    assert tables.choice_claim("alike", "said", table.drop(index=["none"]), ["no block"])["verdict"] == "holds"
    assert "left open" in tables.choice_claim("alike", "not compared", table, said=False)["verdict"]


def test_shown_has_units_signs_and_dashes() -> None:
    frame = pd.DataFrame({"row": ["a", "b"], "mIoU": [50.04, np.nan], "gain": [-0.01, 2.0], "seeds": [1, 2]})
    table = tables.shown(frame)
    assert list(table.columns) == ["mIoU, %", "gain, points", "seeds"]
    assert table.loc["a"].tolist() == ["50.0", "+0.0", "1"]
    assert table.loc["b"].tolist() == ["\N{EN DASH}", "+2.0", "2"]
    two = pd.DataFrame([[1.0, 2.0]], columns=pd.MultiIndex.from_tuples([("paper", "mIoU"), ("here", "to baseline")]))
    assert list(tables.shown(two).columns) == [("paper", "mIoU, %"), ("here", "to baseline, points")]
    assert tables.shown(frame, digits=2, names={"gain": "more"}).columns[1] == "more"
