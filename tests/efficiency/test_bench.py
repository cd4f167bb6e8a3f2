"""Every form that is timed computes what the textbook computes, outputs and gradients, in the bench's own checks."""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
import torch

from annn import efficiency as bench
from annn.efficiency import check, cost, measure, roof
from annn.efficiency.case import LEVELS
from annn.efficiency.forms import Form, forms, inputs, unavailable
from annn.errors import ConfigError, RunError
from annn.losses import segmentation_loss
from annn.model import ANNN, ModelConfig

CPU = torch.device("cpu")
ORDINARY = ("dense", "textbook", "ours")


@pytest.fixture(autouse=True)
def quick_roof(monkeypatch):
    """A processor without bfloat16 takes minutes for the products of the real size; the way is tested, not the roof."""
    monkeypatch.setattr(roof, "SIDE", 256)


def small(level, **settings):
    grid = (40, 56) if level == "network" else (9, 12)
    return bench.Case(**{"level": level, "grid": grid, "channels": 64, "depth": 50} | settings)


def found(case, form):
    return measure.as_call(forms(case, CPU)[form], inputs(case, CPU), case, CPU)()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(("mode", "form"), [("forward", "ours"), ("forward", "folded"), ("step", "ours")])
def test_every_timed_form_is_the_textbooks(level, channels_last, mode, form):
    case = small(level, forms=("textbook", form), mode=mode, channels_last=channels_last, batch=2)
    for mine, his in zip(found(case, form), found(case, "textbook"), strict=True):
        torch.testing.assert_close(mine, his, rtol=0, atol=1e-4 * his.abs().max().item())


def test_the_fused_kernel_is_the_dense_block():
    case = small("attention", forms=("textbook", "dense", "dense, fused kernel"))
    for mine, his in zip(found(case, "dense, fused kernel"), found(case, "dense"), strict=True):
        torch.testing.assert_close(mine, his, rtol=0, atol=1e-5 * his.abs().max().item())


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_fused_kernel_never_holds_the_weights_of_all_pairs(channels_last):
    case = small("attention", grid=(48, 48), forms=("textbook", "dense", "dense, fused kernel"))
    case = replace(case, channels_last=channels_last)
    held = {}
    for form in case.forms:
        call = measure.as_call(forms(case, CPU)[form], inputs(case, CPU), case, CPU)
        held[form] = cost.memory(call)[1].temporary
    pairs = 4 * case.positions**2
    assert held["dense"] >= 2 * pairs and held["dense, fused kernel"] < pairs


COMPILED = """
import torch
from annn import efficiency as bench
from annn.efficiency.forms import forms, inputs
from annn.efficiency.forms import as_call
cpu = torch.device("cpu")
case = bench.Case(level="head", grid=(9, 12), channels=64, mode="step", forms=("textbook", "ours compiled"))
ways, maps = forms(case, cpu), inputs(case, cpu)  # compiled with fullgraph=True: a graph break is an error
expected, found = (as_call(ways[form], maps, case, cpu)() for form in case.forms)
for mine, his in zip(found, expected, strict=True):
    torch.testing.assert_close(mine, his, rtol=0, atol=1e-4 * his.abs().max().item())
print(len(found))
"""


@pytest.mark.slow(reason="the C++ compiler translates two dozen kernels, unless torch has kept them")
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_forms_have_no_graph_break_and_are_the_textbooks():
    """In a process of its own: the checks of shapes that pytest installs cannot be compiled."""
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3"]  # the scores, and the gradients of Stage4 and Stage5


def test_forms_share_weights_and_inputs():
    case = small("head", forms=ORDINARY)
    ways = forms(case, CPU)
    state = ways["textbook"].module.state_dict()
    for form in ORDINARY:
        theirs = ways[form].module.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in theirs.items())
    assert all(torch.equal(a, b) for a, b in zip(inputs(case, CPU), inputs(case, CPU), strict=True))


def test_a_row_says_what_was_measured(tmp_path):
    results = bench.bench([small("apnb", forms=ORDINARY)], device="cpu", seconds=0.0, progress=False)
    rows = {row["form"]: row for row in results["results"][0]["rows"]}
    assert list(rows) == list(ORDINARY)
    assert rows["textbook"]["ratio"] == [1.0] * 3
    assert rows["textbook"]["difference"] < 1e-6 and rows["ours"]["difference"] < 1e-6
    assert rows["dense"]["difference"] is None  # another function
    assert rows["ours"]["multiply_adds"] < rows["textbook"]["multiply_adds"]
    assert rows["ours"]["temporary"] < rows["textbook"]["temporary"]
    assert all(len(row["seconds"]) == 3 and min(row["seconds"]) > 0 for row in rows.values())
    assert results["machine"]["torch"] == torch.__version__
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        bench.save(results, tmp_path / "file" / "folder" / "bench.json")
    path = bench.save(results, tmp_path / "made" / "bench.json")
    assert bench.read(path) == json.loads(json.dumps(results)) | {"stand_in": False}
    assert "ours" in bench.summary(bench.read(path))


