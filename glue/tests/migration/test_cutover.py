"""An app that was there before moves over a part at a time, and back: both sides can tell whose a row is, and no two run it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from basepool.cli.cutover import NEXT_STEPS
from basepool.migrate import migrate
from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS, Owner, basepool, user

_ADOPTION = (PROJECT / "docs" / "adoption.md").read_text()
[_MOVE_OVER] = re.findall(r"^## Move over.*?(?=^## |\Z)", _ADOPTION, re.M | re.S)
_INSERT = """
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input)
values (%s, 'create', 'm', 'M', %s, 'pending', %s) returning id, queued_at is not null
"""
_INPUT = Jsonb({"prompt": "a cat"})


@pytest.fixture
def adopted(platform_url: str) -> Iterator[Owner]:
    """The app's database after the migration, as its owner sees it."""
    migrate(platform_url, echo=lambda *_: None)
    with Owner(platform_url) as owner:
        yield owner


@pytest.fixture
def app_user(adopted: Owner) -> UUID:
    """Somebody who has nothing under way."""
    id = uuid4()
    adopted.rows("insert into public.users (id, email) values (%s, %s)", id, f"{id}@example.com")
    return id


def _glue(url: str) -> str:
    """The same database as the glue has it."""
    return re.sub(r"//[^@/]+@", "//basepool_glue@", url)


def _add_token(owner: Owner, seats: int = 500) -> None:
    owner.rows("select basepool.add_token('r8_cut_over_token', 'cut-over', 'user', null, %s)", seats)
    owner.rows("update basepool.accounts set creates_per_minute = 100000")


def test_what_the_app_inserts_is_its_own_until_somebody_says_otherwise(adopted: Owner, app_user: UUID) -> None:
    assert adopted.rows("select * from basepool.cutover") == []
    adopted.rows("set role service_role")
    [(id, is_ours)] = adopted.rows(_INSERT, app_user, "black-forest-labs/flux-schnell", _INPUT)
    assert not is_ours
    assert adopted.value("select basepool.owns(%s)", id) is False
    adopted.rows("reset role")
    assert adopted.rows("select generation_id from basepool.queue") == []


def test_what_only_the_app_can_run_stays_the_apps_where_all_is_moved_over(adopted: Owner, app_user: UUID) -> None:
    """Its inserts go through as before, whatever they lack."""
    adopted.rows("select basepool.cut_over('*', 100)")
    adopted.rows("set role service_role")
    insert = (
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input)"
        " values (%s, %s, 'm', 'M', %s, %s, %s) returning queued_at is not null"
    )
    told = {
        (action, model, status, bool(given)): adopted.value(insert, app_user, action, model, status, given)
        for action, model, status, given in (
            ("create", "black-forest-labs/flux-schnell", "pending", _INPUT),
            ("edit", "fal-ai/x", "pending", None),
            ("create", "fal-ai/flux-pro", "pending", _INPUT),
            ("video_create", "higgsfield-ai/soul/standard", "pending", _INPUT),
            ("create", "black-forest-labs/flux-schnell", "pending", None),
            ("create", "lucataco/video-merge", "processing", _INPUT),
        )
    }
    assert [key for key, is_ours in told.items() if is_ours] == [
        ("create", "black-forest-labs/flux-schnell", "pending", True)
    ]


def test_the_steps_of_the_document_lead_there_and_back(adopted: Owner, platform_url: str) -> None:
    """Each command of the section, as it stands there, in its order."""
    commands = re.findall(r"`(basepool cutover [^`]+)`", " ".join(_MOVE_OVER.split()))
    assert len(commands) >= 6
    waiting = [uuid4() for _ in range(60)]
    for id in waiting:
        adopted.rows("insert into public.users (id, email) values (%s, %s)", id, f"{id}@example.com")
    shares: list[tuple[int, list[bool]]] = []
    for command in commands:
        words = re.findall(r"'[^']*'|\S+", command)[1:]
        done = basepool(*(word.strip("'") for word in words), DATABASE_URL=_glue(platform_url))
        assert done.returncode == 0, (command, done.stderr)
        if "--dry-run" in words:
            assert "nothing was changed" in done.stdout
            continue
        pattern, share = words[2].strip("'").replace("%", "*"), words[4]
        assert done.stdout.startswith(f"{pattern}: {share} % "), done.stdout
        assert adopted.value("select percent from basepool.cutover where pattern = %s", pattern) == int(share)
        if pattern == "black-forest-labs/*":
            ours = [
                adopted.rows(_INSERT, id, "black-forest-labs/flux-schnell", _INPUT)[0][1]
                for id in waiting[len(shares) :: 6]
            ]
            shares.append((int(share), ours))
    assert shares
    assert not any(shares[-1][1]), "the last one gives all back"
    # what the table shows then, with what to do next
    shown = basepool("cutover", DATABASE_URL=_glue(platform_url))
    assert shown.returncode == 0
    assert "black-forest-labs/*" in shown.stdout
    assert adopted.rows("select from basepool.queue") == []


