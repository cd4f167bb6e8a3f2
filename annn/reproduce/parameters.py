"""The parameters of a notebook: read its `parameters` cell, and convert values from text."""

import ast
from pathlib import Path

from annn.errors import ConfigError

Value = bool | int | float | str


def declared(source: Path) -> dict[str, Value]:
    """The parameters of a notebook and their defaults, as papermill reads them.

    Raises `ConfigError` if the notebook cannot be read, or if a default is not a scalar.
    """
    import papermill

    try:
        inspected = papermill.inspect_notebook(source)
    except Exception as error:  # papermill and nbformat raise various types for damaged files
        raise ConfigError(
            f"{source}: this notebook cannot be read ({type(error).__name__}: {error}); expected a Jupyter notebook "
            f"for Python. Restore it from the repository."
        ) from error
    return {name: _scalar(source, name, parameter["default"]) for name, parameter in inspected.items()}


def convert(name: str, value: Value, default: Value) -> Value:
    """Turn a value, usually text from the command line, into the type of the notebook's default.

    Raises `ConfigError` if that is not possible.
    """
    text = str(value)
    try:
        match default:
            case bool():
                return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
            case int():
                return int(text)
            case float():
                return float(text)
            case _:
                return text
    except (KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number"}[type(default)]
        raise ConfigError(f"Parameter '{name}': found '{text}', expected {kind} like its default {default}.") from None


def _scalar(source: Path, name: str, default: str) -> Value:
    try:
        value = ast.literal_eval(default)
    except (ValueError, SyntaxError):
        value = None
    if isinstance(value, Value):
        return value
    raise ConfigError(
        f"{source}: the parameter '{name}' has the default {default}; expected a flat scalar (text, number, True or "
        f"False). Change its line in the cell tagged 'parameters'."
    )
