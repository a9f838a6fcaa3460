"""examples/supabase-js with the real supabase-js, in Node, against what stands in for a Supabase project: what a page is told,
with Realtime and without, and what the functions for users answer through PostgREST."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import pytest

from basepool.errors import SetupError
from dev import node
from dev.devserver import PROJECT, DevServer
from dev.supabase import SupabaseServer
from dev.typescript import DATABASE, describe
from tests.support import PATIENCE_SECONDS, Owner, eventually, user

_PAGE = Path(__file__).with_name("watch.mjs")
_SECRET = "a secret of thirty-two characters, or more"
_FAIL = "select basepool._settle_generation(%s, 'failed', 'no')"
_SELDOM = 3_600
"""Polls so seldom that what is told was told by Realtime."""


@pytest.fixture(scope="session")
def packages() -> Path:
    """node_modules of examples/supabase-js."""
    try:
        return node.install_packages()
    except SetupError as error:
        pytest.skip(f"{error.message}. {error.hint}")


@pytest.fixture
def supabase(owner: Owner, database_url: str) -> Iterator[SupabaseServer]:
    owner.rows('select basepool.configure(\'{"realtime": true, "user_active_limit": 3}\')')
    with SupabaseServer(database_url, _SECRET) as server:
        yield server


class Page:
    """A process that does what a page does, see watch.mjs."""

    def __init__(self, supabase: SupabaseServer, token: str, whose: UUID) -> None:
        config = {"url": supabase.url, "key": supabase.anon_key, "token": token, "user": str(whose)}
        self._process = subprocess.Popen(
            [str(node.node()), str(_PAGE), json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._lines: list[dict[str, Any]] = []
        self._complaints: list[str] = []
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read, self._read_complaints)]
        for reader in self._readers:
            reader.start()
        self._answers = 0

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.append(json.loads(line))

    def _read_complaints(self) -> None:
        assert self._process.stderr
        self._complaints += iter(self._process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(PATIENCE_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def do(self, does: str, **how: Any) -> None:
        """Have it do something."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"does": does, **how}) + "\n")

    def ask(self, does: str, **how: Any) -> dict[str, Any]:
        """Have it do something that it answers."""
        self.do(does, **how)
        self._answers += 1

        def answers() -> list[dict[str, Any]]:
            assert self._process.poll() is None, "".join(self._complaints)
            return [line for line in list(self._lines) if "as" not in line]

        eventually(lambda: len(answers()) >= self._answers, f"the answer to {does}")
        return answers()[-1]

    def told(self, name: str = "page") -> list[tuple[UUID, str]]:
        """What the watch `name` was told so far."""
        return [
            (UUID(line["id"]), line["status"]) for line in list(self._lines) if line.get("as") == name and "id" in line
        ]

    def errors(self) -> list[str]:
        """What it could not do."""
        return [line["error"] for line in list(self._lines) if "as" in line and "error" in line]

    def wait_for(self, generation: UUID, status: str, name: str = "page") -> None:
        """Until it was told so."""

        def is_told() -> bool:
            assert self._process.poll() is None, "".join(self._complaints)
            return (generation, status) in self.told(name)

        eventually(is_told, f"that {name} hears of {status}")

    def wait_until_joined(self, topic: str) -> None:
        """Until Realtime has let it in."""
        joined = [f"realtime:generations:{topic}", "joined"]
        eventually(lambda: joined in self.ask("channels")["channels"], "that it has joined")


@pytest.fixture
def open_page(packages: Path, supabase: SupabaseServer) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_one(number: int = 1, token: str | None = None) -> Page:
        page = Page(supabase, token or supabase.token(str(user(number))), user(number))
        pages.append(page)
        return page.__enter__()

    yield open_one
    for page in pages:
        page.__exit__(None, None, None)


def test_the_types_are_those_of_the_database(server: DevServer, template: str) -> None:
    assert DATABASE.read_text() == describe(server.url(dbname=template)), (
        "run make reference and look at the difference"
    )


