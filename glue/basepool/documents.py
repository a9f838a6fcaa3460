"""What Replicate says, from bytes to what Postgres stores: the one place where its documents are read.

JSON allows what `jsonb` does not, and what goes over a wire need not be JSON. A value that can't be stored is replaced, and the
document says so under `basepool_replaced`; the rest of it counts as ever."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from basepool import skim

REPLACED = "basepool_replaced"
"""The member that says what was replaced: how often (count), in which members (in; "" is everywhere), and of the first ones
where each was (at) and what it was (was), or how large (bytes)."""
MAX_DEPTH = 100
"""What is nested deeper is kept as text. Postgres's own functions recurse, and so do ours."""
MAX_ITEM_BYTES = 4_000_000
"""How much of one prediction in a list is kept; an input that was let in at the door fits."""

_MAX_NOTES = 20
_NOTE_LENGTH = 60
# digits of the largest double
_MAX_DIGITS = 300
_NESTING = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_BAD_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNREADABLE = object()


class Unreadable(Exception):
    """What came is no JSON object, and nothing can be made of it. The message says what it is."""


class Document(dict[str, Any]):
    """A JSON object that Postgres stores, with the text of it."""

    def __init__(self, value: dict[str, Any], text: str | None = None) -> None:
        """`text`: what `value` was read from, if it needs no change."""
        super().__init__(value)
        self._text = text

    @property
    def text(self) -> str:
        """It as JSON."""
        return json.dumps(self) if self._text is None else self._text

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out because of its size."""
        return REPLACED not in self or all("bytes" not in note for note in self[REPLACED]["values"])


def read(body: bytes) -> Document:
    """The document in `body`. Raises Unreadable."""
    notes = _Notes()
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        text = body.decode("utf-8", "replace")
        notes.add("", repr(body[error.start : error.end])[2:-1])
    text = text.removeprefix("\ufeff")
    if not notes.count and _looks_plain(text):
        try:
            value = _PLAIN.decode(text)
        except (ValueError, RecursionError):
            pass
        else:
            if isinstance(value, dict):
                return Document(value, text)
    value = _mend(text, notes)
    if value is _UNREADABLE:
        # told apart, so that one broken member costs itself
        whole = skim.Object(len(body))
        whole.feed(text.encode())
        return _of_object(whole, notes, text)
    if not isinstance(value, dict):
        raise Unreadable(f"it is JSON, but no object: {_quote(text)}")
    return _with_notes(value, notes)


def of_members(whole: skim.Object) -> Document:
    """The document that was too large to hold. Raises Unreadable."""
    return _of_object(whole, _Notes(), "")


def item(members: skim.Members) -> Document:
    """A prediction in a list. Never fails: of what can't be read there is only the member that says so."""
    try:
        return _assemble(members, _Notes())
    except Unreadable as error:
        notes = _Notes()
        notes.add("", str(error))
        return _with_notes({}, notes)


@dataclass(frozen=True)
class _Odd:
    """A number that no double holds."""

    text: str


class _Notes:
    """What was replaced."""

    def __init__(self) -> None:
        self.count = 0
        self.members: set[str] = set()
        self.values: list[dict[str, Any]] = []

    def add(self, at: str, was: str, size: int | None = None) -> None:
        """`at`: where; `was`: what it was, or `size`: how large."""
        self.count += 1
        self.members.add(_printable(at.split(".", maxsplit=1)[0]))
        if len(self.values) < _MAX_NOTES:
            note: dict[str, Any] = {"at": _printable(at), "was": _quote(was)}
            self.values.append(note if size is None else {**note, "bytes": size})


def _with_notes(value: dict[str, Any], notes: _Notes) -> Document:
    if value.pop(REPLACED, None) is not None:
        notes.add(REPLACED, "a member of that name")
    if not notes.count:
        return Document(value)
    names = sorted(notes.members) if len(notes.members) <= _MAX_NOTES else [""]
    return Document({**value, REPLACED: {"count": notes.count, "in": names, "values": notes.values}})


def _of_object(whole: skim.Object, notes: _Notes, text: str) -> Document:
    if not whole.members.is_object or (whole.is_spoilt and not whole.is_over):
        raise Unreadable(f"it is no JSON: {_quote(text)}" if text.strip() else "it is empty")
    if not whole.is_over:
        raise Unreadable("it ends in the middle")
    if whole.is_spoilt:
        notes.add("", "more after its end")
    return _assemble(whole.members, notes)


def _assemble(members: skim.Members, notes: _Notes) -> Document:
    if not members.is_object:
        raise Unreadable("it is no object")
    value: dict[str, Any] = {}
    for key, size in members.too_large:
        if (name := _name(key, notes)) is not None:
            notes.add(name, "too large", size)
            value[name] = None
    for key, part in members.found:
        if (name := _name(key, notes)) is not None:
            value[name] = _member(part, name, notes)
    return _with_notes(value, notes)


