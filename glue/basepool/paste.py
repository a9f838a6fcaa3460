"""What `migrate` would do, as SQL for those who don't let it: a script to paste, or files for Supabase's CLI.

Each step asks the ledger before it does anything, as `migrate` does (paste.sql), so that none is taken twice. What can't be in
a transaction is a part, or a file, of its own: a file of one such statement is what `db push` runs in every version of that CLI
(https://github.com/supabase/cli/issues/2898).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.rows import tuple_row

from basepool import indexes, preflight
from basepool import migrate as runner
from basepool.errors import SetupError, UsageError, from_database
from basepool.version import DB_DIR

Kind = Literal["adopt", "new"]
Echo = Callable[[str], None]

_STEPS = Path(__file__).with_suffix(".sql")
_PATIENCE = "20 seconds"
_EDITOR_BYTES = 900_000
"""Supabase's SQL editor takes 0.98 MB at a time (executeSql in its Studio)."""

_LAST = re.compile(r"^\d{4}_(?:index|constrain|deny)_")
"""What neither makes nor changes anything that a function needs. Some of it takes long, so the functions come before it."""

_FILE = re.compile(r"^(\d+)_(.*)\.sql$")
_HEADER = re.compile(r"^-- basepool: .* \(--(adopt|new)\)", re.M)
_ROUTINE = re.compile(r"^create or replace \w+ pg_temp\.(basepool_\w+)\(", re.M)
_CALLED = re.compile(r"\bpg_temp\.(basepool_\w+)\(")
_LEFT = re.compile(r"^call pg_temp\.basepool_end_functions\(array\[(.*)\]", re.M)
_CALLS = re.compile(
    r"^call pg_temp\.basepool_(migration\((\d+), |function\(|jobs\(\d+, )(?:'([^']+)', )?'([0-9a-f]{64})'", re.M
)
_KINDS = {"adopt": "that has generations already", "new": "that has no generations yet"}


@dataclass(frozen=True)
class _Block:
    """What runs in one transaction, or by itself where none may be."""

    name: str
    does: str
    text: str
    is_alone: bool = False


@dataclass(frozen=True)
class Part:
    """What is pasted and run at once."""

    title: str
    blocks: list[_Block]

    @property
    def is_alone(self) -> bool:
        """Whether its statements run one by one."""
        return self.blocks[0].is_alone


def dump(
    url: str,
    *,
    kind: Kind | None = None,
    db_dir: Path | None = None,
    part: int | None = None,
    out: Path | None = None,
    echo: Echo = print,
) -> None:
    """Say the pending work as SQL to paste, in numbered parts; with `out`, write each into a file of that folder.

    Without a `kind` the database at `url` says what is pending; with one, no database is asked, and it is everything. Raises
    MigrationEdited, DatabaseNewer, DatabaseUnreachable, UsageError.
    """
    files = runner._read_files(db_dir or DB_DIR)
    if kind:
        pending = runner._compare(files, runner._Ledger({}, {}))
    else:
        kind, pending = _look(url, files)
    parts = _parts(_blocks(files, pending, kind, is_strict=True))
    if not parts:
        echo("-- nothing to do: the database is up to date")
        return
    if part is not None and not 1 <= part <= len(parts):
        raise UsageError(f"there is no part {part}", f"There are {len(parts)}, the first is 1.")
    texts = [_paste(files, kind, parts, number) for number in range(1, len(parts) + 1)]
    if out:
        _write_parts(out, parts, texts, echo)
    else:
        echo("\n".join([texts[part - 1]] if part else [_contents(kind, parts), *texts]))