def test_the_examples_are_typed(packages: Path) -> None:
    done = subprocess.run(
        [str(node.node()), str(packages / "typescript" / "bin" / "tsc"), "--project", "."],
        cwd=node.EXAMPLE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_type_that_does_not_fit_is_found(packages: Path, tmp_path: Path) -> None:
    """That it passes means something."""
    wrong = tmp_path / "wrong.ts"
    wrong.write_text(
        f"""
import type {{ Database }} from "{DATABASE}";
import {{ createClient }} from "{packages}/@supabase/supabase-js";
const supabase = createClient<Database>("http://x", "y");
supabase.rpc("submit_generation", {{ p_replicate_model: "a/b" }});
supabase.rpc("submit_generation", {{ p_replicate_model: "a/b", p_input: {{}} }});
supabase.rpc("get_generations", {{}});
supabase.from("generations").update({{ status: "completed" }}).eq("id", "1");
supabase.from("generations").update({{ viewed: true }}).eq("id", "1");
"""
    )
    options = ["--strict", "--noEmit", "--skipLibCheck", "--allowImportingTsExtensions", "--target", "es2022"]
    done = subprocess.run(
        [
            str(node.node()),
            str(packages / "typescript" / "bin" / "tsc"),
            *options,
            "--module",
            "esnext",
            "--moduleResolution",
            "bundler",
            str(wrong),
        ],
        cwd=node.EXAMPLE,
        capture_output=True,
        text=True,
        check=False,
    )
    found = sorted(int(line.split("(")[1].split(",")[0]) for line in done.stdout.splitlines() if "wrong.ts(" in line)
    assert found == [5, 7, 8], done.stdout


def test_a_page_is_told_by_realtime(open_page: Callable[..., Page], owner: Owner) -> None:
    before = owner.submit(1)
    page, other = open_page(1), open_page(2)
    for each in (page, other):
        each.do("watch", **{"as": "page"}, pollSeconds=_SELDOM)
    page.wait_for(before, "pending")
    page.wait_until_joined(str(user(1)))
    other.wait_until_joined(str(user(2)))

    mine, his = owner.submit(1), owner.submit(2)
    page.wait_for(mine, "pending")
    other.wait_for(his, "pending")
    owner.rows(_FAIL, mine)
    page.wait_for(mine, "failed")
    assert {generation for generation, _ in page.told()} == {before, mine}
    assert {generation for generation, _ in other.told()} == {his}
    assert page.ask("list")["list"] == [[str(mine), "failed"], [str(before), "pending"]]
    assert page.errors() == other.errors() == []


def test_what_happens_while_realtime_is_away_is_told_when_it_is_back(
    open_page: Callable[..., Page], owner: Owner, supabase: SupabaseServer
) -> None:
    page = open_page()
    page.do("watch", **{"as": "page"}, pollSeconds=_SELDOM)
    page.wait_until_joined(str(user(1)))
    supabase.cut_off(stay_closed=True)
    missed = owner.submit(1)
    owner.rows(_FAIL, missed)
    supabase.reopen()
    page.wait_for(missed, "failed")


def test_without_realtime_a_page_polls(open_page: Callable[..., Page], owner: Owner, supabase: SupabaseServer) -> None:
    supabase.cut_off(stay_closed=True)
    page = open_page()
    page.do("watch", **{"as": "page"}, pollSeconds=0.2)
    generation = owner.submit(1)
    page.wait_for(generation, "pending")
    owner.rows(_FAIL, generation)
    page.wait_for(generation, "failed")
    # what comes again for a while is told once
    page.wait_for(owner.submit(1), "pending")
    assert len(set(page.told())) == len(page.told())


def test_more_than_a_page_of_changes_is_told(open_page: Callable[..., Page], owner: Owner) -> None:
    owner.rows(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, created_at"
        " , settled_at) select %s, 'create', 'm', 'M', 'acme/painter', 'completed', t.at, t.at"
        " from generate_series(1, 250) as s (n) cross join lateral (select now() - s.n * interval '1 minute' as at) as t",
        user(1),
    )
    page = open_page()
    page.do("watch", **{"as": "page"}, pollSeconds=_SELDOM)
    eventually(lambda: len(set(page.told())) == 250, "all of them")
    page.wait_until_joined(str(user(1)))
    # in one message, which does not name them all
    owner.rows("update public.generations set output_urls = array['https://example.com/x']")
    owner.rows(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status)"
        " select %s, 'create', 'm', 'M', 'acme/painter', 'failed' from generate_series(1, 120)",
        user(1),
    )
    eventually(
        lambda: len([1 for _, status in set(page.told()) if status == "failed"]) == 120, "and those that came in"
    )


