"""Nothing that is said, logged, stored or raised has a secret in it: what we know of them is looked for in every form that an
error may give it, and what looks like one is not shown either. What comes from outside (an error of a transport, a body, a
driver's message) goes through `redact` before anybody sees it."""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "…"
_SHORTEST = 6
"""Shorter ones are words of every sentence, and are hidden only where what stands around them gives them away."""
_BEGINNING = 10
"""Of a long one so much is enough to know it by, because errors are cut."""

# what is searched may be long, and somebody's who means ill: each begins with fixed letters, each repetition is bounded
_END = r"""\s"'<>()\[\]{},;&@\\…"""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?i)\br8(?:_|%5f)[^{_END}]{{3,}}"), f"r8_{HIDDEN}"),
    (re.compile(rf"(?i)\bwhsec(?:_|%5f)[^{_END}]{{3,}}"), f"whsec_{HIDDEN}"),
    # base64 of r8_ and of whsec_
    (re.compile(r"\b(?:cjhf|d2hzZWNf)[A-Za-z0-9+/_-]{4,}={0,2}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)(\s|%20|\+|\\[nrt])+[^\s\"'<>\\…]{8,}"), rf"\1 {HIDDEN}"),
    # a word after "token" is none, a number of one neither
    (re.compile(r"(?i)\b(token)(\s+)(?=[^\s\d]*\d)(?!\d+\b)[A-Za-z0-9._~+/=-]{8,}"), rf"\1\2{HIDDEN}"),
    (
        re.compile(
            r"(?i)((?:password|passwd|secret|token|api_?key)[\"']?\s{0,9}(?:=|%3d)\s{0,9})('[^']*'|\"[^\"]*\"|[^\s&;,\"'…]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"(?i)((?:password|passwd|secret|token|api_?key)[\"']\s{0,9}:\s{0,9})(['\"])[^'\"]*\2"),
        rf"\1\2{HIDDEN}\2",
    ),
    # user and password before the last @; of a database's URL the user may be seen, and what our own hint says
    (re.compile(r"(?i)(\bpostgres(?:ql)?://[^\s:/@]{0,200}:)(?!password@host)\S{0,1000}(@)"), rf"\1{HIDDEN}\2"),
    (re.compile(r"(?i)((?<!postgres)(?<!postgresql)://)[^\s/@\"']{0,200}(?::[^\s@\"']{0,1000})?(@)"), rf"\1{HIDDEN}\2"),
)

_known: set[str] = set()
_forms: list[str] = []
_lock = threading.Lock()


def hide(secrets: Iterable[str]) -> None:
    """Never let these strings through, whatever they look like (tokens need not begin with r8_), whole, in parts or encoded."""
    for secret in secrets:
        if secret in _known:
            continue
        with _lock:
            _known.add(secret)
            fresh = {form for form in _forms_of(secret) if len(form) >= _SHORTEST}
            _forms[:] = sorted(fresh.union(_forms), key=len, reverse=True)


def redact(text: str) -> str:
    """`text` without secrets: known ones, and what looks like a token, a webhook secret, a bearer or a password."""
    for form in tuple(_forms):
        if form in text:
            text = text.replace(form, HIDDEN)
        if len(form) >= 2 * _BEGINNING and form[:_BEGINNING] in text:
            text = re.sub(re.escape(form[:_BEGINNING]) + r"[^\s\"'<>]*", HIDDEN, text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def describe(error: BaseException) -> str:
    """An error in one line, kind and text, as anybody may see it."""
    return redact(f"{type(error).__name__} {error}".strip())


def install() -> None:
    """What nobody catches is written without secrets, too."""
    sys.excepthook = _write
    sys.unraisablehook = lambda said: _write(said.exc_type, said.exc_value, said.exc_traceback)
    threading.excepthook = lambda said: _write(said.exc_type, said.exc_value, said.exc_traceback)


def _write(kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, at))))


def _forms_of(secret: str) -> Iterator[str]:
    # an error may quote what white space or a strange character has left of it, unless that is a word like any other
    rest = {part for part in re.split(r"[^!-~]+", secret) if re.search(r"\S{16}|(?=.*\d).{8}", part)}
    for part in {secret, secret.strip(), *rest}:
        if len(part) < _SHORTEST:
            continue
        for written in (part, unquote(part), f"Bearer {part}"):
            yield written
            yield from _spellings(written)
            yield from _in_base64(written.encode("utf-8", "surrogatepass"))


def _spellings(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    for form in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield form
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form)
    for form in (repr(text), repr(raw)[1:], ascii(text), json.dumps(text), json.dumps(text, ensure_ascii=False)):
        yield form[1:-1]
        # an error in an error
        yield repr(form[1:-1])[1:-1]
    yield raw.hex()


def _in_base64(raw: bytes) -> Iterator[str]:
    """What of it is the same wherever it stands in what was encoded, such as user:password."""
    for before in range(3):
        padded = base64.b64encode(b"\0" * before + raw)
        # the first and the last of its characters depend on the neighbours
        inner = padded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6].decode()
        yield inner
        yield inner.replace("+", "-").replace("/", "_")