def export(out: Path, *, kind: Kind | None = None, db_dir: Path | None = None, echo: Echo = print) -> list[Path]:
    """Write what `out` lacks as migrations of Supabase's CLI, and return the new files. None that is there is touched.

    Raises MigrationEdited or DatabaseNewer where the folder holds others than these files, UsageError without a kind.
    """
    files = runner._read_files(db_dir or DB_DIR)
    there = sorted(path for path in out.glob("*.sql") if _FILE.match(path.name)) if out.is_dir() else []
    texts = [path.read_text(encoding="utf-8") for path in there if "_basepool_" in path.name]
    kind = _kind_of(texts, kind)
    ledger = _ledger_of(texts)
    runner._check(files, ledger)
    blocks = _blocks(files, runner._compare(files, ledger), kind, is_strict=False)
    if not blocks:
        echo("nothing to do: the folder is up to date")
        return []
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = []
        for block, version in zip(blocks, _versions(there, len(blocks)), strict=True):
            path = out / f"{version}_basepool_{block.name}.sql"
            with path.open("x", encoding="utf-8") as file:
                file.write(_migration_file(files, kind, block))
            written.append(path)
            echo(f"wrote {path}")
    except OSError as error:
        raise SetupError(f"can't write to {out}: {error.strerror}", "Name another folder with --out.") from None
    return written


def _look(url: str, files: runner._Files) -> tuple[Kind, runner._Pending]:
    try:
        with psycopg.connect(
            url, autocommit=True, prepare_threshold=None, connect_timeout=10, row_factory=tuple_row
        ) as connection:
            row = connection.execute("select to_regclass('public.generations') is not null").fetchone()
            pending = runner._look(connection, files)
            if not (pending.migrations or pending.has_functions or runner._can_schedule(connection)):
                # jobs stay unknown to the ledger where there is no pg_cron
                pending = replace(pending, jobs=False)
            return "adopt" if row and row[0] else "new", pending
    except psycopg.Error as error:
        failure = from_database(error)
        failure.hint += " Or say --adopt or --new: that needs no database."
        raise failure from None


# the steps


def _blocks(files: runner._Files, pending: runner._Pending, kind: Kind, *, is_strict: bool) -> list[_Block]:
    """What is pending, in order."""
    early = [migration for migration in files.migrations if not _LAST.match(migration.path.name)]
    late = [migration for migration in files.migrations if migration not in early]
    if any(migration.number < early[-1].number for migration in late):
        early, late = files.migrations, []
    blocks = [block for each in early if each in pending.migrations for block in _migrate(each, kind)]
    if pending.has_functions:
        blocks.append(_functions(files, pending, early[-1].number, is_strict))
    blocks += [block for each in late if each in pending.migrations for block in _migrate(each, kind)]
    if pending.jobs:
        blocks.append(_jobs(files, is_strict))
    if any(migration.number == files.migrations[0].number for migration in pending.migrations):
        strict = str(is_strict).lower()
        work, triggers = preflight.describe({each.path.name: each.text for each in files.migrations}, files.functions)
        arguments = f"'{kind}', {strict}, {_quote(runner._BOOTSTRAP)}, {_quote(json.dumps(work))}, {_quote(triggers)}"
        ledger = f"call pg_temp.basepool_begin({arguments});"
        blocks.insert(0, _Block("ledger", "what was applied", ledger))
    return blocks


def _migrate(migration: runner.Migration, kind: Kind) -> Iterator[_Block]:
    name = migration.path.stem
    record = _Block(name, migration.locks and f"locks {migration.locks}", _call_migration(migration, migration.text))
    if not migration.is_outside:
        yield record
    elif kind == "new":
        # nobody waits for a lock on a table that is made with it
        text = re.sub(r"\bconcurrently\s+", "", migration.text)
        yield _Block(name, "", _call_migration(migration, text))
    else:
        yield from _outside(migration)
        yield _Block(name, "", _checks(migration) + _call_migration(migration, ""))


def _outside(migration: runner.Migration) -> Iterator[_Block]:
    """Its statements, each by itself."""
    found = [(statement, indexes.parse(statement)) for statement in indexes.statements(migration.text)]
    calls = [
        f"call pg_temp.basepool_clear_index({migration.number}, '{index.full_name}');" for _, index in found if index
    ]
    if calls:
        yield _Block(f"{migration.path.stem}_prepare", "", "\n".join(calls))
    for number, (statement, index) in enumerate(found, 1):
        name = f"{migration.path.stem}_{number}"
        if index:
            yield _Block(name, index.name, f"{index.statement};", is_alone=True)
        else:
            call = f"call pg_temp.basepool_open();\ncall pg_temp.basepool_run('{name}', {_quote(statement)});"
            yield _Block(name, "", call)