def test_several_on_a_page_share_a_channel_and_the_last_one_leaves_it(
    open_page: Callable[..., Page], owner: Owner
) -> None:
    first = owner.submit(1)
    page = open_page()
    page.do("watch", **{"as": "one"}, pollSeconds=_SELDOM)
    page.wait_for(first, "pending", "one")
    page.wait_until_joined(str(user(1)))
    page.do("watch", **{"as": "two"}, pollSeconds=_SELDOM)
    page.wait_for(first, "pending", "two")
    assert len(page.ask("channels")["channels"]) == 1

    page.do("stop", **{"as": "one"})
    second = owner.submit(1)
    page.wait_for(second, "pending", "two")
    assert second not in {generation for generation, _ in page.told("one")}

    # as React's strict mode does: it goes and comes back at once
    page.do("stop", **{"as": "two"})
    page.do("watch", **{"as": "three"}, pollSeconds=_SELDOM)
    page.wait_for(second, "pending", "three")
    third = owner.submit(1)
    page.wait_for(third, "pending", "three")
    page.do("stop", **{"as": "three"})
    eventually(lambda: page.ask("channels")["channels"] == [], "the end of the channel")


def test_the_react_hook_shows_a_list_that_stays_true(open_page: Callable[..., Page], owner: Owner) -> None:
    ids = [owner.submit(1) for _ in range(3)]
    other = owner.submit(2)
    page = open_page()

    def shows(*expected: tuple[UUID, str]) -> bool:
        shown = page.ask("shown")
        assert shown["error"] is None
        return [(UUID(id), status) for id, status in shown["shown"]] == list(expected)

    # nobody has signed in
    page.ask("render", whom=None)
    assert shows()
    page.ask("render", whom=str(user(1)))
    newest_first = [(id, "pending") for id in reversed(ids)]
    eventually(lambda: shows(*newest_first), "the list")
    page.wait_until_joined(str(user(1)))

    owner.rows(_FAIL, ids[0])
    eventually(lambda: shows(*newest_first[:2], (ids[0], "failed")), "a change")
    another = owner.submit(1)
    eventually(lambda: shows((another, "pending"), *newest_first[:2], (ids[0], "failed")), "one that is new")
    assert other not in [id for id, _ in page.ask("shown")["shown"]]
    # strict mode has it come and go and come again
    assert len(page.ask("channels")["channels"]) == 1

    # another one signs in, who may not see what there was
    page.ask("render", whom=str(user(2)))
    assert shows()
    page.ask("render", whom=str(user(1)))
    eventually(
        lambda: shows((another, "pending"), *newest_first[:2], (ids[0], "failed")), "the list again, and what changed"
    )
    page.ask("unmount")
    eventually(lambda: page.ask("channels")["channels"] == [], "the end of the channel")


def test_nobody_watches_another(open_page: Callable[..., Page], owner: Owner) -> None:
    page = open_page(1)
    page.do("watch", **{"as": "spy"}, whom=str(user(2)), pollSeconds=0.2)
    mine = owner.submit(1)
    his = owner.submit(2)
    page.do("watch", **{"as": "page"}, pollSeconds=0.2)
    page.wait_for(mine, "pending")
    owner.rows(_FAIL, his)
    owner.rows(_FAIL, mine)
    page.wait_for(mine, "failed")
    page.wait_for(owner.submit(1), "pending")
    # neither those of another, nor his own as another's
    assert page.told("spy") == []
    assert his not in {generation for generation, _ in page.told()}
    assert page.ask("channels")["channels"] != [[f"realtime:generations:{user(2)}", "joined"]]


def test_what_a_token_that_has_expired_may_not_is_said(
    open_page: Callable[..., Page], supabase: SupabaseServer
) -> None:
    page = open_page(token=supabase.token(str(user(1)), seconds=-1))
    page.do("watch", **{"as": "page"}, pollSeconds=_SELDOM)
    eventually(lambda: page.errors() != [], "the error")
    assert set(page.errors()) == {"PGRST303"}


