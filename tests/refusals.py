"""What every refusal of bad data has in common."""

from collections.abc import Callable

import pytest

from annn.errors import DataError


def refuses(build: Callable[[], object], *words: str) -> None:
    """The call ends in a DataError of one paragraph that contains all words."""
    with pytest.raises(DataError) as error:
        build()
    message = str(error.value)
    assert "\n" not in message, message
    for word in words:
        assert word in message, message
