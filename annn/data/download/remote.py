"""A file on a server, and a data set that consists of such files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A file on a server.

    url: its address. size: in words, for people. length: in bytes, where it is published. digest: algorithm and hex
    digits, such as "sha256:6e08...", or the first digits of them, where they are published; published_by: by whom.
    inside: of an archive, the folder that is kept, such as "*/CamVid"; "" keeps all of it. A star stands for one name.
    saved_as: the name on disk, where the address does not end in it.
    """

    url: str
    size: str
    length: int | None = None
    digest: str = ""
    published_by: str = ""
    inside: str = ""
    saved_as: str = ""

    @property
    def name(self) -> str:
        """The file's name on disk, and below a mirror."""
        return self.saved_as or unquote(urlsplit(self.url).path.rpartition("/")[2])

    def __str__(self) -> str:
        algorithm, _, digits = self.digest.partition(":")
        part = " begins with" if algorithm == "sha256" and len(digits) < 64 else ""
        checks = [
            f"{self.length} bytes" if self.length else "",
            f"{algorithm.upper()}{part} {digits}" if digits else "",
        ]
        known = ", ".join(filter(None, checks)) or "neither length nor hash is published"
        return f"{self.url} ({self.size}; {known}{f', from {self.published_by}' if self.published_by else ''})"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a data set comes from without an account, and under which terms."""

    files: tuple[Remote, ...]
    licence: str
    citation: str

    def below(self, mirror: str | None) -> Source:
        """The same files from a folder on another server, under their names; itself without a mirror."""
        if mirror is None:
            return self
        files = (replace(file, url=f"{mirror.rstrip('/')}/{file.name}", saved_as=file.name) for file in self.files)
        return replace(self, files=tuple(files))

    def __str__(self) -> str:
        lines = [f"licence: {self.licence}", f"cite: {self.citation}", *(f"from: {file}" for file in self.files)]
        return "\n".join(f"  {line}" for line in lines)