def _checks(migration: runner.Migration) -> str:
    checks = []
    for index in filter(None, map(indexes.parse, indexes.statements(migration.text))):
        names = f"'{index.full_name}', '{index.table}'"
        checks.append(f"call pg_temp.basepool_check_index({migration.number}, {names}, {_quote(index.twin)});\n")
    return "".join(checks)


def _call_migration(migration: runner.Migration, text: str) -> str:
    what = f"{migration.number}, '{migration.path.name}', '{migration.sha256}'"
    locks = f", '{{{migration.locks}}}'" if migration.locks and text else ""
    return f"call pg_temp.basepool_migration({what}, {_quote(text)}{locks});"


def _functions(files: runner._Files, pending: runner._Pending, number: int, is_strict: bool) -> _Block:
    calls = [f"call pg_temp.basepool_begin_functions({number}, {str(is_strict).lower()});"]
    for path, sha256 in pending.hashes.items():
        calls.append(f"call pg_temp.basepool_function('{path}', '{sha256}', {_quote(files.functions[path])});")
    left = ", ".join(f"'{path}'" for path in pending.left)
    calls.append(f"call pg_temp.basepool_end_functions(array[{left}]::text[]);")
    return _Block("functions", "functions", "\n".join(calls))


def _jobs(files: runner._Files, is_strict: bool) -> _Block:
    number, sha256 = files.migrations[-1].number, runner._hash(files.jobs)
    call = f"call pg_temp.basepool_jobs({number}, '{sha256}', {str(is_strict).lower()}, {_quote(files.jobs)});"
    return _Block("jobs", "jobs", call)


def _quote(text: str) -> str:
    """`text` in dollars that it does not hold."""
    tag, count = "$step$", 1
    while tag in text:
        count += 1
        tag = f"$step{count}$"
    return f"{tag}{text}{tag}"


def _helpers(files: runner._Files, text: str) -> str:
    """What `text` calls of paste.sql, and what that calls."""
    known = ",\n".join(
        f"  ({migration.number}, '{migration.path.name}', '{migration.sha256}')" for migration in files.migrations
    )
    steps = _STEPS.read_text(encoding="utf-8")
    for name, value in {"known": known, "lock": str(runner._LOCK), "patience": _PATIENCE}.items():
        steps = steps.replace(f"/* {name} */", value)
    routines = {match[1]: each for each in steps.split("\n\n") if (match := _ROUTINE.search(each))}
    needed, more = set[str](), set(_CALLED.findall(text))
    while more:
        needed |= more
        more = {name for each in more for name in _CALLED.findall(routines[each])} - needed
    return "\n\n".join(each for name, each in routines.items() if name in needed) + "\n"


# to paste


def _parts(blocks: list[_Block]) -> list[Part]:
    parts = []
    for is_alone, group in groupby(blocks, key=lambda block: block.is_alone):
        found = list(group)
        if is_alone:
            count = f"{len(found)} indexes" if len(found) > 1 else "an index"
            parts.append(Part(f"{count}, each statement by itself, as none can be in a transaction", found))
            continue
        size, some = 0, list[_Block]()
        for block in found:
            if some and size + len(block.text.encode()) > _EDITOR_BYTES:
                parts.append(Part(_title(some), some))
                size, some = 0, []
            size += len(block.text.encode())
            some.append(block)
        parts.append(Part(_title(some), some))
    return parts


def _title(blocks: list[_Block]) -> str:
    names = [block.name for block in blocks]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _contents(kind: Kind, parts: list[Part]) -> str:
    lines = [
        f"-- basepool: the pending work of basepool migrate, for a database {_KINDS[kind]} (--{kind}).",
        "-- Run it as the owner of the schema: all of it with psql -f, or Supabase's SQL editor part by part, in this order:",
        *(f"--   part {number}: {part.title}" for number, part in enumerate(parts, 1)),
        "-- Every step looks first whether it was taken already: to paste a part twice does no harm, and it says so.",
        "-- After a failure mend what it names, and paste the same part again.",
        "",
    ]
    return "\n".join(lines)


