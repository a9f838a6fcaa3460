"""JSON taken apart as bytes, in one pass and little memory: what is too large in it, or no JSON at all, costs only itself.

A parser, in C or not, stops for good at the first byte that it does not expect, be it one `NaN` in somebody else's item of a
list. Nothing is judged here: this only knows where strings end and which bracket closes which."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SMALL_BYTES = 64_000
"""What is smaller than this is kept even where there is no room left for more."""

# possessive: whatever the text is, nothing is tried twice
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_STRUCTURE = re.compile(rb'["{}\[\],:]')
_BRACKETS = re.compile(rb'["{}\[\]]')
_MAX_DEPTH = 1_000
_MAX_NOTES = 100
_MEMBER_BYTES = 200  # what one costs us, however short
_OPENS = {b"{": ord("}"), b"[": ord("]")}


class _Scanner:
    """Finds the brackets outside of strings, and the commas and colons down to `level` of them."""

    def __init__(self, level: int) -> None:
        self._level = level
        # what closes each bracket that is open
        self._open = bytearray()
        self._deeper = 0
        self._in_string = False
        self._is_escaped = False
        self.is_over = False
        """Whether its outermost bracket is closed."""
        self.is_spoilt = False
        """Whether there was something before the outermost bracket, or after it."""

    def feed(self, data: bytes) -> None:
        """Take more of it."""
        if not self._open and data.strip():
            self.is_spoilt = self.is_spoilt or self.is_over or data.lstrip()[:1] not in b"{["
        if self.is_over or self.is_spoilt:
            return
        position = kept = 0
        while position < len(data):
            if self._in_string:
                position = self._leave_string(data, position)
                continue
            found = (_STRUCTURE if len(self._open) <= self._level else _BRACKETS).search(data, position)
            if found is None:
                break
            position = found.end()
            sign = found.group()
            if sign == b'"':
                self._in_string = True
                continue
            self._take(data[kept : position - 1])
            kept = position
            if self._meet(sign):
                self.is_spoilt = bool(data[position:].strip())
                return
        self._take(data[kept:])

    def _leave_string(self, data: bytes, position: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            position += 1
        found = _IN_STRING.match(data, position)
        assert found
        position = found.end()
        if position >= len(data):
            return position
        # a quote, or a backslash whose character is in the next piece
        self._in_string = data[position] != ord('"')
        self._is_escaped = self._in_string
        return position + 1

    def _meet(self, sign: bytes) -> bool:
        """Whether that was the end of it."""
        depth = len(self._open)
        if sign in _OPENS:
            if depth == _MAX_DEPTH:
                self._deeper += 1
                self._take(sign)
            else:
                self._opens(sign, depth)
                self._open.append(_OPENS[sign])
        elif sign in b",:":
            self._separates(sign, depth)
        elif self._deeper:
            self._deeper -= 1
            self._take(sign)
        elif (opened := self._open.rfind(sign)) < 0:
            # closes nothing
            self._take(sign)
        else:
            # what was left open within is over with it
            del self._open[opened:]
            self._closes(sign, opened)
            self.is_over = not opened
            return self.is_over
        return False

    def _take(self, data: bytes) -> None:
        """More bytes."""

    def _opens(self, sign: bytes, depth: int) -> None:
        """A bracket at `depth`, counted from 0."""

    def _closes(self, sign: bytes, depth: int) -> None:
        """The end of a bracket that began at `depth`."""

    def _separates(self, sign: bytes, depth: int) -> None:
        """A comma or colon within `depth` brackets."""


@dataclass
class Members:
    """The members of one object: key and value as they are written. What finds no room is left out, and how large it was is
    known."""

    max_bytes: int
    found: list[tuple[bytes, bytes]] = field(default_factory=list)
    too_large: list[tuple[bytes, int]] = field(default_factory=list)
    """Key and size."""
    size: int = 0
    is_object: bool = False
    _key: bytes | None = None
    _part: bytearray = field(default_factory=bytearray)
    _lost: int = 0

    def take(self, data: bytes) -> None:
        """More of what is being written: a key, or a value."""
        if self._lost:
            self._lost += len(data)
            return
        self._part += data
        room = self.max_bytes - self.size
        if self._key is None:
            room = min(room, SMALL_BYTES)
        if len(self._part) > max(room, SMALL_BYTES) or len(self._part) > room + 10 * SMALL_BYTES:
            self._lost = len(self._part)
            self._part.clear()

    def colon(self) -> None:
        """The end of a key."""
        if self._key is not None:
            self.take(b":")
        elif self._lost:
            self._key = b""
        else:
            self._key = bytes(self._part)
            self._part.clear()

    def is_at(self, key: bytes) -> bool:
        """Whether the value of `key` is about to begin."""
        return self._key is not None and self._key.strip() == key and not self._lost and not self._part.strip()

    def end(self) -> None:
        """The end of a member, if there was one."""
        if self._lost:
            if len(self.too_large) < _MAX_NOTES:
                self.too_large.append((self._key or b"", self._lost))
        elif self._key is not None:
            self.found.append((self._key, bytes(self._part)))
            self.size += len(self._key) + len(self._part) + _MEMBER_BYTES
        elif self._part.strip():
            self.found.append((b"", bytes(self._part)))
            self.size += len(self._part) + _MEMBER_BYTES
        self._key, self._lost = None, 0
        self._part.clear()


class Object(_Scanner):
    """A document: one object, whose members are told apart."""

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes`: how much of it is kept."""
        super().__init__(1)
        self.members = Members(max_bytes)

    def _take(self, data: bytes) -> None:
        if self._open and data:
            self.members.take(data)

    def _opens(self, sign: bytes, depth: int) -> None:
        if depth:
            self.members.take(sign)
        elif sign == b"{" and not self.is_over:
            self.members.is_object = True

    def _closes(self, sign: bytes, depth: int) -> None:
        if depth:
            self.members.take(sign)
        else:
            self.members.end()

    def _separates(self, sign: bytes, depth: int) -> None:
        if depth != 1:
            self.members.take(sign)
        elif sign == b":":
            self.members.colon()
        else:
            self.members.end()


