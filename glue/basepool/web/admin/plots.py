"""Plots as SVG within the page. What pygal draws brings a style sheet and a script along, which no page here may have: both are
left out, and admin.css says how it looks, in light and dark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree

import pygal
from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_WIDTH, _HEIGHT = 640, 200

Series = Mapping[str, Sequence[float | None]]


def lines(title: str, labels: Sequence[str], series: Series, says: Callable[[float], str]) -> Markup:
    """Lines over time, one per entry of `series`; `says` writes a value at the axis."""
    return _draw(pygal.Line, title, labels, series, says)


def bars(title: str, labels: Sequence[str], series: Series, says: Callable[[float], str]) -> Markup:
    """Bars over time, those of one time on top of each other."""
    return _draw(pygal.StackedBar, title, labels, series, says)


def _draw(
    kind: type[pygal.Line] | type[pygal.StackedBar],
    title: str,
    labels: Sequence[str],
    series: Series,
    says: Callable[[float], str],
) -> Markup:
    highest = max((value for values in series.values() for value in values if value), default=0)
    chart = kind(
        width=_WIDTH,
        height=_HEIGHT,
        margin=6,
        spacing=4,
        js=[],
        no_prefix=True,
        show_legend=False,
        show_dots=False,
        show_minor_x_labels=False,
        truncate_label=-1,
        x_labels_major_count=6 if len(labels) > 6 else max(1, len(labels)),
        y_labels_major_count=4,
        show_minor_y_labels=False,
        include_x_axis=True,
        range=None if highest else (0, 1),
        value_formatter=lambda value: says(float(value)),
        x_label_rotation=0,
        no_data_text="",
        print_values=False,
        allow_interruptions=True,
    )
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
