"""However a weights file is damaged, the answer is a network or a WeightsError that names the file."""

import tempfile
from pathlib import Path

import published
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from annn.errors import RunError, WeightsError
from annn.model import ANNN, ModelConfig
from annn.weights import export, load
from annn.weights.mmsegmentation import head_settings

SMALL = {"depth": 50, "width": 1, "stem": (1, 1, 2), "classes": 2}
END = 20_000  # bytes from either end, where names, shapes and the zip's directory lie


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    state = published.random_state(published.mmseg_shapes(**SMALL))
    content = {"state_dict": state, "meta": {"CLASSES": ["a", "b"], "config": "model = dict()"}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights"
        torch.save(content, path)
        found = {"zip": path.read_bytes()}
        torch.save(content, path, _use_new_zipfile_serialization=False)
        found["old"] = path.read_bytes()
        save_file({name: tensor.clone() for name, tensor in state.items()}, path)
        return found | {"safetensors": path.read_bytes()}


def loaded_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        path.write_bytes(content)
        try:
            assert load(path).model.config.classes > 0
        except WeightsError as error:
            assert str(path) in str(error)


@settings(max_examples=100)
@given(
    kind=st.sampled_from(["zip", "old", "safetensors"]),
    places=st.lists(st.tuples(st.integers(-END, END), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_changed_bytes(files, kind, places) -> None:
    content = bytearray(files[kind])
    for place, value in places:
        content[place] = value
    loaded_or_refused(bytes(content))


@settings(max_examples=30)
@given(kind=st.sampled_from(["zip", "old", "safetensors"]), start=st.integers(0, END), length=st.integers(1, END))
def test_lost_bytes(files, kind, start, length) -> None:
    loaded_or_refused(files[kind][:start] + files[kind][start + length :])


shapes = st.lists(st.integers(0, 3), max_size=5)


@settings(max_examples=40)
@given(data=st.data())
def test_other_shapes(data) -> None:
    state = published.random_state(published.authors_shapes(**SMALL))
    for name in data.draw(st.lists(st.sampled_from(sorted(state)), min_size=1, max_size=3)):
        state[name] = torch.zeros(data.draw(shapes))
    with tempfile.TemporaryDirectory() as folder:
        torch.save(state, Path(folder) / "weights.pth")
        loaded_or_refused((Path(folder) / "weights.pth").read_bytes())


@given(
    st.text() | st.just("(" * 10_000) | st.just(r"decode_head = '\d'") | st.just("model = dict(decode_head=dict(**x))")
)
def test_a_configuration_of_any_text_is_survived(text) -> None:
    assert isinstance(head_settings({"config": text}), dict)
    assert isinstance(head_settings({"cfg": f"model = dict(decode_head=dict(align_corners={text!r}))"}), dict)


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model = ANNN(ModelConfig(classes=2, depth=50, width=2, conv_bias=False))
    with pytest.raises(RunError, match=r"file: could not be written"):
        export(model, tmp_path / "file" / "out.pth", layout="mmsegmentation")