class Page(_Scanner):
    """An object one of whose members is a long list of objects: these come one by one, the rest is kept."""

    def __init__(self, key: bytes, max_bytes: int) -> None:
        """`key`: of the list. `max_bytes`: how much of each element is kept."""
        super().__init__(3)
        self._list = key
        self._max_bytes = max_bytes
        self._element: Members | None = None
        self._in_element = 0
        self._ready: list[Members] = []
        self.rest = Members(SMALL_BYTES)
        """Everything but the elements."""
        self.has_list = False

    def elements(self) -> list[Members]:
        """The elements that have come to their ends since this was asked last."""
        ready, self._ready = self._ready, []
        return ready

    def _sink(self) -> Members:
        return self.rest if self._element is None else self._element

    def _take(self, data: bytes) -> None:
        if self._open and data:
            if self._element is not None and data.strip():
                self._in_element += len(data)
            self._sink().take(data)

    def _opens(self, sign: bytes, depth: int) -> None:
        if depth == 0:
            self.rest.is_object = self.rest.is_object or sign == b"{"
        elif depth == 1 and sign == b"[" and self._is_list():
            self.has_list = True
            self.rest.take(sign)
            self._begin()
        elif depth == 2 and self._element is not None:
            self._in_element += 1
            if sign == b"{" and not self._element.is_object:
                self._element.is_object = True
            else:
                self._element.take(sign)
        else:
            self._sink().take(sign)

    def _closes(self, sign: bytes, depth: int) -> None:
        if depth == 0:
            self._end()
            self._element = None
            self.rest.end()
        elif depth == 1 and self._element is not None:
            self._end()
            self._element = None
            self.rest.take(sign)
        elif depth == 2 and self._element is not None and sign == b"}":
            self._element.end()
        else:
            self._sink().take(sign)

    def _separates(self, sign: bytes, depth: int) -> None:
        members = self._sink()
        if depth == 2 and self._element is not None and sign == b",":
            self._end(is_certain=True)
            self._begin()
        elif depth != (1 if self._element is None else 3):
            members.take(sign)
        elif sign == b":":
            members.colon()
        else:
            members.end()

    def _is_list(self) -> bool:
        return self._element is None and not self.has_list and self.rest.is_at(self._list)

    def _begin(self) -> None:
        self._element = Members(self._max_bytes)
        self._in_element = 0

    def _end(self, *, is_certain: bool = False) -> None:
        """The end of an element, if there was one: a list may be empty."""
        if self._element is not None and (is_certain or self._in_element):
            self._element.end()
            self._ready.append(self._element)
