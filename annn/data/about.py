"""about.toml of a data set's folder: what the data is, where it is not the published set or not as it was published."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from annn.errors import DataError

ABOUT = "about.toml"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a person says of a folder, all of it optional.

    name: of the data, in place of the published set's. split: what the split is called, in place of its own name.
    source: where it comes from. licence, citation: what a figure prints beside its images.
    """

    name: str = ""
    split: str = ""
    source: str = ""
    licence: str = ""
    citation: str = ""

    def __str__(self) -> str:
        return "; ".join(f"{field.name}: {text}" for field in fields(self) if (text := getattr(self, field.name)))

    @classmethod
    def of(cls, root: Path) -> About:
        """What about.toml in a folder says; nothing without one. Raises DataError for one that cannot be understood."""
        path, known = root / ABOUT, [field.name for field in fields(cls)]
        if not path.is_file():
            return cls()
        expected = f'expected lines such as name = "...", with any of {", ".join(known)}. Mend or delete the file.'
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read ({error}); {expected}") from error
        for name, value in content.items():
            if name not in known or not isinstance(value, str):
                what = "is not known" if name not in known else f"is {value!r}, which is no text"
                raise DataError(f"{path}: the entry {name!r} {what}; {expected}")
        return cls(**content)