def test_functions_and_rows_as_an_app_asks_for_them(
    open_page: Callable[..., Page], owner: Owner, supabase: SupabaseServer
) -> None:
    page = open_page()
    model, key = "acme/painter", str(uuid4())
    submit = {"p_replicate_model": model, "p_input": {"prompt": "a cat"}, "p_idempotency_key": key}
    said = page.ask("call", name="submit_generation", args=submit)
    assert (said["status"], said["error"]) == (200, None)
    generation = said["data"]
    assert page.ask("call", name="submit_generation", args=submit)["data"] == generation

    said = page.ask("call", name="submit_generation", args={**submit, "p_replicate_model": "no model"})
    assert said["status"] == 409
    said = page.ask("call", name="submit_generation", args={"p_replicate_model": "no model", "p_input": {}})
    assert (said["status"], said["error"]["code"]) == (400, "PT400")
    assert said["error"]["hint"]
    said = page.ask("call", name="submit_generation", args={**submit, "p_user_id": str(user(2))})
    assert (said["status"], said["error"]["code"]) == (403, "PT403")
    said = page.ask(
        "call",
        name="submit_generations",
        args={"p_items": [{"replicate_model": model, "input": {"prompt": str(nth)}} for nth in range(3)]},
    )
    assert [row["error"] and row["error"]["code"] for row in said["data"]] == [None, None, "PT429"]
    said = page.ask("call", name="get_generation_counts", args={"p_user_id": str(user(1))})
    assert said["data"] == [{"all_count": 3, "processing_count": 3, "favorites_count": 0, "failed_count": 0}]
    assert page.ask("call", name="explain_generation", args={"p_id": generation})["data"]["status"] == "pending"
    assert page.ask("call", name="cancel_generation", args={"p_id": generation})["data"] == "cancelled"
    said = page.ask("call", name="cancel_generation", args={"p_id": str(uuid4())})
    assert (said["status"], said["error"]["code"]) == (404, "PT404")
    changes = page.ask("call", name="get_generation_changes", args={})["data"]
    assert len(changes) == 3
    assert (generation, "cancelled") in {(row["id"], row["status"]) for row in changes}

    said = page.ask("select", columns="id, status", order="created_at", limit=2)
    assert said["data"][0]["id"] == generation
    assert len(said["data"]) == 2
    said = page.ask("update", id=generation, changes={"viewed": True})
    assert said["data"] == [{"id": generation, "viewed": True}]
    said = page.ask("update", id=generation, changes={"status": "completed"})
    assert (said["status"], said["error"]["code"]) == (403, "42501")
    row: dict[str, Any] = {
        "user_id": str(user(1)),
        "action": "create",
        "model_id": "m",
        "model_name": "M",
        "replicate_model": model,
    }
    row["replicate_input"] = {"prompt": "a dog"}
    said = page.ask("insert", row=row)
    assert (said["status"], said["data"]["status"]) == (201, "pending")
    assert page.ask("one", id=said["data"]["id"])["data"] == {"id": said["data"]["id"]}
    said = page.ask("insert", row={**row, "user_id": str(user(2))})
    assert (said["status"], said["error"]["code"]) == (403, "42501")

    # somebody else, and nobody
    assert open_page(2).ask("one", id=generation)["data"] is None
    said = open_page(3, supabase.anon_key).ask("call", name="submit_generation", args=submit)
    assert (said["status"], said["error"]["code"]) == (401, "42501")
    said = page.ask("call", name="no_such_function", args={})
    assert (said["status"], said["error"]["code"]) == (404, "PGRST202")


def test_the_call_in_the_readme_runs_as_it_stands_and_fails_as_it_says(
    open_page: Callable[..., Page], owner: Owner
) -> None:
    [block] = re.findall(r"^```js\n(.*?)^```$", (PROJECT / "README.md").read_text(), re.M | re.S)
    page = open_page()
    said = page.ask("run", code=block, returns="id, error")
    assert said["error"] is None
    assert owner.value("select status from public.generations where id = %s", said["id"]) == "pending"

    promised = dict(re.findall(r"error\.code === '(\w+)': (.*)", block))
    assert set(promised) == {"PT400", "PT429"}
    owner.rows("select basepool.configure('{\"user_active_limit\": 5}')")
    for _ in range(4):
        page.ask("run", code=block, returns="id, error")
    large = block.replace("{ prompt: 'a lighthouse' }", """{ image: 'a'.repeat(1_200_000 - '{"image": ""}'.length) }""")
    for code, changed in {"PT400": large, "PT429": block}.items():
        said = page.ask("run", code=changed, returns="error")["error"]
        assert said["code"] == code
        [status] = re.findall(r"HTTP (\d+)", promised[code])
        assert status == code[2:]
        for sentence in re.findall(r'"([^"]+)"', promised[code]):
            assert sentence in (said["message"], said["hint"])


