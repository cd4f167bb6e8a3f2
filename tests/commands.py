"""The command line, called as a person does."""

from pathlib import Path

import pytest

from annn import cli


def call(*args: str | Path) -> int:
    with pytest.raises(SystemExit) as stopped:
        cli.main([str(arg) for arg in args])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code
