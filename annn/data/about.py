"""about.toml of a data set's folder: what the data is, where it is not the published set or not as it was published."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from annn.errors import DataError

ABOUT = "about.toml"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a person says of a folder, all of it optional.

    name: of the data, in place of the published set's. split: how the images were divided, in place of "own split".
    source: where they come from. licence, citation: what a figure prints beside its images.
    """

    name: str = ""
    split: str = ""
    source: str = ""
    licence: str = ""
    citation: str = ""

    def __str__(self) -> str:
        return "; ".join(f"{field.name}: {text}" for field in fields(self) if (text := getattr(self, field.name)))

    @classmethod
    def of(cls, *folders: Path) -> About:
        """What the first about.toml in these folders says; nothing without one. Each text becomes one line.

        Raises DataError for a file that cannot be understood.
        """
        path = next((path for folder in folders if os.path.lexists(path := folder / ABOUT)), None)
        if path is None:
            return cls()
        known = [field.name for field in fields(cls)]
        expected = f'expected lines such as name = "...", with any of {", ".join(known)}. Mend or delete the file.'
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read ({error}); {expected}") from error
        for name, value in content.items():
            if name not in known or not isinstance(value, str):
                what = "is not known" if name not in known else f"is {value!r}, which is no text"
                raise DataError(f"{path}: the entry {name!r} {what}; {expected}")
        return cls(**{name: " ".join(text.split()) for name, text in content.items()})