def test_what_to_do_next_stands_in_the_document() -> None:
    text = " ".join(_MOVE_OVER.split())
    assert [sentence for sentence in NEXT_STEPS.values() if sentence not in text] == []


_PERCENT = st.decimals(0, 100, places=2, allow_nan=False)


def test_a_user_stays_on_his_side_and_more_percent_only_add_some(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            'select basepool.configure(\'{"user_active_limit": 100000, "user_submits_per_minute": 1000000}\')'
        )

        @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(
            users=st.lists(st.uuids(), min_size=1, max_size=12, unique=True), percents=st.lists(_PERCENT, max_size=6)
        )
        def check(users: list[UUID], percents: list[Any]) -> None:
            sides: dict[UUID, list[tuple[Any, bool]]] = {id: [] for id in users}
            inserted: dict[Any, bool] = {}
            for percent in [*percents, *percents[:1]]:
                connection.execute("select basepool.cut_over('*', %s)", [percent])
                for id in users:
                    [(row, is_ours)] = connection.execute(_INSERT, (id, "acme/painter", _INPUT)).fetchall()
                    sides[id].append((percent, is_ours))
                    inserted[row] = is_ours
            for seen in sides.values():
                ours = [percent for percent, is_ours in seen if is_ours]
                apps = [percent for percent, is_ours in seen if not is_ours]
                # one border per user, the same all the time
                assert not ours or not apps or max(apps) < min(ours)
                assert 0 not in ours
                assert 100 not in apps
            # what came later has changed nothing
            found = connection.execute("select g.id, basepool.owns(g.id) from public.generations as g").fetchall()
            assert dict(found) == inserted
            waits = connection.execute("select generation_id from basepool.queue").fetchall()
            assert {row for (row,) in waits} == {row for row, is_ours in inserted.items() if is_ours}
            connection.execute("rollback to savepoint clean")

        connection.execute("savepoint clean")
        check()


def test_what_a_claim_has_in_hand_is_not_given_back(database_url: str, owner: Owner) -> None:
    _add_token(owner)
    first, second, third = (owner.submit(number) for number in (1, 2, 3))
    owner.rows("set lock_timeout = '1 s'")
    with psycopg.connect(database_url) as claim, psycopg.connect(database_url) as app:
        [(claimed,)] = claim.execute("select generation_id from basepool.claim_generations('tester', 1)").fetchall()
        assert claimed == first
        app.execute("update public.generations set prompt = 'a dog' where id = %s", [second])

        # nobody is waited for
        assert owner.value("select basepool.give_back('*')") == {"given_back": 1, "busy": 2, "cursor": None}
        with pytest.raises(psycopg.Error) as refused:
            owner.rows("update public.generations set queued_at = null where id = %s", first)
        assert refused.value.sqlstate == "PT409"
        assert owner.value("select basepool.owns(%s)", third) is False
        claim.commit()
        app.rollback()

    assert owner.value("select basepool.give_back('*')") == {"given_back": 1, "busy": 0, "cursor": None}
    assert [owner.value("select basepool.owns(%s)", id) for id in (first, second)] == [True, False]


def test_a_claim_does_not_take_what_is_being_given_back(database_url: str, owner: Owner) -> None:
    _add_token(owner)
    id = owner.submit(1)
    with psycopg.connect(database_url) as back:
        assert back.execute("select basepool.give_back('*') -> 'given_back'").fetchall() == [(1,)]
        assert owner.claim()["answer"] == "empty"
        back.commit()
    assert owner.claim()["answer"] == "empty"
    assert owner.value("select basepool.owns(%s)", id) is False


