"""The glossary is one that can be looked up in, and nothing says the same with another word."""

from __future__ import annotations

import re

import pytest

from dev.devserver import PROJECT

_TEXT = (PROJECT / "docs" / "glossary.md").read_text()
_WORDS, _AVOIDED = (
    re.findall(r"^\| (?!word \||not \|)(.+?) \| (.+) \|$", part, re.M) for part in _TEXT.split("## Words not to use")
)


def test_each_word_is_there_once_in_alphabetical_order() -> None:
    words = [word for word, _ in _WORDS]
    assert len(words) > 40
    assert words == sorted(set(words), key=str.casefold)


def test_a_word_in_italics_has_its_own_line() -> None:
    words = {word for word, _ in _WORDS}
    forms = {form for word in words for form in (word, f"{word}s", f"{word}es", f"{word}d")}
    used = re.findall(r"\*([\w -]+)\*", "".join(meaning for _, meaning in _WORDS))
    irregular = {"found out": "find out", "attempt in flight": "attempt", "suspended": "suspension"}
    assert used
    assert [word for word in used if irregular.get(word, word) not in forms] == []


@pytest.mark.parametrize("avoided", [word.strip() for words, _ in _AVOIDED for word in words.split(",")])
def test_no_other_word_is_used(avoided: str) -> None:
    """In names and comments alike, in the plural and as a verb."""
    word = re.sub("[ -]", "[ _-]", re.escape(avoided).replace("\\", ""))
    pattern = re.compile(rf"(?<![a-z]){word}(?:s|d|ed|ing)?(?![a-z])", re.I)
    files = [
        file
        for folder in (PROJECT / "db", PROJECT / "glue" / "basepool")
        for file in folder.rglob("*")
        if file.suffix in {".sql", ".psql", ".py", ".md"}
    ]
    assert len(files) > 150
    assert [f"{file.name}: {match[0]}" for file in files for match in pattern.finditer(file.read_text())] == []
