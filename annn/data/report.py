"""A readable report on the files of a data set."""

from dataclasses import dataclass
from pathlib import Path

from annn.data.about import ABOUT, About
from annn.data.files import STAND_IN_FILE, FileDataset, is_stand_in
from annn.errors import DataError
from annn.files import refused


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """One split: usable pairs, pairs in the published set, the first problem, and the layout of several."""

    split: str
    pairs: int
    official: int
    problem: str | None = None
    layout: str | None = None

    def __str__(self) -> str:
        if self.problem is not None:
            return f"{self.split:6} not usable: {self.problem}"
        layout = f", read from {self.layout}" if self.layout else ""
        return f"{self.split:6} {self.pairs} images with labels (published: {self.official}){layout}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """Which files of a data set are there or missing, and where to get them; `str(report)` is readable text."""

    name: str
    root: Path
    stand_in: bool
    splits: tuple[SplitReport, ...]
    source: str

    @property
    def usable(self) -> bool:
        """Whether every split can be used, complete or not."""
        return all(split.problem is None for split in self.splits)

    @property
    def complete(self) -> bool:
        """Whether this is the whole published data set."""
        return not self.stand_in and self.usable and all(split.pairs >= split.official for split in self.splits)

    def __str__(self) -> str:
        if not self.root.is_dir():
            return f"{self.name}: {self.root} is not a folder. {self.source}. See data/README.md."
        kind = f"a generated stand-in ({STAND_IN_FILE} says so), not real data" if self.stand_in else "no stand-in"
        lines = [f"{self.name} in {self.root}: {kind}", *(f"  {split}" for split in self.splits)]
        if said := str(About.of(self.root)):
            lines.append(f"  {ABOUT}: {said}")
        if not self.complete and not (self.stand_in and self.usable):
            lines.append(f"  For the complete data set: {self.source}. See data/README.md.")
        return "\n".join(lines)


def inspect(kind: type[FileDataset], root: Path) -> Report:
    """Open each published split below `root` and read its first pair."""
    return Report(
        name=kind.space.name,
        root=root,
        stand_in=is_stand_in(root),
        splits=tuple(_inspect_split(kind, root, split) for split in kind.official),
        source=kind.source,
    )


def _inspect_split(kind: type[FileDataset], root: Path, split: str) -> SplitReport:
    try:
        dataset = kind(root, split)
        _ = dataset[0]
    except (DataError, OSError) as error:
        text = refused(error) if isinstance(error, OSError) else str(error)
        problem = text.split(kind.source)[0].strip()  # the last line of the report says where to get the data
        return SplitReport(split=split, pairs=0, official=kind.official[split], problem=problem)
    return SplitReport(split=split, pairs=len(dataset), official=kind.official[split], layout=dataset.layout)
