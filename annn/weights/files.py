"""Read a weights file without executing anything in it."""

from __future__ import annotations

import json
import re
import shlex
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from annn.errors import WeightsError
from annn.files import not_finite

_EXPECTED = "expected a network's weights, as .pth or .safetensors"
_CODE = re.compile(
    r"GLOBAL (\S+)|unrecognized function (\S+)|Can only (?:build|create) .*? but got (.+?)(?: \(|$)", re.M
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """The tensors of a file by name, and its other contents.

    state: finite numbers; names without what DataParallel, AveragedModel ("module."), torch.compile ("_orig_mod.") and
    training loops ("model.") put before them. beside: everything else in the file, as plain values.
    """

    state: dict[str, Tensor]
    beside: dict[str, Any]


def read_file(path: str | Path) -> Contents:
    """Read a .safetensors or .pth file, recognised by its content; nothing in it is executed.

    Raises WeightsError for a file that is missing, empty, damaged or not a weights file, for weights that are NaN or
    infinite, and for a pickle with more than tensors and plain values: such a file could run any code while it is read.
    """
    path = Path(path)
    if path.is_dir():
        raise WeightsError(f"{path}: is a folder; {_EXPECTED}. Name the file in it (of a run: weights.safetensors).")
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; {_EXPECTED}. Check the name.")
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error}); {_EXPECTED}. Check its permissions.") from error
    if not start:
        raise WeightsError(f"{path}: is empty (0 bytes); {_EXPECTED}. Fetch the file again.")
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise WeightsError(f"{path}: is a web page; {_EXPECTED}. Its link asks for something before the download.")
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if not start.startswith((b"PK", b"\x80")):
        raise _damaged(path, ValueError("it begins like neither .pth nor .safetensors"))
    return _read_pickle(path)


def _read_safetensors(path: Path) -> Contents:
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (safe_open is no mapping)
            beside: dict[str, Any] = dict(file.metadata() or {})
    except Exception as error:  # the library's own exception is a plain one
        raise _damaged(path, error) from error
    return _unwrapped(path, state, beside)


def _read_pickle(path: Path) -> Contents:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old formats; real problems raise below
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises many types for damaged files
        if _CODE.search(str(error)):
            raise WeightsError(_refusal(path, error)) from error
        raise _damaged(path, error) from error
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path}: holds a single {type(content).__name__}; {_EXPECTED}: names and tensors.")
    if not isinstance(content.get("state_dict"), Mapping):
        return _unwrapped(path, content, {})
    return _unwrapped(path, content["state_dict"], {str(k): v for k, v in content.items() if k != "state_dict"})


def _unwrapped(path: Path, state: Mapping[Any, Any], beside: dict[str, Any]) -> Contents:
    others = [str(name) for name, value in state.items() if not (isinstance(name, str) and _is_array(value))]
    if others or not state:
        found = f"entries that are no plain tensors ({', '.join(others[:5])})" if others else "no tensors"
        raise WeightsError(f"{path}: holds {found}; {_EXPECTED}: a dictionary of tensors, alone or under 'state_dict'.")
    state = _bare(state)
    check_finite(path, state)
    return Contents(state=state, beside=beside)


def _bare(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without the wrappers in their names; torch.compile's also stands inside, where a part is compiled.

    AveragedModel puts "module." before the names, and how many it averaged beside them.
    """
    state = {name.replace("_orig_mod.", ""): tensor for name, tensor in state.items() if name != "n_averaged"}
    first = next(iter(state), "").partition(".")[0]
    if first in ("module", "model") and all(name.startswith(f"{first}.") for name in state):
        return _bare({name.removeprefix(f"{first}."): tensor for name, tensor in state.items()})
    return state


def check_finite(path: Path, state: Mapping[str, Tensor], verb: str = "holds") -> None:
    """Raises WeightsError for tensors with NaN or infinity; `verb` is "would hold" before the file is written."""
    if bad := not_finite(state):
        raise WeightsError(
            f"{path}: {verb} {bad}; expected finite numbers, without which a network cannot predict. The training "
            "diverged, float16 was too small for them, or the file is damaged: take an earlier checkpoint, or fetch "
            "the file again."
        )


def _is_array(value: Any) -> bool:
    """Whether this is a tensor with real numbers in memory, one by one: not sparse, quantised or without storage."""
    if not isinstance(value, Tensor) or value.device.type != "cpu" or value.layout is not torch.strided:
        return False
    return not (value.is_quantized or value.is_complex())


def _damaged(path: Path, error: Exception) -> WeightsError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    # torch puts the reason last, after advice to read the file without protection.
    reason = next((line.strip() for line in lines if "WeightsUnpickler error" in line), lines[0])
    return WeightsError(
        f"{path}: cannot be loaded ({reason.removeprefix('WeightsUnpickler error: ')}); {_EXPECTED}. The file is cut "
        "off, damaged or of another kind: fetch it again, and compare its size with the original's."
    )


def _refusal(path: Path, error: Exception) -> str:
    converted = path.with_name(f"{path.stem}-tensors.pth")
    # JSON leaves only plain values of `meta`: numbers and lists for numpy's, and null for any other object.
    script = (
        f'import json, torch; file = torch.load({json.dumps(str(path))}, map_location="cpu", weights_only=False); '
        'file = file.state_dict() if hasattr(file, "state_dict") else file; state = file.get("state_dict", file); '
        'plain = lambda value: value.tolist() if hasattr(value, "tolist") else None; '
        'meta = json.loads(json.dumps(file.get("meta", {}), default=plain, skipkeys=True)); '
        'state = {k: torch.as_tensor(v) for k, v in state.items() if torch.is_tensor(v) or getattr(v, "ndim", 0)}; '
        f'torch.save({{"state_dict": state, "meta": meta}}, {json.dumps(str(converted))})'
    )
    return (
        f"{path}: asks for {_requests(path, error)} while it is read, which could run any code; expected tensors and "
        "plain values alone, so it was not read. Training programs store such objects with the weights (numpy's "
        "numbers, mmengine's message_hub with its HistoryBuffer). If you trust where the file comes from, convert it "
        "once in a sandbox without network, such as a container with the packages named above, and load the new file: "
        f"python -c {shlex.quote(script)}"
    )


def _requests(path: Path, error: Exception) -> str:
    """The names that the pickle asks for: all of them if torch can list them."""
    try:
        names = sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception:  # files of torch before 1.6 are not listed
        names = []
    if not names:
        match = _CODE.search(str(error))
        assert match is not None
        names = [next(filter(None, match.groups()))]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