def test_nobody_runs_the_same_row_while_all_goes_back(database_url: str, owner: Owner) -> None:
    """Claims, the app's loop, users who cancel, and what goes back, at once."""
    _add_token(owner)
    owner.rows("select basepool.configure('{\"user_active_limit\": 1000}')")
    ids = [owner.submit(number % 7) for number in range(240)]
    owner.rows("select from basepool.claim_generations('tester', 1)")
    owner.rows("select basepool.give_back('*', null, 1)")
    over = threading.Event()
    barrier = threading.Barrier(6)

    def claims(connection: psycopg.Connection[Any]) -> None:
        connection.execute("select * from basepool.claim_generations('tester', 3)")

    def gives_back(connection: psycopg.Connection[Any]) -> None:
        connection.execute("select basepool.give_back('*', gen_random_uuid(), 7)")

    def runs_its_own(connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            "update public.generations set status = 'processing', replicate_prediction_id = 'app-' || id where id in ("
            "select id from public.generations where status = 'pending' and replicate_prediction_id is null"
            " and queued_at is null order by created_at limit 4 for update skip locked)"
        )

    def cancels(connection: psycopg.Connection[Any]) -> None:
        connection.execute(
            "update public.generations set status = 'cancelled' where id = ("
            "select id from public.generations where status = 'pending' order by random() limit 1)"
        )

    def run(work: Any) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            barrier.wait(PATIENCE_SECONDS)
            while not over.is_set():
                work(connection)
                if not owner_sees_work(connection):
                    over.set()

    def owner_sees_work(connection: psycopg.Connection[Any]) -> bool:
        [(waits,)] = connection.execute(
            "select exists (select from basepool.queue) or exists (select from public.generations"
            " where status = 'pending' and queued_at is null)"
        ).fetchall()
        return bool(waits)

    with ThreadPoolExecutor(6) as pool:
        for done in [
            pool.submit(run, work) for work in (claims, claims, gives_back, gives_back, runs_its_own, cancels)
        ]:
            done.result(PATIENCE_SECONDS)

    rows = owner.rows(
        "select g.id, g.status, g.queued_at is not null, g.replicate_prediction_id is not null"
        " , exists (select from basepool.seats as s where s.generation_id = g.id)"
        "   or exists (select from basepool.attempts as a where a.generation_id = g.id)"
        " , exists (select from basepool.queue as q where q.generation_id = g.id) from public.generations as g"
    )
    assert {row[0] for row in rows} == set(ids)
    kinds = {row[1:] for row in rows}
    # status, ours, the app has sent it, we have sent it, it waits
    assert kinds <= {
        ("pending", True, False, True, False),
        ("processing", False, True, False, False),
        ("cancelled", True, False, True, False),
        ("cancelled", True, False, False, False),
        ("cancelled", False, False, False, False),
        ("cancelled", False, True, False, False),
    }
    assert {is_ours for _, is_ours, *_ in kinds} == {True, False}


def test_the_hook_of_the_document_updates_a_flow_and_starts_the_next_keyframe(adopted: Owner, app_user: UUID) -> None:
    [example] = re.findall(r"^```sql\n(create schema if not exists app_private.*?)^```$", _MOVE_OVER, re.M | re.S)
    adopted.rows("create table public.flow_nodes (generation_id uuid primary key, status text, output_url text)")
    adopted.rows(example)
    adopted.rows("update public.replicate_tokens set is_active = false")
    _add_token(adopted)

    def insert(group: str, index: int, *, is_ours: bool) -> UUID:
        return UUID(
            str(
                adopted.value(
                    "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, settings"
                    ", is_keyframe_segment, replicate_input, queued_at) values (%s, 'video_create', 'm', 'M', 'acme/film'"
                    ", 'pending', %s, true, %s, case when %s then now() end) returning id",
                    app_user,
                    Jsonb({"keyframe_group_id": group, "keyframe_index": index}),
                    Jsonb({"prompt": f"part {index}"}),
                    is_ours,
                )
            )
        )

    def ends(status: str, number: int) -> UUID:
        lease = adopted.claim()
        said: dict[str, Any] = {"id": f"p{number}", "status": status, "metrics": {}}
        if status == "succeeded":
            said["output"] = f"https://replicate.delivery/{number}.mp4"
        else:
            said["error"] = "flagged as sensitive (E005)"
        adopted.rows("select basepool.apply_prediction(%s, %s, 'poll')", lease["attempt_id"], Jsonb(said))
        return UUID(str(lease["generation_id"]))

    film = [insert("film", index, is_ours=index == 0) for index in range(3)]
    adopted.rows("insert into public.flow_nodes (generation_id) values (%s)", film[1])
    assert ends("succeeded", 1) == film[0]
    # the second one begins where the first one ends; the third waits for it
    assert adopted.rows(
        "select id, replicate_input, queued_at is not null from public.generations where id = any(%s)"
        " and status = 'pending' order by settings ->> 'keyframe_index'",
        film,
    ) == [
        (film[1], {"prompt": "part 1", "start_image": "https://replicate.delivery/1.mp4"}, True),
        (film[2], {"prompt": "part 2"}, False),
    ]
    assert ends("succeeded", 2) == film[1]
    assert adopted.rows("select status, output_url from public.flow_nodes") == [
        ("completed", "https://replicate.delivery/2.mp4")
    ]
    assert ends("succeeded", 3) == film[2]
    assert adopted.claim()["answer"] == "empty"

    # where a part fails the film does, and what the app runs itself is its own affair
    other = [insert("other", index, is_ours=index == 0) for index in range(2)]
    assert ends("failed", 4) == other[0]
    assert adopted.rows("select distinct status from public.generations where id = any(%s)", other) == [("failed",)]
    own = [insert("own", index, is_ours=False) for index in range(2)]
    adopted.rows("update public.generations set status = 'completed' where id = %s", own[0])
    assert adopted.rows("select status, queued_at from public.generations where id = %s", own[1]) == [("pending", None)]


