"""From the figures to REPORT.md and its plots. The same figures give the same files, byte for byte."""

from __future__ import annotations

import importlib
import math
import re
import shutil
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from bench import install
from bench.harness import Chart, Question, Results, Sample

OURS = "basepool"
_WIDTH_INCHES = 8.0
_LOGARITHMIC_FROM = 30.0
_BUSY_PERCENT = 10.0
_COLOURS = ("#0f6e84", "#d1495b", "#edae49", "#66a182", "#8d96a3", "#6a4c93", "#b5651d", "#2e4057")

Values = dict[str, dict[str, list[float]]]
"""contestant → case → a value per round."""


def write(results: Results, folder: Path) -> Path:
    """Write REPORT.md and plots/*.svg into `folder`. Returns the report's path."""
    plots = folder / "plots"
    shutil.rmtree(plots, ignore_errors=True)
    plots.mkdir(parents=True)
    parts = [_head(results)]
    for name in dict.fromkeys(sample.question for sample in results.samples):
        question: Question = importlib.import_module(f"bench.questions.{name}").QUESTION
        parts.append(f"## {question.title}\n\n{_wrapped(question.asks)}")
        for chart in question.charts:
            values = _values(results.samples, name, chart.key)
            if values:
                file = plots / f"{name}_{chart.key}.svg"
                _plot(chart, values, file)
                parts.append(_section(chart, values, file.relative_to(folder)))
    path = folder / "REPORT.md"
    path.write_text("\n\n".join(parts) + "\n")
    return path


def _values(samples: Iterable[Sample], question: str, chart: str) -> Values:
    values: Values = {}
    for sample in samples:
        if (sample.question, sample.chart) == (question, chart):
            values.setdefault(sample.contestant, {}).setdefault(sample.case, []).append(sample.value)
    return values


def _head(results: Results) -> str:
    about = results.about
    settings = ", ".join(f"{name} = {setting}" for name, setting in about["settings"].items())
    lines = [
        "# Benchmarks",
        "Written by `make bench`. What each question is and how its contestants are driven: [README.md](README.md)."
        if about["sizes"] == "full"
        else "Written by `make bench-quick`: small sizes, one round, a look and no verdict. `make bench` takes its time.",
        f"Each figure is the median of {about['rounds']} rounds, in which the contestants took turns on the same server; the"
        " smallest and the largest are in brackets.",
        f"- {about['began']}, {about['took_seconds'] // 60} minutes, commit {about['commit']}\n"
        f"- {about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['system']}\n"
        f"- PostgreSQL {about['postgres']}, fsync on; {settings}\n"
        f"- this disk flushes 8 kB {about['flushes_per_second']:,} times a second; Python {about['python']}\n"
        f"- peers: {', '.join(install.pins())}",
    ]
    notes = list(results.notes)
    if about["busy_before"] > _BUSY_PERCENT:
        notes.insert(0, f"The machine was not idle: {about['busy_before']:.0f} % busy before anything was measured.")
    if notes:
        lines.append("To know:\n\n" + "\n".join(f"- {note}" for note in notes))
    return "\n\n".join(lines)


def _section(chart: Chart, values: Values, plot: Path) -> str:
    cases = _cases(values)
    rows = [
        f"| {chart.unit} | " + " | ".join(_case_name(chart, case) for case in cases) + " |",
        "|---|" + "---:|" * len(cases),
    ]
    for contestant, by_case in values.items():
        name = f"**{contestant}**" if contestant == OURS else contestant
        rows.append(f"| {name} | " + " | ".join(_cell(by_case.get(case)) for case in cases) + " |")
    title = f"### {chart.title}, {chart.unit} ({chart.better} is better)"
    parts = [title, "\n".join(rows), *_comparison(values, cases), f"![{chart.title}]({plot.as_posix()})"]
    return "\n\n".join(parts)


def _cases(values: Values) -> list[str]:
    return list(dict.fromkeys(case for by_case in values.values() for case in by_case))


def _case_name(chart: Chart, case: str) -> str:
    return f"{int(case):,} {chart.axis}" if chart.axis else case


def _cell(values: list[float] | None) -> str:
    if not values:
        return "–"
    if len(values) == 1:
        return _number(values[0])
    return f"{_number(statistics.median(values))} ({_number(min(values))}–{_number(max(values))})"