@pytest.mark.parametrize("content", [None, "[", "[]", '{"machine": {}}'])
def test_a_file_that_holds_no_measurements_is_refused(tmp_path, content):
    path = tmp_path / "bench.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RunError, match=r"bench\.json"):
        bench.read(path)


def test_what_is_not_equal_is_not_timed(monkeypatch):
    sabotage(monkeypatch, 1.0001)
    with pytest.raises(RunError, match="away from the textbook in float64"):
        bench.run(small("apnb", forms=("textbook", "ours")), CPU, 0.0)


@pytest.mark.parametrize(
    "case",
    [small("apnb", forms=("textbook", "ours"), precision="bf16"), small("network", mode="step")],
    ids=str,
)
def test_where_rounding_could_hide_it_the_forms_are_compared_in_float64(monkeypatch, case):
    monkeypatch.setattr("annn.device.has_bfloat16", lambda: True)  # emulated where the processor has none
    (textbook, ours) = bench.run(case, CPU, 0.0)
    assert textbook.exact is None and ours.exact is not None and ours.exact <= bench.EXACT
    sabotage(monkeypatch, 1 + 1e-7)  # less than a float32 can tell
    with pytest.raises(RunError, match="where both are in float64"):
        bench.run(case, CPU, 0.0)


def test_a_fused_kernel_whose_dense_block_did_not_fit_is_checked_all_the_same(monkeypatch):
    monkeypatch.setattr(measure, "_free", lambda device: 10_000)
    case = small("attention", forms=("textbook", "dense", "dense, fused kernel"))
    rows = {row.form: row for row in bench.run(case, CPU, 0.0)}
    assert rows["dense"].skipped and rows["dense, fused kernel"].difference is None
    assert (rows["dense, fused kernel"].exact or 1) <= bench.EXACT


def sabotage(monkeypatch, factor):
    """What "ours" gives is off by a factor."""

    def sabotaged(case, device, dtype=torch.float32):
        ways = forms(case, device, dtype)
        if "ours" in ways:
            honest = ways["ours"]
            ways["ours"] = Form(module=honest.module, function=lambda x: factor * honest.function(x))
        return ways

    for module in (measure, check):
        monkeypatch.setattr(module, "forms", sabotaged)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 8.00 GiB"), "8.00 GiB"),
        (RuntimeError("No available kernel. Aborting execution."), "no fused kernel"),
    ],
)
@pytest.mark.parametrize("calls", [0, 1, 3])  # lets the check pass, or the check and a round
def test_a_form_that_the_machine_cannot_run_is_left_out_and_the_others_are_measured(monkeypatch, error, said, calls):
    def failing(case, device):
        ways, left = forms(case, device), [calls]
        if "dense" not in ways:
            return ways
        honest = ways["dense"]

        def function(x):
            left[0] -= 1
            if left[0] < 0 and x.device.type != "meta":
                raise error
            return honest.function(x)

        return {**ways, "dense": Form(module=honest.module, function=function)}

    monkeypatch.setattr(measure, "forms", failing)
    rows = {row.form: row for row in bench.run(small("apnb", forms=ORDINARY), CPU, 0.0)}
    assert said in rows["dense"].skipped and rows["dense"].seconds == []
    assert len(rows["ours"].ratio) == 3
    result = {"case": asdict(small("apnb", forms=ORDINARY)), "rows": [asdict(row) for row in rows.values()]}
    assert "left out" in bench.summary({"results": [result]})


def test_no_gradient_outlives_its_step():
    case = small("head", mode="step")
    form = forms(case, CPU)["ours"]
    call = measure.as_call(form, inputs(case, CPU), case, CPU)
    first = call()
    assert len(first) == 3 and all(parameter.grad is None for parameter in form.module.parameters())
    assert all(torch.equal(a, b) for a, b in zip(first, call(), strict=True))


