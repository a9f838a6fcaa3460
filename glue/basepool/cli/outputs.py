"""`basepool outputs`."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from basepool import config
from basepool.cli.show import DURATION, as_json, console, json_out, table, when, with_database
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import StoreUnreachable, UsageError
from basepool.redaction import redact
from basepool.store.base import OpenStore, StoreFailed, StoreRefused
from basepool.store.keep import Keeper, Kept
from basepool.store.stores import opened

T = TypeVar("T")

_STATES = ("waiting", "storing", "stored", "failed", "deleting")
_PAGE = 1000
_READ_AT_ONCE = 8
_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))

Bar = Callable[[int, int | None], None]


@click.group()
def outputs() -> None:
    """The files of what was made, and their copies in the store."""


@outputs.command(epilog="Example: basepool outputs store --since 1h")
@click.option("--since", type=DURATION, help="Of what was completed within this time: 30m, 1h.")
@click.option("--generation", type=click.UUID, help="Of this one.")
@as_json
def store(since: timedelta | None, generation: UUID | None, is_json: bool) -> int:
    """Copy outputs into the store that nobody has copied: those from before it was there, or of an adopted app.

    Replicate has what is at most an hour old. A worker may copy some of them meanwhile. Exit status 1 if some could not be
    copied now.
    """
    if (since is None) == (generation is None):
        raise UsageError("whose outputs are meant is not said", "Say --since or --generation.")

    async def work(database: Database, store: OpenStore, settings: Settings) -> dict[str, int]:
        with _bar("copying", is_json) as advance:
            wanted = 0
            while made := await database.keep_outputs(since=since, generation=generation, max=_PAGE):
                wanted += made
                advance(0, wanted)

            def heard(kept: Kept) -> None:
                done = kept.stored + kept.failed
                advance(done, max(wanted, done))

            kept = await Keeper(database, settings, store, heard).run(until=math.inf)
        return {"files": wanted, "stored": kept.stored, "waiting": kept.waiting, "failed": kept.failed}

    done = _with_store(work, makes_links=True)
    if is_json:
        json_out(done)
    else:
        click.echo(", ".join(f"{name} {count}" for name, count in done.items()))
        if done["failed"]:
            click.echo("see basepool outputs list --state failed", err=True)
    return 1 if done["failed"] or done["waiting"] else 0


@outputs.command("list", epilog="Example: basepool outputs list --state failed")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--generation", type=click.UUID, help="Only those of this one.")
@click.option("--max", "limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@as_json
def list_(state: str | None, generation: UUID | None, limit: int, is_json: bool) -> None:
    """Show files and what became of them."""

    async def work(database: Database) -> list[dict[str, Any]]:
        return await database.list_output_files(state=state, generation=generation, max=limit)

    found = with_database(work)
    if is_json:
        json_out(found)
        return
    if not found:
        click.echo("there are none")
        return
    listed = table(
        "generation", "nth", "state", "tries", "deadline", "size", "key", "error", right=("nth", "tries", "size")
    )
    for each in found:
        error = ": ".join(text for text in (each["error_code"], each["error"]) if text)
        listed.add_row(
            str(each["generation_id"]),
            str(each["nth"]),
            each["state"],
            str(each["tries"]),
            when(each["deadline"]) if each["state"] in ("waiting", "storing") else "-",
            _size(each["size"]),
            each["key"] or "-",
            error or "-",
        )
    console().print(listed)


@outputs.command(epilog="Example: basepool outputs retry 0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b")
@click.argument("generation", required=False, type=click.UUID)
def retry(generation: UUID | None) -> None:
    """Try again to copy what was given up: of GENERATION, or all of the last hour that Replicate may still have."""
    count = with_database(lambda database: database.retry_output_files(generation=generation))
    click.echo(f"{count} files wait again")


@outputs.command(epilog="Example: basepool outputs verify --generation 0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b")
@click.option("--generation", type=click.UUID, help="Only those of this one.")
@as_json
def verify(generation: UUID | None, is_json: bool) -> int:
    """Read what is kept, and compare its size and hash with what was written down.

    All of it is read: what that costs, the store's owner knows. Exit status 1 if anything is missing or not what it was.
    """

    async def work(database: Database, store: OpenStore, settings: Settings) -> dict[str, Any]:
        wrong: list[dict[str, Any]] = []
        with _bar("reading", is_json) as advance:
            total = len([None async for _ in _stored(database, generation)])
            advance(0, total)
            done = 0

            async def look(file: dict[str, Any]) -> None:
                nonlocal done
                if problem := await _problem(store, file):
                    wrong.append({name: file[name] for name in ("generation_id", "nth", "key")} | {"problem": problem})
                done += 1
                advance(done, total)

            await _each(_stored(database, generation), look)
        return {"read": done, "wrong": wrong}

    done = _with_store(work)
    if is_json:
        json_out(done)
    else:
        if done["wrong"]:
            listed = table("generation", "nth", "key", "problem", right=("nth",))
            for each in done["wrong"]:
                listed.add_row(str(each["generation_id"]), str(each["nth"]), each["key"], each["problem"])
            console().print(listed)
        click.echo(f"{done['read']} files were read, {len(done['wrong'])} are not what they were")
    return 1 if done["wrong"] else 0


@outputs.command(epilog="Example: basepool outputs orphans")
@click.option("--delete", is_flag=True, help="Delete them.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@as_json
def orphans(delete: bool, yes: bool, is_json: bool) -> None:
    """List files in the store that belong to no generation, and with --delete delete them.

    They are what is left where a process died between the store and the database, or where a database was restored or made
    anew. So before you delete, be sure that no other database keeps its files there.
    """

    async def find(database: Database, store: OpenStore, settings: Settings) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with _bar("listing", is_json) as advance:
            seen = 0
            async for page in _pages(store):
                unknown = await database.find_unknown_keys(keys=list(page))
                found += [{"key": key, "size": page[key]} for key in page if key in unknown]
                seen += len(page)
                advance(seen, None)
        return found

    async def remove(database: Database, store: OpenStore, settings: Settings) -> None:
        await database.record_command(action="outputs orphans", target=f"deleted {len(found)}")
        for start in range(0, len(found), _PAGE):
            keys = {each["key"] for each in found[start : start + _PAGE]}
            # what has got a row meanwhile stays
            await store.delete(sorted(keys & await database.find_unknown_keys(keys=sorted(keys))))

    found = _with_store(find)
    total = _size(sum(each["size"] for each in found))
    if is_json:
        json_out(found)
    elif not found:
        click.echo("there are none")
    else:
        for each in found[:_PAGE]:
            click.echo(f"{each['key']}  {_size(each['size'])}")
        click.echo(f"{len(found)} files, {total}")
    if delete and found:
        if not yes:
            click.confirm(f"Delete {len(found)} files?", abort=True, err=True)
        _with_store(remove)
        click.echo(f"{len(found)} files were deleted", err=is_json)


async def _stored(database: Database, generation: UUID | None) -> AsyncIterator[dict[str, Any]]:
    """All that is kept, in pages."""
    after: tuple[UUID, int] | None = None
    while page := await database.list_output_files(state="stored", generation=generation, after=after, max=_PAGE):
        for each in page:
            yield each
        after = (page[-1]["generation_id"], page[-1]["nth"])


async def _pages(store: OpenStore) -> AsyncIterator[dict[str, int]]:
    """The sizes of what is there, by key."""
    page: dict[str, int] = {}
    async for each in store.files():
        page[each.key] = each.size
        if len(page) == _PAGE:
            yield page
            page = {}
    if page:
        yield page


async def _each(items: AsyncIterator[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do `work` with each, a few at a time. Raises what it raises."""
    running: set[asyncio.Future[None]] = set()
    try:
        async for item in items:
            running.add(asyncio.ensure_future(work(item)))
            if len(running) >= _READ_AT_ONCE:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    each.result()
        await asyncio.gather(*running)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _problem(store: OpenStore, file: dict[str, Any]) -> str | None:
    """What is wrong with a file in the store, if anything."""
    digest, size = hashlib.sha256(), 0
    try:
        async for block in store.read(file["key"]):
            digest.update(block)
            size += len(block)
    except FileNotFoundError:
        return "it is not there"
    except (StoreFailed, StoreRefused) as error:
        return f"it can't be read: {redact(str(error))}"
    if size != file["size"]:
        return f"it has {size} bytes, and had {file['size']}"
    return None if digest.hexdigest() == file["sha256"] else "it has other bytes"


@contextmanager
def _bar(what: str, is_json: bool) -> Iterator[Bar]:
    """A bar on stderr, where a person looks. It is told how many are done, and of how many, if that is known."""
    out = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True, disable=is_json or not out.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _size(size: int | None) -> str:
    """Bytes as people say them: `831 kB`."""
    if size is None:
        return "-"
    for unit, name in _SIZES:
        if size >= unit:
            return f"{size / unit:.{0 if size >= 10 * unit else 1}f} {name}"
    return f"{size} B"


def _with_store(work: Callable[[Database, OpenStore, Settings], Awaitable[T]], *, makes_links: bool = False) -> T:
    """Run `work` with the database and the store of the environment. Raises BasepoolError."""
    settings = config.load()

    async def run(database: Database) -> T:
        try:
            async with opened(settings, makes_links=makes_links) as store:
                return await work(database, store, settings)
        except (StoreFailed, StoreRefused) as error:
            raise StoreUnreachable(f"the store did not do it: {error}") from None

    return with_database(run)
