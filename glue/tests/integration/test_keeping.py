"""Outputs are kept: by `basepool work` as a real process, from sources and into stores that fail, hang and lie, and by
whoever calls where no process can loop."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from basepool.simulator import SimulatorServer, media
from basepool.store.spool import Spool
from tests.stand_ins import SERVICE_KEY, SupabaseStorage, listening
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, running, serving, user

_SECRET = "a-secret-of-32-characters-length"
_MODEL = "acme/painter"
_PICTURE = media.picture("png", "a seed").content


@dataclass
class Delivery:
    """What Replicate's delivery host has, and how it behaves."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    """Files whose names begin with slow- come to their end once it is open."""

    def app(self) -> Starlette:
        """It over HTTP."""
        return Starlette(routes=[Route("/{name}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.asked.append(name)
        if self.is_down:
            return Response("Internal Server Error", 500)
        if large := re.fullmatch("[0-9]+-([0-9]+)-MB", name):
            return self._large(int(large[1]))
        if name.startswith("redirect"):
            return RedirectResponse(f"{self.url}/a.png")
        if name not in self.files:
            return Response("Not Found", 404)
        content = self.files[name]

        async def parts() -> AsyncIterator[bytes]:
            yield content[:10]
            while not self.gate.is_set():
                await asyncio.sleep(0.02)
            yield content[10:]

        if name.startswith("slow-"):
            return StreamingResponse(parts(), headers={"content-length": str(len(content))})
        return Response(content, media_type="image/png")

    @staticmethod
    def _large(megabytes: int) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(megabytes * 10):
                yield b"%100000d" % number

        return StreamingResponse(parts(), headers={"content-length": str(megabytes * 1_000_000)})


@pytest.fixture
def delivery() -> Iterator[Delivery]:
    delivery = Delivery()
    with listening(delivery.app()) as delivery.url:
        try:
            yield delivery
        finally:
            delivery.gate.set()


@dataclass
class House:
    """Where it all happens."""

    owner: Owner
    replicate: SimulatorServer
    delivery: Delivery
    variables: dict[str, str]
    folder: Path
    """The store."""
    spool: Path
    _models: int = 0

    def make(self, *names: str, number: int = 1) -> UUID:
        """Submit what will come out as these files of the delivery host, or as these links."""
        self._models += 1
        model = f"acme/painter-{self._models}"
        links = [name if ":" in name else f"{self.delivery.url}/{name}" for name in names]
        scripts = self.replicate.state()["config"]["scripts"] | {model: {"output": links}}
        self.replicate.configure(scripts=scripts)
        return self.owner.submit(number, "a picture", model)

    def states(self) -> dict[str, int]:
        """How many files are in which state."""
        return dict(self.owner.rows("select state, count(*) from basepool.output_files group by 1"))

    def codes(self) -> dict[str, str | None]:
        """Why files are not kept, by the end of their links."""
        return {
            link.rpartition("/")[2]: code
            for link, code in self.owner.rows("select source_url, error_code from basepool.output_files")
        }

    def outputs(self, id: UUID) -> tuple[list[str], list[str | None]]:
        """What its owner sees. Where there is no thumbnail at all, there is no list either."""
        [(urls, thumbs)] = self.owner.rows(
            "select output_urls, output_thumbs from public.generations where id = %s", id
        )
        return urls, thumbs or [None] * len(urls)

    def lasting(self, id: UUID, url: str) -> tuple[list[str], list[str | None]]:
        """The same, once there are links that last."""
        return eventually(lambda: seen if url in (seen := self.outputs(id))[0][0] else None, "links that last")

    def signed(self, id: UUID, seconds: int) -> tuple[str, str | None]:
        """The link that its owner (user 1) gets for the first file, and that to its thumbnail."""
        with psycopg.connect(self.variables["DATABASE_URL"].replace("basepool_glue@", "postgres@")) as connection:
            connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps({"sub": str(user(1))})])
            connection.execute("set local role authenticated")
            row = connection.execute(
                "select url, thumb_url from public.get_output_urls(%s, %s)", [id, seconds]
            ).fetchone()
        assert row
        return row[0], row[1]

    def left_in_spool(self) -> list[Path]:
        """What is left there, when all who lived have been killed, and one more has come and gone."""
        Spool(self.spool, "STORE_SPOOL").close()
        return list(self.spool.iterdir())

    def in_store(self) -> dict[str, bytes]:
        """All files of the folder, by key."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".new" not in path.parts
        }


@pytest.fixture
def house(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer, delivery: Delivery, tmp_path: Path
) -> House:
    owner.rows("select basepool.configure(%s)", Jsonb({"keep_outputs": True, "user_active_limit": 1000}))
    replicate.configure(run_seconds=(0, 0.1))
    delivery.files["a.png"] = _PICTURE
    return House(owner, replicate, delivery, glue_environment, tmp_path / "outputs", tmp_path / "spool")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _get(link: str, **headers: str) -> httpx.Response:
    return httpx.get(link, trust_env=False, timeout=PATIENCE_SECONDS, headers=headers)


# what was made lasts


def test_what_was_made_is_there_after_replicate_has_deleted_it(house: House) -> None:
    data = f"data:image/png;base64,{base64.b64encode(_PICTURE).decode()}"
    house.delivery.files |= {"b.png": media.picture("png", "b").content, "c.txt": b"a text", "d.svg": b"<svg/>"}
    ids = [house.make("a.png", "b.png", "c.txt", number=1), house.make("d.svg", number=2), house.make(data, number=3)]
    with serving(**house.variables) as url, running("work", **house.variables, PUBLIC_URL=url) as worker:
        eventually(lambda: house.states() == {"stored": 5}, "all files")
        expected = [[house.delivery.files[name] for name in ("a.png", "b.png", "c.txt")], [b"<svg/>"], [_PICTURE]]
        house.delivery.files.clear()
        for id, contents in zip(ids, expected, strict=True):
            urls, thumbs = house.lasting(id, url)
            assert [_get(each).content for each in urls] == contents
            assert len(thumbs) == len(contents)
            for each in filter(None, thumbs):
                assert _get(each).headers["content-type"] == "image/webp"
        [pictures, _] = house.outputs(ids[0])
        assert [link.rpartition("/")[2] for link in pictures] == ["1.png", "2.png", "3.txt"]
        said = worker.said()
    assert "ERROR" not in said
    assert "Traceback" not in said
    for key, size, sha256, content_type in house.owner.rows(
        "select key, size, sha256, content_type from basepool.output_files"
    ):
        kept = house.in_store()[key]
        assert (size, sha256) == (len(kept), _hash(kept)), key
        assert key.startswith(f"{user(1)}/") or key.startswith(f"{user(2)}/") or key.startswith(f"{user(3)}/")
        assert content_type
    assert house.left_in_spool() == []


def test_a_picture_has_a_small_one_and_its_size_is_known(house: House) -> None:
    id = house.make("a.png")
    with serving(**house.variables) as url, running("work", **house.variables, PUBLIC_URL=url):
        eventually(lambda: house.states() == {"stored": 1}, "the file")
    assert house.owner.rows("select width, height, content_type, thumb_key is not null from basepool.output_files") == [
        (16, 16, "image/png", True)
    ]
    assert len(house.outputs(id)[1]) == 1


def test_without_a_worker_the_job_does_it_and_a_webhook_does_what_fits(house: House) -> None:
    variables = house.variables | {"SERVERLESS": "true", "CRON_SECRET": _SECRET}
    house.make("a.png", number=1)
    with serving(**variables) as url:
        post = {"headers": {"authorization": f"Bearer {_SECRET}"}, "timeout": PATIENCE_SECONDS, "trust_env": False}
        assert httpx.post(f"{url}/api/cron/dispatch", **post).json()["result"]["submitted"] == 1  # type: ignore[arg-type]
        # its webhook has brought the result, and its answer waited for the copy
        eventually(lambda: house.states() == {"stored": 1}, "the file of the webhook")
        house.delivery.is_down = True
        house.make("a.png", number=2)
        assert httpx.post(f"{url}/api/cron/dispatch", **post).json()["result"]["submitted"] == 1  # type: ignore[arg-type]
        eventually(lambda: house.owner.statuses() == {"completed": 2}, "the second one")
        house.delivery.is_down = False

        def stored() -> bool:
            done = httpx.post(f"{url}/api/cron/store", **post).json()  # type: ignore[arg-type]
            assert done["ok"], done
            return house.states() == {"stored": 2}

        eventually(stored, "the second file")


# what fails costs itself


def test_one_that_is_lost_costs_itself_and_says_so(house: House) -> None:
    """The generation stays completed, and what else it has is kept."""
    house.owner.rows("select basepool.configure(%s)", Jsonb({"max_output_bytes": 1000}))
    house.delivery.files |= {"large.png": b"x" * 1001, "b.png": _PICTURE}
    id = house.make("a.png", "gone.png", "large.png", "redirect.png", "https://evil.example/evil.png", "b.png")
    with serving(**house.variables) as url, running("work", **house.variables, PUBLIC_URL=url):
        eventually(lambda: house.states() == {"stored": 2, "failed": 4}, "an end of each")
        urls, _ = house.lasting(id, url)
        assert [url in each for each in urls] == [True, False, False, False, False, True]
        why = basepool("why", str(id), **house.variables).stdout
    assert house.codes() == {
        "a.png": None,
        "b.png": None,
        "gone.png": "source_gone",
        "large.png": "too_large",
        "redirect.png": "bad_source",
        "evil.png": "bad_source",
    }
    assert "source_gone" in why
    assert house.owner.statuses() == {"completed": 1}
    assert house.delivery.asked.count("gone.png") == 1
    # where it was before, it may be looked for
    assert urls[1] == f"{house.delivery.url}/gone.png"


_FAULTS: dict[str, tuple[str, str | None]] = {
    "": ("stored", None),
    "[sim:file_chunked]": ("stored", None),
    "[sim:file_gzip]": ("stored", None),
    "[sim:file_type=text/html]": ("stored", None),
    "[sim:content=bomb]": ("stored", None),
    "[sim:content=broken]": ("stored", None),
    "[sim:content=html]": ("stored", None),
    "[sim:content=svg]": ("stored", None),
    "[sim:content=empty]": ("stored", None),
    "[sim:output_bytes=4000000]": ("stored", None),
    "[sim:output_bytes=6000000]": ("failed", "too_large"),
    "[sim:file_endless]": ("failed", "too_large"),
    "[sim:file_gzip=60000000]": ("failed", "too_large"),
    "[sim:file_missing]": ("failed", "source_gone"),
    "[sim:file_redirect]": ("failed", "bad_source"),
    # what may be mended is tried until the deadline
    "[sim:file_truncated]": ("waiting", "source_failed"),
    "[sim:file_length]": ("waiting", "source_failed"),
    "[sim:file_dribble=0.2]": ("waiting", "source_failed"),
    "[sim:file_hang]": ("waiting", "source_failed"),
    "[sim:file_error=500]": ("waiting", "source_failed"),
}


def test_whatever_a_source_does_costs_its_own_file(house: House) -> None:
    house.owner.rows("select basepool.configure(%s)", Jsonb({"max_output_bytes": 5_000_000}))
    ids = {prompt: house.owner.submit(number, f"a picture {prompt}") for number, prompt in enumerate(_FAULTS)}
    variables = house.variables | {"STORE_TIMEOUT_SECONDS": "3"}

    def became() -> dict[str, tuple[str, str | None]]:
        found = {id: (state, code) for id, state, code in house.owner.rows(
            "select generation_id, state, error_code from basepool.output_files"
        )}  # fmt: skip
        seen = {prompt: found.get(id, ("", None)) for prompt, id in ids.items()}
        # at this moment it may be tried again
        return {
            prompt: ("waiting", code) if state == "storing" else (state, code) for prompt, (state, code) in seen.items()
        }

    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
        eventually(lambda: became() == _FAULTS, "what becomes of each")
        assert worker.poll() is None
        assert "Traceback" not in worker.said()
    assert house.owner.statuses() == {"completed": len(_FAULTS)}
    kept = {
        prompt: row
        for prompt, id in ids.items()
        for row in house.owner.rows(
            "select content_type, size, thumb_key is not null, key from basepool.output_files"
            " where generation_id = %s and state = 'stored'",
            id,
        )
    }
    hashes = {file["url"]: file["sha256"] for file in house.replicate.files()}
    for source, sha256 in house.owner.rows(
        "select source_url, sha256 from basepool.output_files where sha256 is not null"
    ):
        assert hashes[source] == sha256, source
    assert kept["[sim:file_type=text/html]"][0] == "image/webp"
    assert [kept[f"[sim:content={name}]"][2] for name in ("bomb", "broken", "html", "svg", "empty")] == [False] * 5
    assert kept["[sim:content=html]"][3].endswith("/1.html")
    assert kept["[sim:content=svg]"][3].endswith("/1.svg")
    assert kept["[sim:content=empty]"][1] == 0


def test_a_source_that_is_down_is_asked_again(house: House) -> None:
    house.delivery.is_down = True
    house.make("a.png")
    with serving(**house.variables) as url, running("work", **house.variables, PUBLIC_URL=url):
        eventually(lambda: house.delivery.asked.count("a.png") >= 2, "two tries")
        house.delivery.is_down = False
        eventually(lambda: house.states() == {"stored": 1}, "the file")


def test_a_store_that_fails_hangs_and_loses_its_answers_loses_no_file(house: House) -> None:
    storage = SupabaseStorage(broken=3, hangs=1, lost_answers=2, is_upsert_deaf=True)
    house.delivery.files |= {f"{number}.png": media.picture("png", str(number)).content for number in range(6)}
    with listening(storage.app()) as supabase:
        variables = house.variables | {
            "STORE_URL": "supabase://outputs",
            "SUPABASE_URL": supabase,
            "SUPABASE_SERVICE_KEY": SERVICE_KEY,
            "STORE_TIMEOUT_SECONDS": "5",
        }
        ids = [house.make(f"{number}.png", number=number) for number in range(6)]
        with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
            eventually(lambda: house.states() == {"stored": 6}, "all files")
            for number, id in enumerate(ids):
                [link], [thumb] = house.outputs(id)
                assert link.startswith(f"{supabase}/storage/v1/object/public/outputs/")
                assert _get(link).content == house.delivery.files[f"{number}.png"]
                assert thumb is None or _get(thumb).is_success
            assert SERVICE_KEY not in worker.said()
    # one key for each, and one for its picture
    assert len([key for key in storage.objects if "-thumb" not in key]) == 6
    assert {each.cache_control for each in storage.objects.values()} == {"max-age=31536000"}


def test_what_is_nearest_its_deadline_goes_first_when_the_store_is_back(house: House) -> None:
    names = [f"{number}.png" for number in range(5)]
    house.delivery.files |= dict.fromkeys(names, _PICTURE)
    house.delivery.is_down = True
    for number, name in enumerate(names):
        house.make(name, number=number)
    with serving(**house.variables) as url:
        with running("work", **house.variables, PUBLIC_URL=url):
            eventually(lambda: house.owner.statuses() == {"completed": 5}, "all")
            eventually(lambda: set(house.delivery.asked) >= set(names), "a try of each")
        # the last made has the least time left, and all are due
        order = ["3.png", "0.png", "4.png", "1.png", "2.png"]
        for place, name in enumerate(order):
            house.owner.rows(
                "update basepool.output_files set deadline = now() + make_interval(mins => %s), state = 'waiting',"
                " again_at = null, lease = null, worker = null where source_url = %s",
                5 + place,
                f"{house.delivery.url}/{name}",
            )
        house.delivery.is_down = False
        house.delivery.asked.clear()
        with running("work", **house.variables, PUBLIC_URL=url, STORE_CONCURRENCY="1"):
            eventually(lambda: house.states() == {"stored": 5}, "all files")
    assert house.delivery.asked == order


def _stop_the_clock(owner: Owner, at: datetime) -> None:
    """For every session it is `at`, until it is moved again."""
    owner.rows(
        "create or replace function basepool.now() returns timestamptz language sql volatile"
        f" begin atomic select timestamptz '{at.isoformat()}'; end"
    )


_WRITE_CLAIMS_DOWN = """
create table public.claims (claim xid8, at timestamptz, source_url text, deadline timestamptz);
create function public.write_claims_down() returns trigger language plpgsql security definer as $$ begin
  insert into public.claims
  select pg_current_xact_id(), basepool.now(), n.source_url, n.deadline
  from now_there as n join then_there as t using (generation_id, nth)
  where n.state = 'storing' and t.state = 'waiting';
  return null;
end $$;
create trigger write_claims_down after update on basepool.output_files
referencing new table as now_there old table as then_there for each statement execute function public.write_claims_down();
"""


def test_a_store_that_is_down_for_ten_minutes_costs_what_ends_meanwhile(house: House) -> None:
    """One after the other, the sources of 40 files end, a minute apart. Each minute all that are due are tried, and in each
    the nearest first; so it is when the store is back."""
    storage, count, generations = SupabaseStorage(is_down=True), 40, 10
    ends: dict[int, datetime] = {}
    house.delivery.files |= {f"{number}.txt": b"text %d" % number for number in range(count)}
    found = "select f ->> 'name', f ->> 'says' from jsonb_array_elements(basepool.get_status() -> 'findings') as f"
    is_idle = (
        "select not exists (select from basepool.output_files where state = 'storing'"
        " or (state = 'waiting' and (again_at is null or again_at <= basepool.now())))"
    )

    def findings() -> dict[str, str]:
        return {name: says for name, says in house.owner.rows(found) if name.startswith(("output", "store"))}

    def reach(at: datetime) -> None:
        """It is `at`, and all that was due was tried. What Replicate has had for an hour is gone."""
        for number, end in ends.items():
            if end < at:
                house.delivery.files.pop(f"{number}.txt", None)
        _stop_the_clock(house.owner, at)
        eventually(lambda: house.owner.value(is_idle), f"a try of what is due at {at}")

    with listening(storage.app()) as supabase:
        variables = house.variables | {
            "STORE_URL": "supabase://outputs",
            "SUPABASE_URL": supabase,
            "SUPABASE_SERVICE_KEY": SERVICE_KEY,
            "STORE_CONCURRENCY": "5",
        }
        # each generation has some of all ages
        ids = [
            house.make(*(f"{number}.txt" for number in range(first, count, generations)), number=first)
            for first in range(generations)
        ]
        with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
            eventually(lambda: house.owner.statuses() == {"completed": generations}, "all")
            now = house.owner.value("select clock_timestamp()")
            reach(now)
            began = now + timedelta(minutes=10)
            ends |= {number: began + timedelta(minutes=number + 1.5) for number in range(count)}
            for number, end in ends.items():
                house.owner.rows(
                    "update basepool.output_files set deadline = %s - (select output_margin from basepool.settings)"
                    " where source_url = %s",
                    end,
                    f"{house.delivery.url}/{number}.txt",
                )
            house.owner.rows(_WRITE_CLAIMS_DOWN)
            for minutes in (*range(9), 8.75):
                reach(began + timedelta(minutes=minutes))
                assert set(findings()) >= {"store-fails", "outputs-near-deadline"}
                assert ("outputs-lost" in findings()) is (minutes >= 2)
            assert "502" in findings()["store-fails"]
            assert storage.objects == {}

            back = began + timedelta(minutes=10)
            storage.is_down = False
            reach(back)
            lost = [number for number, end in ends.items() if end < back]
            assert 0 < len(lost) < generations
            assert house.states() == {"stored": count - len(lost), "failed": len(lost)}
            assert {name: code for name, code in house.codes().items() if code} == {
                f"{number}.txt": "expired" for number in lost
            }
            kept = dict(house.owner.rows("select source_url, key from basepool.output_files where state = 'stored'"))
            assert {
                kept[f"{house.delivery.url}/{number}.txt"]: b"text %d" % number for number in ends if number not in lost
            } == {key: each.content for key, each in storage.objects.items()}
            for first, id in enumerate(ids):
                urls, _ = house.lasting(id, supabase) if first not in lost else house.outputs(id)
                assert [each.startswith(supabase) for each in urls] == [
                    number not in lost for number in range(first, count, generations)
                ]

            # what is told as long as it is so
            assert findings().keys() == {"outputs-lost"}
            assert f"{len(lost)} outputs" in findings()["outputs-lost"]
            assert "expired: " in findings()["outputs-lost"]
            assert "502" in findings()["outputs-lost"]
            why = basepool("why", str(ids[0]), **variables).stdout
            assert f"kept: {count // generations - 1} of {count // generations}" in " ".join(why.split())
            reach(back + timedelta(minutes=61))
            assert findings() == {}
            assert "Traceback" not in worker.said()

    claims: dict[datetime, list[datetime]] = {}
    for at, deadline in house.owner.rows(
        "select at, deadline from public.claims order by claim::text::bigint, deadline"
    ):
        claims.setdefault(at, []).append(deadline)
    assert len(claims) == 11
    assert all(deadlines == sorted(deadlines) for deadlines in claims.values())
    # all that were left, and each of them once
    assert len(claims[back]) == count - len(lost)


# whoever copies may die


def test_who_is_told_to_stop_gives_back_what_is_not_done(house: House) -> None:
    house.delivery.files["slow-a.png"] = _PICTURE
    house.make("slow-a.png")
    with serving(**house.variables) as url:
        with running("work", "--grace", "0.2", **house.variables, PUBLIC_URL=url) as worker:
            eventually(lambda: "slow-a.png" in house.delivery.asked, "a copy under way")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE_SECONDS) == 0
        assert house.owner.rows("select state, tries, error_code, again_at from basepool.output_files") == [
            ("waiting", 0, "interrupted", None)
        ]
        house.delivery.gate.set()
        with running("work", **house.variables, PUBLIC_URL=url):
            eventually(lambda: house.states() == {"stored": 1}, "the file")
    assert house.left_in_spool() == []


def test_what_a_killed_one_had_the_next_one_copies_once_more(house: House) -> None:
    house.owner.rows("select basepool.configure(%s)", Jsonb({"lease_time": "3 seconds"}))
    house.delivery.files["slow-a.png"] = _PICTURE
    house.make("slow-a.png")
    with serving(**house.variables) as url:
        with running("work", **house.variables, PUBLIC_URL=url) as worker:
            eventually(lambda: any(house.spool.glob("*/*")), "a copy under way")
            worker.send_signal(signal.SIGKILL)
            worker.wait(PATIENCE_SECONDS)
        [left] = house.spool.iterdir()
        assert any(left.iterdir())
        house.delivery.gate.set()
        with running("work", **house.variables, PUBLIC_URL=url):
            eventually(lambda: house.states() == {"stored": 1}, "the file")
            assert not left.exists()
    assert [key for key in house.in_store() if "-thumb" not in key] == [
        house.owner.value("select key from basepool.output_files")
    ]
    assert house.left_in_spool() == []


def test_two_workers_copy_each_file_once(house: House) -> None:
    house.delivery.files |= {f"{number}.png": _PICTURE for number in range(30)}
    for number in range(30):
        house.make(f"{number}.png", number=number)
    with (
        serving(**house.variables) as url,
        running("work", **house.variables, PUBLIC_URL=url),
        running("work", **house.variables, PUBLIC_URL=url),
    ):
        eventually(lambda: house.states() == {"stored": 30}, "all files")
    assert sorted(house.delivery.asked) == sorted(f"{number}.png" for number in range(30))


def test_once_is_not_over_before_what_was_made_is_kept(house: House) -> None:
    house.owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    house.make("a.png")
    done = basepool("work", "--once", **house.variables, STORE_PUBLIC_URL="https://gen.example/outputs")
    assert done.returncode == 0, done.stderr
    assert house.states() == {"stored": 1}


def test_without_a_link_that_leads_anywhere_nothing_is_copied_and_that_is_said(house: House) -> None:
    house.owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    id = house.make("a.png")
    done = basepool("work", "--once", **house.variables)
    assert done.returncode == 0, done.stderr
    assert "outputs are not kept: PUBLIC_URL is not set" in done.stderr
    assert house.states() == {"waiting": 1}
    assert house.outputs(id)[0] == [f"{house.delivery.url}/a.png"]


# many and large ones


class Sink:
    """A store that has room for everything: it keeps the hash and forgets the rest."""

    def __init__(self) -> None:
        self.hashes: dict[str, str] = {}

    def app(self) -> Starlette:
        """It, as Supabase's REST API."""
        return Starlette(routes=[Route("/storage/v1/object/outputs/{key:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        digest, size = hashlib.sha256(), 0
        async for part in request.stream():
            digest.update(part)
            size += len(part)
        assert size == int(request.headers["content-length"])
        self.hashes[request.path_params["key"]] = digest.hexdigest()
        return Response("{}")


def _peak_bytes(pid: int) -> int:
    """The most memory that a process has had."""
    [line] = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_many_large_ones_at_once_take_no_more_memory_than_a_few_small_ones(house: House) -> None:
    """Of 1 to 60 MB each, a gigabyte together. MANY_OUTPUTS=500 has it with as many as there may ever be at once."""
    count = int(os.environ.get("MANY_OUTPUTS", "60"))
    sizes = [(1, 2, 3, 5, 8, 13, 21, 34, 60)[number % 9] for number in range(count)]
    sink = Sink()
    with listening(sink.app()) as supabase:
        variables = house.variables | {
            "STORE_URL": "supabase://outputs",
            "SUPABASE_URL": supabase,
            "SUPABASE_SERVICE_KEY": SERVICE_KEY,
            "STORE_BYTES": "100000000",
        }
        ids = [
            house.make(
                *(f"{number}-{size}-MB" for number, size in list(enumerate(sizes))[start : start + 10]), number=start
            )
            for start in range(0, count, 10)
        ]
        with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
            eventually(lambda: house.owner.statuses() == {"completed": len(ids)}, "all")
            eventually(
                lambda: house.states() == {"stored": count}, "all files", seconds=max(PATIENCE_SECONDS, 3 * count)
            )
            assert _peak_bytes(worker.pid) < 300_000_000
    kept = house.owner.rows("select key, sha256, size from basepool.output_files")
    assert dict(row[:2] for row in kept) == sink.hashes
    assert sum(size for *_, size in kept) == sum(sizes) * 1_000_000


# whose files they are


def test_private_files_open_with_a_link_that_ends(house: House) -> None:
    variables = house.variables | {"STORE_VISIBILITY": "private"}
    id = house.make("a.png")
    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url):
        eventually(lambda: house.states() == {"stored": 1}, "the file")
        key = house.owner.value("select key from basepool.output_files")
        eventually(lambda: house.outputs(id)[0] == [key], "the key in output_urls")

        good, thumb = house.signed(id, 600)
        opened = _get(good)
        assert (opened.status_code, opened.content) == (200, _PICTURE)
        assert opened.headers["cache-control"].startswith("private, max-age=")
        assert thumb is None or _get(thumb).is_success
        bare, _, _ = good.partition("?")
        other = "0" if good[-1] != "0" else "1"
        for wrong in (bare, good[:-1] + other, good.replace("1.png", "2.png"), good.replace("expires=", "expires=9")):
            refused = _get(wrong)
            assert (refused.status_code, refused.json()["code"]) == (403, "PT403"), wrong
        short, _ = house.signed(id, 1)
        eventually(lambda: _get(short).status_code == 403, "its end")
        assert "has ended" in _get(short).json()["message"]


def test_private_files_of_a_bucket_open_by_way_of_serve(house: House, s3_url: str) -> None:
    httpx.put(f"{s3_url}/private").raise_for_status()
    variables = house.variables | {
        "STORE_URL": "s3://private/of/ours",
        "STORE_VISIBILITY": "private",
        "STORE_ENDPOINT": s3_url,
        "STORE_REGION": "us-east-1",
        "STORE_ACCESS_KEY_ID": "an-id-of-the-tests",
        "STORE_SECRET_ACCESS_KEY": "a-secret-of-the-tests",
    }
    id = house.make("a.png")
    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
        eventually(lambda: house.states() == {"stored": 1}, "the file")
        key = house.owner.value("select key from basepool.output_files")
        eventually(lambda: house.outputs(id)[0] == [key], "the key in output_urls")
        [good, _] = house.signed(id, 600)
        sent_on = _get(good)
        assert sent_on.status_code == 307
        assert sent_on.headers["location"].startswith(f"{s3_url}/private/of/ours/{key}?")
        assert sent_on.headers["cache-control"].startswith("private")
        assert _get(sent_on.headers["location"]).content == _PICTURE
        assert _get(good.partition("?")[0]).status_code == 403
        assert "a-secret-of-the-tests" not in worker.said()
    assert basepool("outputs", "verify", **variables).stdout == "1 files were read, 0 are not what they were\n"
    assert basepool("outputs", "orphans", **variables).stdout == "there are none\n"


def test_what_is_deleted_leaves_the_store(house: House) -> None:
    kept, deleted = house.make("a.png", number=1), house.make("a.png", number=2)
    with serving(**house.variables) as url, running("work", **house.variables, PUBLIC_URL=url):
        eventually(lambda: house.states() == {"stored": 2}, "both files")
        house.owner.rows("delete from public.generations where id = %s", deleted)
        eventually(lambda: house.states() == {"stored": 1}, "the end of the other's row")
    assert {key.split("/")[1] for key in house.in_store()} == {str(kept)}


# the commands


def test_the_commands_copy_list_compare_and_find_what_belongs_to_nothing(house: House) -> None:
    house.owner.rows("select basepool.configure(%s)", Jsonb({"keep_outputs": False}))
    variables = house.variables | {"STORE_PUBLIC_URL": "https://gen.example/outputs"}
    house.delivery.files |= {"b.png": _PICTURE}
    ids = [house.make("a.png", "b.png", number=1), house.make("gone.png", number=2)]
    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url):
        eventually(lambda: house.owner.statuses() == {"completed": 2}, "both")
    assert house.states() == {}

    done = basepool("outputs", "store", "--since", "1h", **variables)
    assert done.stdout == "files 3, stored 2, waiting 0, failed 1\n", done.stderr
    assert done.returncode == 1
    again = basepool("outputs", "store", "--generation", str(ids[0]), "--json", **variables)
    assert (again.returncode, json.loads(again.stdout)) == (0, {"files": 0, "stored": 0, "waiting": 0, "failed": 0})
    assert all(each.startswith("https://gen.example/outputs/") for each in house.outputs(ids[0])[0])

    listed = basepool("outputs", "list", **variables, COLUMNS="400").stdout
    assert listed.count("stored") == 2
    assert "source_gone: HTTP 404" in listed
    found = json.loads(basepool("outputs", "list", "--state", "failed", "--json", **variables).stdout)
    assert [each["error_code"] for each in found] == ["source_gone"]
    house.delivery.files["gone.png"] = _PICTURE
    assert basepool("outputs", "retry", str(ids[1]), **variables).stdout == "1 files wait again\n"
    assert basepool("run-job", "store", **variables).stdout.startswith("store: claimed 1, stored 1")

    assert basepool("outputs", "verify", **variables).stdout == "3 files were read, 0 are not what they were\n"
    keys = [key for key in house.in_store() if "-thumb" not in key]
    (house.folder / keys[0]).write_bytes(_PICTURE[:-1] + b"?")
    (house.folder / keys[1]).write_bytes(b"short")
    (house.folder / keys[2]).unlink()
    wrong = basepool("outputs", "verify", "--json", **variables)
    assert wrong.returncode == 1
    problems = {each["key"]: each["problem"] for each in json.loads(wrong.stdout)["wrong"]}
    assert problems == {
        keys[0]: "it has other bytes",
        keys[1]: f"it has 5 bytes, and had {len(_PICTURE)}",
        keys[2]: "it is not there",
    }

    assert basepool("outputs", "orphans", **variables).stdout == "there are none\n"
    orphan = f"{user(9)}/{ids[0]}/9.png"
    (house.folder / orphan).parent.mkdir(parents=True)
    (house.folder / orphan).write_bytes(b"x")
    before = len(house.in_store())
    shown = basepool("outputs", "orphans", **variables).stdout
    assert orphan in shown
    assert "1 files, 1 B" in shown
    assert basepool("outputs", "orphans", "--delete", "--yes", **variables).returncode == 0
    assert orphan not in house.in_store()
    assert len(house.in_store()) == before - 1


def test_a_store_that_is_not_there_is_an_error_with_a_remedy(house: House) -> None:
    nobody = {
        "STORE_URL": "supabase://outputs",
        "SUPABASE_URL": "http://127.0.0.1:1",
        "SUPABASE_SERVICE_KEY": SERVICE_KEY,
    }
    done = basepool("outputs", "orphans", **house.variables | nobody)
    assert done.returncode == 2
    assert done.stderr.startswith("error TP025: the store did not do it")
    assert SERVICE_KEY not in done.stderr
    assert "Traceback" not in done.stderr