def _paste(files: runner._Files, kind: Kind, parts: list[Part], number: int) -> str:
    part = parts[number - 1]
    lines = [f"-- Part {number} of {len(parts)} (--{kind}): {part.title}"]
    if part.is_alone:
        lines += [
            "-- In the SQL editor: select the first statement, run it, then the next. One that is there already is skipped.",
            "",
            *(f"{block.text}\n" for block in part.blocks),
        ]
        return "\n".join(lines)
    lines += [
        "-- Paste it whole.",
        "",
        "do $said$ begin perform pg_catalog.set_config('basepool.said', '', false); end $said$;",
        "",
        _helpers(files, "\n".join(block.text for block in part.blocks)),
    ]
    for block in part.blocks:
        does = f": {block.does}" if block.does else ""
        lines.append(f"-- {block.name}{does}\nbegin;\n{block.text}\ncommit;\n")
    lines.append(
        "select pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.current_setting('basepool.said', true), E'\\n'))"
        " as basepool;\n"
    )
    return "\n".join(lines)


def _write_parts(out: Path, parts: list[Part], texts: list[str], echo: Echo) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = sorted(out.glob("basepool-part-*.sql"))
        if others:
            raise UsageError(f"{others[0]} is there already, of another script", "Name an empty folder with --out.")
        for number, (part, text) in enumerate(zip(parts, texts, strict=True), 1):
            path = out / f"basepool-part-{number}-of-{len(parts)}.sql"
            path.write_text(text, encoding="utf-8")
            echo(f"wrote {path}: {part.title}")
    except OSError as error:
        raise SetupError(f"can't write to {out}: {error.strerror}", "Name another folder with --out.") from None


# for Supabase's CLI


def _kind_of(texts: list[str], kind: Kind | None) -> Kind:
    """As the files that are there say; they can't be made for another kind of database now."""
    found = {match[1] for text in texts for match in [_HEADER.search(text)] if match}
    if kind and found - {kind}:
        raise UsageError(
            f"the folder holds files made with --{found.pop()}", "Leave the option out, or name another folder."
        )
    if "adopt" in found or kind == "adopt":
        return "adopt"
    if found or kind:
        return "new"
    raise UsageError("for which database?", "Say --adopt where there is a table generations already, else --new.")


def _ledger_of(texts: list[str]) -> runner._Ledger:
    """The files are in order, so a later one of a function counts."""
    ledger = runner._Ledger({}, {})
    for text in texts:
        for call, number, name, sha256 in _CALLS.findall(text):
            if number:
                ledger.migrations[int(number)] = (name, sha256)
            else:
                ledger.files[name if call.startswith("function") else runner._JOBS] = sha256
        for left in _LEFT.findall(text):
            for path in re.findall(r"'([^']+)'", left):
                ledger.files.pop(path, None)
    return ledger


def _versions(there: list[Path], count: int) -> Iterator[str]:
    """As many timestamps of now, each another one, all later than those that are there: the CLI takes files in this order."""
    form = "%Y%m%d%H%M%S"
    version = datetime.now(UTC) - timedelta(seconds=count)
    for path in there:
        found = _FILE.match(path.name)
        if found and len(found[1]) == len("YYYYMMDDHHMMSS"):
            try:
                version = max(version, datetime.strptime(found[1], form).replace(tzinfo=UTC))
            except ValueError:
                continue
    for number in range(1, count + 1):
        yield (version + timedelta(seconds=number)).strftime(form)


def _migration_file(files: runner._Files, kind: Kind, block: _Block) -> str:
    header = (
        f"-- basepool: {block.name}, for a database {_KINDS[kind]} (--{kind}). Made by basepool migrations export.\n"
    )
    if block.is_alone:
        return f"{header}-- One statement only: it can't be in a transaction.\n{block.text}\n"
    helpers = _helpers(files, block.text)
    return f"{header}-- What was applied already, by whatever means, is left as it is.\n\n{helpers}\n{block.text}\n"