def _number(value: float) -> str:
    """Three digits that say something."""
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def _comparison(values: Values, cases: list[str]) -> list[str]:
    """In words, how many times the others' figure ours is."""
    others = [name for name in values if name != OURS]
    if OURS not in values or not others:
        return []
    lines = []
    for case in cases:
        ratios = [
            f"{_number(statistics.median(values[OURS][case]) / statistics.median(values[name][case]))} × {name}"
            for name in others
            if case in values[OURS] and case in values[name]
        ]
        if ratios:
            lines.append(f"- {case}: {OURS} is {', '.join(ratios)}")
    return ["\n".join(lines)] if lines else []


def _wrapped(text: str) -> str:
    return re.sub(r"(.{1,126})(?:\s+|$)", r"\1\n", text).strip()


# plots


def _plot(chart: Chart, values: Values, file: Path) -> None:
    settings = {
        "svg.hashsalt": "basepool",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(_WIDTH_INCHES, _height(chart, values)), layout="constrained")
        axes = figure.add_subplot()
        (_draw_lines if chart.axis else _draw_bars)(axes, chart, values)
        axes.set_title(chart.title, loc="left", fontsize=11)
        # no date in it, so that the same figures give the same file
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _height(chart: Chart, values: Values) -> float:
    return 4.0 if chart.axis else 1.2 + 0.24 * sum(len(by_case) + 0.8 for by_case in _by_case(values).values())


def _by_case(values: Values) -> Values:
    return {
        case: {contestant: by_case[case] for contestant, by_case in values.items() if case in by_case}
        for case in _cases(values)
    }


def _draw_bars(axes: Any, chart: Chart, values: Values) -> None:
    """A group of bars per case, a bar per contestant, a whisker from the smallest to the largest."""
    colours = dict(zip(values, _COLOURS * (1 + len(values) // len(_COLOURS)), strict=False))
    position = 0.0
    ticks: list[tuple[float, str]] = []
    several = len(values) > 1
    for case, by_contestant in _by_case(values).items():
        first = position
        for contestant, rounds in by_contestant.items():
            middle = statistics.median(rounds)
            spread = [[middle - min(rounds)], [max(rounds) - middle]]
            axes.barh(position, middle, height=0.9, xerr=spread, color=colours[contestant], ecolor="#333333")
            label = f"{_number(middle)}  {contestant}" if several else _number(middle)
            beside = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
            axes.annotate(label, (max(rounds), position), **beside)
            position += 1
        ticks.append(((first + position - 1) / 2, case))
        position += 0.8
    axes.invert_yaxis()
    axes.set_yticks([at for at, _ in ticks], [case for _, case in ticks], fontsize=9)
    axes.set_xlabel(f"{chart.unit}, {chart.better} is better")
    everything = [value for by_case in values.values() for rounds in by_case.values() for value in rounds if value > 0]
    if everything and max(everything) / min(everything) > _LOGARITHMIC_FROM:
        axes.set_xscale("log")
        axes.set_xlabel(f"{chart.unit}, {chart.better} is better; a logarithmic scale")
    # room for the names behind the bars
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (8 if axes.get_xscale() == "log" else 1.45))


def _draw_lines(axes: Any, chart: Chart, values: Values) -> None:
    """A line per contestant over what the cases count, its spread around it."""
    colours = dict(zip(values, _COLOURS * (1 + len(values) // len(_COLOURS)), strict=False))
    for contestant, by_case in values.items():
        points = sorted((int(case), rounds) for case, rounds in by_case.items())
        x = [at for at, _ in points]
        axes.plot(
            x,
            [statistics.median(rounds) for _, rounds in points],
            marker="o",
            color=colours[contestant],
            label=contestant,
        )
        lowest, highest = [min(rounds) for _, rounds in points], [max(rounds) for _, rounds in points]
        axes.fill_between(x, lowest, highest, color=colours[contestant], alpha=0.15, linewidth=0)
    depths = [int(case) for case in _cases(values)]
    if min(depths) > 0 and max(depths) / min(depths) > _LOGARITHMIC_FROM:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(chart.axis)
    axes.set_ylabel(f"{chart.unit}, {chart.better} is better")
    axes.legend(frameon=False, fontsize=9)
