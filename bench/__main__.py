"""`make bench` and `make bench-quick`: measure, keep the figures in .local/bench, write the report."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from basepool.errors import BasepoolError
from bench import report
from bench.harness import FULL, LOCAL, QUICK, Bench, Question, Results, Sizes
from dev.devserver import PROJECT
from dev.stack import die_with_make, stop_on_signals

NAMES = (
    "limits",
    "claim",
    "finish",
    "submit",
    "life",
    "realtime",
    "blocked_vacuum",
    "system",
    "webhooks",
    "store",
    "latency",
    "growth",
    "status",
)


def question(name: str) -> Question:
    """The question of a file in bench/questions."""
    found: Question = import_module(f"bench.questions.{name}").QUESTION
    return found


@click.command()
@click.argument("names", nargs=-1, metavar="[QUESTION]...", type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="Small sizes, one round: about five minutes.")
@click.option("--rounds", type=click.IntRange(1), help="How often each contestant is measured.")
@click.option("--report-only", is_flag=True, help="Write the report anew from the last run's figures.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of REPORT.md and plots; default bench/ for a full run, .local/bench/quick/ for a quick one.",
)
def main(names: tuple[str, ...], quick: bool, rounds: int | None, report_only: bool, out: Path | None) -> None:
    """Answer all questions, or those named. Needs Linux or macOS, and 40 GB of disk for the full sizes."""
    sizes = QUICK if quick else FULL
    kept = LOCAL / f"{sizes.name}.json"
    # figures of a few questions are no report of ours: they stay out of bench/
    folder = out or (PROJECT / "bench" if not quick and not names else LOCAL / sizes.name)
    if report_only:
        click.echo(f"written: {report.write(Results.read(kept), folder)}")
        return
    die_with_make()
    stop_on_signals()
    try:
        _run(names or NAMES, replace(sizes, rounds=rounds or sizes.rounds), kept, folder)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BasepoolError as error:
        click.echo(f"error {error.code}: {error.message}\n  hint: {error.hint}", err=True)
        raise SystemExit(2) from None


def _run(names: tuple[str, ...], sizes: Sizes, kept: Path, folder: Path) -> None:
    began = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"{time.monotonic() - began:7.1f} s  {text}")

    with Bench(sizes, say) as bench:
        for name in names:
            bench.ask(name, question(name))
            bench.results.about["took_seconds"] = round(time.monotonic() - began)
            # after each question: a run that is broken off has not been in vain
            bench.results.write(kept)
        say(f"written: {report.write(bench.results, folder)}")


if __name__ == "__main__":
    main()
