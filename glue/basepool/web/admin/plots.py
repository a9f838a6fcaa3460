"""Plots as SVG within the page. What pygal draws brings a style sheet and a script along, which no page here may have: both are
left out, and admin.css says how it looks, in light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.style import Style

_SVG = "{http://www.w3.org/2000/svg}"
_WIDTH, _HEIGHT = 520, 210
# what admin.css has for phones: it is the largest, for which there has to be room
_LABEL_SIZE = 17
_STEPS = 4

Series = Mapping[str, Sequence[float | None]]


def lines(title: str, labels: Sequence[str], series: Series, says: Callable[[float], str]) -> Markup:
    """Lines over time, one per entry of `series`; `says` writes a value at the axis."""
    highest = max((value for values in series.values() for value in values if value), default=0)
    chart = pygal.Line(
        **_settings(labels, _ticks(highest), says), show_dots=True, dots_size=1.5, allow_interruptions=True
    )
    return _draw(chart, title, labels, series)


def bars(title: str, labels: Sequence[str], series: Series, says: Callable[[float], str]) -> Markup:
    """Bars over time, those of one time on top of each other."""
    highest = max((sum(value or 0 for value in values) for values in zip(*series.values(), strict=True)), default=0)
    return _draw(pygal.StackedBar(**_settings(labels, _ticks(highest, whole=True), says)), title, labels, series)


def _ticks(highest: float, *, whole: bool = False) -> list[float]:
    """What the axis says, from nothing to a little more than `highest`."""
    if highest <= 0:
        return [0, 1]
    size = 10.0 ** math.floor(math.log10(highest / _STEPS))
    step = next(each for each in (size, 2 * size, 5 * size, 10 * size) if each * _STEPS >= highest * 0.999)
    step = max(1, round(step)) if whole else step
    return [step * number for number in range(math.ceil(highest * 0.999 / step) + 1)]


def _settings(labels: Sequence[str], ticks: list[float], says: Callable[[float], str]) -> dict[str, Any]:
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "margin": 8,
        "spacing": 5,
        "js": [],
        "no_prefix": True,
        "show_legend": False,
        "show_minor_x_labels": False,
        "truncate_label": -1,
        "x_labels_major_count": min(5, max(1, len(labels))),
        "y_labels": ticks,
        "range": (0, ticks[-1]),
        "value_formatter": lambda value: says(float(value)),
        "no_data_text": "",
        "style": Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE),
    }


def _draw(chart: Any, title: str, labels: Sequence[str], series: Series) -> Markup:
    chart.x_labels = list(labels)
    for name, values in series.items():
        chart.add(name, list(values))
    root = chart.render_tree()
    _strip(root)
    root.set("role", "img")
    root.set("aria-label", title)
    root.attrib.pop("id", None)
    ElementTree.register_namespace("", _SVG.strip("{}"))
    # every text in it was escaped when it was written
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704


def _strip(element: ElementTree.Element) -> None:
    """Take out what is for pygal's own script and style: definitions, comments, tooltips, descriptions."""
    for child in list(element):
        tag = child.tag if isinstance(child.tag, str) else ""
        name = tag.rpartition("}")[2]
        classes = child.get("class", "").split()
        if (
            name in {"", "defs", "style", "script", "desc", "title"}
            or "tooltip-overlay" in classes
            or "tooltip" in classes
        ):
            element.remove(child)
        else:
            child.attrib.pop("style", None)
            _strip(child)