def _name(key: bytes, notes: _Notes) -> str | None:
    text = key.decode("utf-8", "replace")
    try:
        name = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        name = None
    if not isinstance(name, str):
        notes.add("", text.strip())
        return None
    return _clean_text(name)


def _member(part: bytes, name: str, notes: _Notes) -> Any:
    try:
        text = part.decode()
    except UnicodeDecodeError as error:
        text = part.decode("utf-8", "replace")
        notes.add(name, repr(part[error.start : error.end])[2:-1])
    if _looks_plain(text):
        try:
            return _PLAIN.decode(text)
        except (ValueError, RecursionError):
            pass
    value = _mend(text, notes, name)
    if value is _UNREADABLE:
        notes.add(name, text.strip())
        return None
    return value


def _looks_plain(text: str) -> bool:
    return not (
        ("\\u" in text and _BAD_ESCAPE.search(text))
        or REPLACED in text
        # no deeper than there are brackets
        or (text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH)
    )


def _mend(text: str, notes: _Notes, at: str = "") -> Any:
    """The value in `text` with everything replaced that can't be stored; _UNREADABLE if it is no JSON."""
    flat = _flatten(text, notes, at, MAX_DEPTH - (at != ""))
    try:
        return _clean(_LENIENT.decode(flat), notes, at)
    except (ValueError, RecursionError):
        return _UNREADABLE


def _clean(value: Any, notes: _Notes, at: str) -> Any:
    if isinstance(value, str):
        cleaned = _clean_text(value)
        if cleaned != value:
            notes.add(at, json.dumps(value)[1:-1])
        return cleaned
    if isinstance(value, _Odd):
        notes.add(at, value.text)
        return None
    if isinstance(value, list):
        return [_clean(each, notes, f"{at}.{number}") for number, each in enumerate(_joined(value, notes, at))]
    if isinstance(value, dict):
        cleaned_object = {}
        for key, each in value.items():
            name = _clean_text(key)
            if name != key:
                notes.add(at, json.dumps(key)[1:-1])
            cleaned_object[name] = _clean(each, notes, f"{at}.{name}" if at else name)
        return cleaned_object
    return value


def _joined(values: list[Any], notes: _Notes, at: str) -> Iterable[Any]:
    """A stream of text may be cut within a character: its halves are put together."""
    for number in range(len(values) - 1):
        first, second = values[number], values[number + 1]
        if not isinstance(first, str) or not isinstance(second, str):
            continue
        if "\ud800" <= first[-1:] <= "\udbff" and "\udc00" <= second[:1] <= "\udfff":
            notes.add(f"{at}.{number}", "half a character")
            pair = (first[-1] + second[0]).encode("utf-16", "surrogatepass").decode("utf-16")
            values[number], values[number + 1] = first[:-1] + pair, second[1:]
    return values


def _clean_text(text: str) -> str:
    """Half characters and NUL become U+FFFD."""
    text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _depth(text: str) -> int:
    depth = deepest = 0
    for found in _NESTING.finditer(text):
        if (sign := found.group()) in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _flatten(text: str, notes: _Notes, at: str, max_depth: int) -> str:
    """`text` with everything that is nested too deep as a string."""
    if text.count("[") + text.count("{") <= max_depth:
        return text
    parts: list[str] = []
    depth = kept = begun = 0
    for found in _NESTING.finditer(text):
        if (sign := found.group()) in "[{":
            depth += 1
            if depth == max_depth + 1:
                begun = found.start()
                parts.append(text[kept:begun])
        elif sign in "]}":
            depth -= 1
            if depth == max_depth:
                kept = found.end()
                parts.append(json.dumps(text[begun:kept]))
                notes.add(at, "nested too deep")
    if depth > max_depth:
        # it does not even end
        return text
    return "".join(parts) + text[kept:]


def _quote(text: str) -> str:
    text = _printable(text)
    return text if len(text) <= _NOTE_LENGTH else f"{text[: _NOTE_LENGTH - 1]}…"


def _printable(text: str) -> str:
    """Without control characters and half characters, and no longer than needed."""
    text = _clean_text(text[: 4 * _NOTE_LENGTH])
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _plain_int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError
    return int(text)


def _plain_float(text: str) -> float:
    value = float(text)
    # numeric has more digits than a double, but not any number of them
    if len(text) > _MAX_DIGITS or math.isinf(value) or (value == 0 and ("e" in text or "E" in text)):
        raise ValueError
    return value


def _plain_constant(text: str) -> float:
    raise ValueError


def _lenient_number(text: str) -> float | _Odd:
    value = float(text)
    return _Odd(text) if math.isinf(value) else value


def _lenient_int(text: str) -> int | float | _Odd:
    return int(text) if len(text) <= _MAX_DIGITS else _lenient_number(text)


_PLAIN = json.JSONDecoder(parse_int=_plain_int, parse_float=_plain_float, parse_constant=_plain_constant)
_LENIENT = json.JSONDecoder(strict=False, parse_int=_lenient_int, parse_float=_lenient_number, parse_constant=_Odd)
