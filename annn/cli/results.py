"""`annn reproduce` and `annn report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from tyro.conf import FlagCreatePairsOff, Positional, UseAppendAction, arg

from annn.cli.app import app


@app.command
def reproduce(
    notebooks: Annotated[Positional[tuple[str, ...]], arg(metavar="[NOTEBOOK ...]")] = (),
    *,
    parameters: UseAppendAction[Annotated[tuple[tuple[str, str], ...], arg(aliases=["-p"], metavar="NAME VALUE")]] = (),
    results: Path = Path("results"),
    variant: str = "",
    force: FlagCreatePairsOff[bool] = False,
    parallel: Annotated[int, arg(aliases=["-j"])] = 1,
) -> int:
    """Execute notebooks into results/, without those that are up to date; status 1 if one fails.

    Args:
        notebooks: names or prefixes, such as 2; by default all
        parameters: a notebook's parameter, such as -p preset standard; may be repeated
        results: folder for executed notebooks, tables and figures
        variant: keeps the executed copy, the tables and the plots beside the ordinary ones, as NAME-VARIANT
        force: execute also notebooks that are up to date
        parallel: notebooks at a time; on two cores, one at a time is faster, since it trains on both
    """
    from annn.reproduce import reproduce

    outcomes = reproduce(notebooks, dict(parameters), results=results, variant=variant, force=force, parallel=parallel)
    failed = [outcome.name for outcome in outcomes if outcome.status == "failed"]
    if failed:
        print(f"{len(failed)} of {len(outcomes)} notebooks failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    return report(results=Path(dict(parameters).get("results", results)))  # as for the notebooks, -p results wins


@app.command
def report(*, results: Path = Path("results")) -> int:
    """Write one HTML page with the executed notebooks, their tables and figures; it needs no network.

    Args:
        results: folder of executed notebooks, tables and figures; the page is report.html in it
    """
    from annn.reproduce.report import write_report

    page = write_report(results)
    print(f"{page}: {page.stat().st_size / 1e6:.1f} MB")
    return 0