def test_what_each_function_answers_to_whom(open_page: Callable[..., Page], owner: Owner) -> None:
    """Of those that the README lists for users: success and error, with all that supabase-js shows of it."""
    page, other = open_page(1), open_page(2)
    called: set[str] = set()

    def ask(name: str, who: Page = page, **args: Any) -> dict[str, Any]:
        called.add(name)
        return who.ask("call", name=name, args=args)

    def refused(name: str, who: Page = page, **args: Any) -> tuple[int, str, str, str | None]:
        said = ask(name, who, **args)
        error = said["error"]
        # what PostgREST fills with null, ours never use
        assert (said["data"], error["details"]) == (None, None)
        return said["status"], error["code"], error["message"], error["hint"]

    model, unknown = "acme/painter", "0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b"
    said = ask("submit_generation", p_replicate_model=model, p_input={"prompt": "a cat"}, p_idempotency_key="k")
    generation = said["data"]
    assert (said["status"], UUID(generation).version) == (200, 4)
    submit: dict[str, Any] = {"p_replicate_model": model, "p_input": {"prompt": "a dog"}}
    assert refused("submit_generation", **submit, p_idempotency_key="k") == (
        409,
        "PT409",
        "this idempotency key was used for another input",
        "Use a new key for a new generation, and the same one only to repeat a submit.",
    )
    assert refused("submit_generation", **submit | {"p_replicate_model": "a b"}) == (
        400,
        "PT400",
        "unknown model syntax: 'a b'",
        "Write owner/name, owner/name:<64 hex digits>, <64 hex digits> or deployments/owner/name.",
    )
    assert refused("submit_generation", **submit | {"p_input": []})[:3] == (
        400,
        "PT400",
        "the input is a JSON array, not a JSON object",
    )
    assert refused("submit_generation", **submit, p_user_id=str(user(2))) == (
        403,
        "PT403",
        "this is another user",
        "Leave p_user_id out: you submit for yourself.",
    )
    said = ask(
        "submit_generations", p_items=[{"replicate_model": model, "input": {}}, {"replicate_model": "a b", "input": {}}]
    )
    assert [row["error"] and row["error"]["code"] for row in said["data"]] == [None, "PT400"]
    assert refused("submit_generations", p_items={})[:3] == (
        400,
        "PT400",
        "p_items is not a JSON array of at most 1000 items",
    )

    assert ask("explain_generation", p_id=generation)["data"]["waits_for"] == "pool"

    def gone(id: str) -> tuple[int, str, str, str]:
        return 404, "PT404", f"there is no generation {id} of yours", "Pass the id that submit_generation returned."

    assert refused("explain_generation", p_id=unknown) == gone(unknown)
    assert refused("explain_generation", other, p_id=generation) == gone(generation)
    assert refused("explain_generation", p_id="x")[:2] == (400, "22P02")
    assert ask("explain_generation")["error"]["code"] == "PGRST202"

    assert ask("get_generation_counts", p_user_id=str(user(1)))["data"][0]["all_count"] == 2
    assert ask("get_generation_counts", other, p_user_id=str(user(1)))["data"][0]["all_count"] == 0
    changes = ask("get_generation_changes", p_max=1)["data"]
    assert len(changes) == 1
    assert len(ask("get_generation_changes", p_since=changes[0]["changed_at"])["data"]) >= 1
    assert refused("get_generation_changes", p_since="yesterday or so")[:2] == (400, "22007")

    assert refused("cancel_generation", p_id=unknown) == gone(unknown)
    assert refused("cancel_generation", other, p_id=generation) == gone(generation)
    assert ask("cancel_generation", p_id=generation)["data"] == "cancelled"
    assert ask("cancel_generation", p_id=generation)["data"] == "already cancelled"
    done = owner.submit(1)
    owner.rows("update public.generations set status = 'completed' where id = %s", done)
    assert refused("cancel_generation", p_id=str(done)) == (
        409,
        "PT409",
        "the generation is completed",
        "Only a pending or processing generation can be cancelled.",
    )

    owner.rows(
        "insert into basepool.output_files (generation_id, nth, user_id, source_url, since, deadline, state, tries, key, url"
        ", is_private, size, sha256, content_type, stored_at) values (%s, 1, %s, 'https://replicate.delivery/x', now(), now()"
        ", 'stored', 1, 'k.png', 'https://cdn.example.com/k.png', false, 1, repeat('ab', 32), 'image/png', now())",
        done,
        user(1),
    )
    owner.rows("update public.generations set output_urls = array['https://cdn.example.com/k.png'] where id = %s", done)
    assert [row["url"] for row in ask("get_output_urls", p_generation=str(done))["data"]] == [
        "https://cdn.example.com/k.png"
    ]
    assert refused("get_output_urls", p_generation=unknown) == gone(unknown)
    assert refused("get_output_urls", other, p_generation=str(done)) == gone(str(done))
    assert refused("get_output_urls", p_generation=str(done), p_seconds=0) == (
        400,
        "PT400",
        "p_seconds is 0",
        "A link may last from 1 second to 7 days.",
    )

    rows = re.findall(r"^\| `public\.(\w+)\(.*?\| (users[^|]*) \|", (PROJECT / "README.md").read_text(), re.M)
    assert called == {name for name, _ in rows}