def test_compiled_forms_need_a_compiler_on_every_device(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "C++ compiler" in unavailable("ours compiled") and unavailable("ours") == ""


def test_the_roof_is_measured_in_each_precisions_own_arithmetic(monkeypatch):
    seen = []
    honest = roof.autocast
    monkeypatch.setattr(roof, "autocast", lambda precision, device: seen.append(precision) or honest(precision, device))
    rates = bench.peak_rates(CPU)
    assert seen == list(rates) == ["fp32", "bf16"] and min(rates.values()) > 0


def test_a_dense_block_that_does_not_fit_is_left_out_and_says_so(monkeypatch):
    monkeypatch.setattr(measure, "_free", lambda device: 10_000)
    rows = {row.form: row for row in bench.run(small("apnb", forms=ORDINARY), CPU, 0.0)}
    assert "weights need" in rows["dense"].skipped and rows["dense"].seconds == []
    assert rows["ours"].seconds


@pytest.mark.parametrize(("precision", "mode"), [("fp32", "forward"), ("tf32", "forward"), ("fp32", "step")])
def test_a_dense_block_that_would_just_not_fit_is_left_out(monkeypatch, precision, mode):
    case = small("attention", grid=(48, 48), forms=("textbook", "dense"), precision=precision, mode=mode)
    _, memory = cost.memory(measure.as_call(forms(case, CPU)["dense"], inputs(case, CPU), case, CPU))
    monkeypatch.setattr(measure, "_free", lambda device: memory.peak // 2)
    assert "weights need" in measure._too_large("dense", case, CPU)


def test_half_precision_has_its_softmax_in_float32(monkeypatch):
    monkeypatch.setattr(measure, "_free", lambda device: 8 * 48**4)
    for precision in ("bf16", "fp16"):
        case = small("attention", grid=(48, 48), forms=("textbook", "dense"), precision=precision)
        assert "weights need" in measure._too_large("dense", case, CPU)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"level": "heads"}, "level"),
        ({"mode": "train"}, "mode"),
        ({"precision": "fp8"}, "precision"),
        ({"forms": ("ours",)}, "textbook"),
        ({"forms": ("textbook", "fast")}, "fast"),
        ({"mode": "step", "forms": ("textbook", "folded")}, "folded"),
        ({"forms": ("textbook", "dense, fused kernel")}, "attention"),
    ],
)
def test_impossible_cases_are_refused(settings, named):
    with pytest.raises(ConfigError, match=named):
        bench.Case(**{"level": "apnb", "grid": (8, 8)} | settings)


@pytest.mark.parametrize("preset", bench.PRESETS)
def test_presets_hold_the_papers_maps_and_the_head(preset):
    found = bench.cases(preset)
    assert any(case.level == "head" and case.grid == (97, 97) for case in found)
    assert any(case.level == "blocks" and case.mode == "step" and case.grid == (97, 97) for case in found)
    assert any(case.level == "attention" and case.grid == (96, 96) and "dense" in case.forms for case in found)
    with pytest.raises(ConfigError, match="preset"):
        bench.cases("enormous")


def test_a_prediction_grows_with_the_image_and_training_holds_more_than_inference():
    small_one = bench.predict((65, 65), depth=18)
    large = bench.predict((129, 129), depth=18)
    tested = bench.predict((129, 129), depth=18, mode="forward", form="folded")
    assert small_one.activations < large.activations and small_one.multiply_adds < large.multiply_adds
    assert tested.activations < large.activations and tested.weights < large.weights / 2
    assert large.total == large.activations + large.weights


@pytest.mark.parametrize("form", ["dense", "textbook", "ours"])
def test_a_training_step_is_predicted_with_its_auxiliary_head_and_its_loss(form):
    predicted = bench.predict((65, 97), depth=18, batch=2, form=form)
    model = ANNN(ModelConfig(classes=19, depth=18))
    assert predicted.parameters == cost.parameters(model)
    assert predicted.weights == 2 * 4 * predicted.parameters
    assert predicted.activations > 4 * predicted.parameters  # the gradients
    if form == "ours":

        def step():
            labels = torch.zeros(2, 65, 97, dtype=torch.long)
            loss = segmentation_loss(model(torch.zeros(2, 3, 65, 97)), labels)
            model.zero_grad(set_to_none=True)
            loss.backward()

        assert predicted.multiply_adds == cost.multiply_adds(step)
        model.zero_grad(set_to_none=True)
        _, memory = cost.memory(lambda: [step(), step()])
        given = 4 * 2 * 3 * 65 * 97 + 8 * 2 * 65 * 97  # images and labels, made inside here
        assert abs(memory.peak - given - predicted.activations) < 0.02 * predicted.activations


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "run", lambda *_: pytest.fail("measured"))
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        bench.bench([small("apnb")], device="cpu", progress=False, out=tmp_path / "file" / "bench.json")
    with pytest.raises(ConfigError, match="this is a folder"):
        bench.bench([small("apnb")], device="cpu", progress=False, out=tmp_path)
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match=f"seconds={seconds}"):
            bench.bench([small("apnb")], device="cpu", seconds=seconds)


def test_what_was_measured_outlives_what_ends_the_measuring(tmp_path, monkeypatch):
    out, cases = tmp_path / "bench.json", [small("apnb", grid=(side, side)) for side in (6, 7)]
    out.write_text("of an earlier day")

    def second_fails(case, *_):
        if case.grid == (7, 7):
            raise KeyboardInterrupt
        return []

    monkeypatch.setattr(measure, "run", second_fails)
    with pytest.raises(KeyboardInterrupt):
        bench.bench(cases, device="cpu", progress=False, out=out)
    assert out.read_text() == "of an earlier day"
    kept = json.loads((tmp_path / "bench.json.partial").read_text())
    assert [result["case"]["grid"] for result in kept["results"]] == [[6, 6]]
    monkeypatch.setattr(measure, "run", lambda *_: [])
    bench.bench(cases, device="cpu", progress=False, out=out)
    assert len(bench.read(out)["results"]) == 2 and not (tmp_path / "bench.json.partial").exists()