# the command


def test_the_command_says_what_is_so_and_what_it_was(glue_url: str, owner: Owner) -> None:
    url = {"DATABASE_URL": glue_url}
    owner.rows("delete from basepool.cutover")
    assert basepool("cutover", **url).stdout == NEXT_STEPS["nothing"] + "\n"
    for number in range(4):
        owner.rows(_INSERT, user(number), "acme/painter", _INPUT)
    told = basepool("cutover", "--models", "acme/%", "--percent", "100", "--dry-run", **url)
    assert told.stdout == (
        "acme/* at 100 %, of the last 24 hours: 4 of 4 generations, 4 of 4 users\nnothing was changed\n"
    )
    assert owner.rows("select * from basepool.cutover") == []
    assert basepool("cutover", "--models", "acme/%", "--percent", "12.5", **url).stdout == (
        "acme/*: 12.5 % (was not listed)\n"
    )
    assert (
        basepool("cutover", "--models", "acme/*", "--percent", "100%", **url).stdout == "acme/*: 100 % (was 12.5 %)\n"
    )
    assert NEXT_STEPS["some"] in basepool("cutover", **url).stdout
    _add_token(owner)
    for number in range(10, 13):
        assert owner.rows(_INSERT, user(number), "acme/painter", _INPUT)[0][1]
    owner.rows("select basepool.claim_generations('tester', 1)")

    seen = json.loads(basepool("cutover", "--json", **url).stdout)
    assert seen["next"] == NEXT_STEPS["some"]
    [row] = [row for row in seen["models"] if row["pattern"] == "acme/*"]
    assert {name: row[name] for name in ("percent", "ours", "apps", "waiting", "in_flight")} == {
        "percent": 100.0, "ours": 3, "apps": 4, "waiting": 2, "in_flight": 1,
    }  # fmt: skip
    assert "2 wait and would go back to the app" in (
        basepool("cutover", "--models", "acme/*", "--percent", "0", "--dry-run", **url).stdout
    )
    assert basepool("cutover", "--models", "acme/*", "--percent", "0", **url).stdout == (
        "acme/*: 0 % (was 100 %)\n2 went back to the app; 1 are in flight and end here\n"
    )
    assert owner.rows("select from basepool.queue") == []
    again = json.loads(basepool("cutover", "--models", "acme/*", "--percent", "0", "--json", **url).stdout)
    assert again == {"pattern": "acme/*", "percent": 0, "was": 0, "given_back": 0, "busy": 0, "in_flight": 1}
    assert basepool("cutover", "--models", "acme/*", "--percent", "none", **url).stdout == (
        "acme/*: as less specific models (was 0 %)\n"
    )
    basepool("cutover", "--models", "*", "--percent", "100", **url)
    assert NEXT_STEPS["all"] in basepool("cutover", **url).stdout
    by = owner.rows("select distinct action from basepool.audit where application like 'basepool %%'")
    assert set(by) == {("cutover",), ("give back",)}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--percent", "10"], "TP020", "nothing says which models"),
        (["--models", "a/*"], "TP020", "nothing says how many percent"),
        (["--models", "a/*", "--percent", "many"], "TP020", "'many' is neither a number nor none"),
        (["--models", "a/*", "--percent", "101"], "PT400", "101 is no percentage"),
        (["--models", "a/*", "--percent", "nan"], "PT400", "NaN is no percentage"),
        (["--models", "a b", "--percent", "10"], "PT400", "'a b' stands for no models"),
        (["--models", "fal-ai/*", "--percent", "10"], "PT400", "'fal-ai/*' is no model of Replicate's"),
        (["--models", "a/*", "--percent", "none"], "PT404", "nothing is said of 'a/*'"),
        (["--models", "a\x00b\udcff", "--percent", "1"], "PT400", ""),
    ],
)
def test_a_mistake_moves_nothing(glue_url: str, arguments: list[str], code: str, says: str) -> None:
    done = basepool("cutover", *(word.replace("\x00", "") for word in arguments), DATABASE_URL=glue_url)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error {code}: ")
    assert says in done.stderr
