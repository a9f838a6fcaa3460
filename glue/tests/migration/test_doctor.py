"""`basepool doctor` on a platform whose indexes have piled up: what it proposes is run, and counted is what a life
of a generation writes into the WAL before and after, and what the app's own queries cost then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from basepool.migrate import migrate
from dev.devserver import DevServer
from tests.support import Owner, basepool

_INDEXES = """
user_id|user_id
status|status
created|created_at desc
prediction|replicate_prediction_id
user_created|user_id, created_at desc
user_created_asc|user_id, created_at
user_created_again|user_id, created_at desc
user_completed|user_id, created_at desc|status = 'completed'
user_status|user_id, status
user_status_created|user_id, status, created_at desc
user_active|user_id, status|status in ('pending', 'processing')
user_pending|user_id, status|status = 'pending'
workspace|workspace_id
workspace_created|workspace_id, created_at desc
workspace_created_given|workspace_id, created_at desc|workspace_id is not null
workspace_status|workspace_id, status
workspace_status_created|workspace_id, status, created_at desc
workspace_user|workspace_id, user_id
workspace_user_created|workspace_id, user_id, created_at desc
workspace_action|workspace_id, action
workspace_favorites|workspace_id, is_favorite|is_favorite
action|action
action_created|action, created_at desc
user_action|user_id, action
user_action_created|user_id, action, created_at desc
create_created|created_at desc|action = 'create'
video_created|created_at desc|action = 'video_create'
edit_created|created_at desc|action = 'edit'
favorites|user_id, created_at desc|is_favorite
unviewed|user_id|viewed = false
cost|cost_usd|cost_usd is not null
active|created_at, status|status in ('pending', 'processing')
"""
"""Name, columns, predicate. With two constraints they are 34, as the platform has them: prefixes, twins, variants."""

_PROVED = {
    "user_id",
    "prediction",
    "user_created_again",
    "user_status",
    "workspace",
    "workspace_created_given",
    "workspace_status",
    "workspace_user",
    "action",
    "user_action",
    "create_created",
    "video_created",
    "edit_created",
}

_WHOSE = {
    "{user}": "(select id from public.users order by email limit 1)",
    "{workspace}": "(select id from public.workspaces order by name limit 1)",
}
_QUERIES = {
    "a user's list": "select * from generations where user_id = {user} order by created_at desc limit 20",
    "a user's oldest": "select * from generations where user_id = {user} order by created_at limit 1",
    "what failed": "select * from generations where user_id = {user} and status = 'failed' order by created_at desc limit 9",
    "what runs": "select count(*) from generations where user_id = {user} and status in ('pending', 'processing')",
    "favorites": "select * from generations where user_id = {user} and is_favorite order by created_at desc limit 20",
    "a workspace's list": "select * from generations where workspace_id = {workspace} order by created_at desc limit 20",
    "webhook": "select * from generations where replicate_prediction_id = 'listed-1000'",
    "by id": "select * from generations where id = '00000000-0000-4000-8000-000000000001'",
    "stuck": "select count(*) from generations where status in ('pending', 'processing') and created_at < now()",
    "the oldest": "select id from generations order by created_at limit 100",
}
_LIVES = 10


class _Platform(Owner):
    """The platform with its indexes and some thousand rows, adopted."""

    def prepare(self) -> None:
        for (name,) in self.rows(
            "select i.indexrelid::regclass::text from pg_index as i where i.indrelid = 'public.generations'::regclass"
            " and not exists (select from pg_constraint as c where c.conindid = i.indexrelid)"
            " and i.indexrelid::regclass::text not like 'generations\\_%%'"
        ):
            self.rows(f"drop index {name}")
        for line in _INDEXES.strip().splitlines():
            name, columns, *predicate = line.split("|")
            where = f" where {predicate[0]}" if predicate else ""
            self.rows(f"create index idx_{name} on public.generations ({columns}){where}")
        self.rows("insert into public.users (email) select 'user ' || n from generate_series(1, 40) as s (n)")
        self.rows("insert into public.workspaces (name) select 'workspace ' || n from generate_series(1, 8) as s (n)")
        self.rows(
            "insert into public.generations (user_id, workspace_id, action, model_id, model_name, replicate_model, status"
            ", created_at, replicate_prediction_id, viewed, is_favorite)"
            " select u.id, case when s.n %% 3 = 0 then w.id end, (array['create', 'edit', 'upscale'])[1 + s.n %% 3], 'm', 'M'"
            ", 'a/b', case when s.n %% 20 = 0 then 'failed' else 'completed' end, now() - s.n * interval '1 minute'"
            ", 'listed-' || s.n, s.n %% 50 > 0, s.n %% 40 = 0"
            " from generate_series(1, 6000) as s (n)"
            " inner join (select id, row_number() over () as nth from public.users) as u on u.nth = 1 + s.n %% 40"
            " inner join (select id, row_number() over () as nth from public.workspaces) as w on w.nth = 1 + s.n %% 8"
        )
        self.rows("vacuum analyze public.generations")
        self.rows(
            'select basepool.configure(\'{"user_active_limit": 1000, "user_submits_per_minute": 600, "keep_outputs": false}\')'
        )
        self.rows("select basepool.add_token('r8_token_of_the_test', 'sim-1', 'user', null, 100)")
        self.rows("select basepool.limit_token(max(id), null, null, 1000000, 100000) from public.replicate_tokens")

    def live(self) -> None:
        """One life, from the submit to the webhook."""
        self.rows(
            "select public.submit_generation('acme/painter', '{\"prompt\": \"a cat\"}', p_user_id => (select u.id from"
            " public.users as u order by random() limit 1))"
        )
        [(attempt,)] = self.rows("select attempt_id from basepool.claim_generations('tester', 1)")
        prediction = {"id": f"p{attempt}", "status": "starting"}
        self.rows("select basepool.record_submitted(%s, %s)", attempt, json.dumps(prediction))
        ended = prediction | {"status": "succeeded", "output": ["https://replicate.delivery/x/out-0.webp"]}
        self.rows(
            "select basepool.apply_prediction(%s, %s, 'webhook', %s)", attempt, json.dumps(ended), f"msg_{attempt}"
        )

    def wal_of_a_life(self) -> float:
        """In bytes: the least of some rounds, because full page images and autovacuum come and go."""
        found = []
        for _ in range(6):
            began = self.value("select pg_current_wal_insert_lsn()")
            for _ in range(_LIVES):
                self.live()
            found.append(int(self.value("select pg_current_wal_insert_lsn() - %s::pg_lsn", began)))
        return min(found) / _LIVES

    def costs(self) -> dict[str, float]:
        """What the planner thinks of each query of the app, which runs, too: an index that is used says so."""
        found = {}
        # what lives left behind is not what is measured
        self.rows("vacuum analyze public.generations")
        for name, query in _QUERIES.items():
            for placeholder, value in _WHOSE.items():
                query = query.replace(placeholder, value)  # noqa: PLW2901
            self.rows(query)
            [[plan]] = self.rows(f"explain (format json) {query}")
            found[name] = float(plan[0]["Plan"]["Total Cost"])
        self.rows("select pg_stat_force_next_flush()")
        return found

    def indexes(self) -> set[str]:
        return {
            name
            for (name,) in self.rows(
                "select indexrelid::regclass::text from pg_index where indrelid = 'generations'::regclass"
            )
        }


@pytest.fixture
def platform(platform_url: str) -> _Platform:
    migrate(platform_url, echo=lambda *_: None)
    platform = _Platform(platform_url)
    platform.prepare()
    return platform


def test_what_it_proposes_halves_the_wal_of_a_life_and_no_query_misses_it(
    platform: _Platform, platform_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = platform.indexes()
    platform.live()
    wal = platform.wal_of_a_life()
    costs = platform.costs()

    done = basepool("doctor", "--fix", DATABASE_URL=platform_url)
    statements = re.findall(r"^drop index concurrently public\.idx_(\w+);$", done.stdout, re.M)
    # a twin of ours, where it was ours that was there first
    assert set(statements) - {"user_created"} == _PROVED, done.stdout + done.stderr
    assert re.findall(r"^-- drop index concurrently public\.idx_(\w+);$", done.stdout, re.M)
    # printed, and nothing else
    assert platform.indexes() == before
    for name in statements:
        platform.rows(f"drop index concurrently public.idx_{name}")
    assert {name: (costs[name], cost) for name, cost in platform.costs().items() if cost > 1.1 * costs[name] + 10} == {}
    proved = platform.wal_of_a_life()

    # a person has looked at the others
    done = basepool("doctor", "--fix", "--hints", DATABASE_URL=platform_url)
    hints = re.findall(r"^drop index concurrently public\.idx_(\w+);$", done.stdout, re.M)
    for name in hints:
        platform.rows(f"drop index concurrently public.idx_{name}")
    after = platform.wal_of_a_life()
    with capsys.disabled():
        print(
            f"\nWAL of a life: {wal:.0f} bytes with {len(before)} indexes, {proved:.0f} without {len(statements)} that are"
            f" redundant, {after:.0f} with {len(platform.indexes())}"
        )
    assert wal > 10_000
    assert after < 7_000
    worse = {name: cost for name, cost in platform.costs().items() if cost > 1.5 * costs[name] + 10}
    assert worse == {}
    again = basepool("doctor", "--fix", DATABASE_URL=platform_url)
    assert not re.findall(r"^drop index", again.stdout, re.M)


def test_an_index_that_was_not_built_to_its_end_is_a_problem(platform: _Platform, platform_url: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        platform.rows("create unique index concurrently idx_half on public.generations (user_id)")
    done = basepool("doctor", "--json", DATABASE_URL=platform_url)
    [found] = [each for each in json.loads(done.stdout) if each["name"] == "index-invalid"]
    assert (done.returncode, found["severity"]) == (1, "problem")
    assert found["fix"] == "reindex index concurrently public.idx_half"


@pytest.fixture
def owners_url(template: str, empty_database_url: str) -> Iterator[str]:
    """A new database whose owner is no superuser, as on Supabase, migrated by him."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("create role owner_of_one login createrole bypassrls")
        connection.execute("grant pg_monitor to owner_of_one")
        connection.execute(
            sql.SQL("alter database {} owner to owner_of_one").format(sql.Identifier(connection.info.dbname))
        )
        url = empty_database_url.replace("//postgres@", "//owner_of_one@")
        migrate(url, echo=lambda *_: None)
        yield url
        connection.execute(
            sql.SQL("alter database {} owner to postgres").format(sql.Identifier(connection.info.dbname))
        )
        connection.execute("drop owned by owner_of_one cascade")
        connection.execute("drop role owner_of_one")


def test_the_owner_asks_in_the_sql_editor(owners_url: str) -> None:
    """He is no superuser and has no claims; and the doctor finds nothing that a superuser would have been needed for."""
    with Owner(owners_url) as owner:
        generation = owner.submit(1)
        explained = owner.value("select public.explain_generation(%s)", generation)
        assert (explained["status"], explained["waits_for"]) == ("pending", "pool")
        assert "pool" in explained
        # it waits, and there is no token
        assert owner.rows("select d.name from basepool.diagnose() as d where d.severity = 'problem'") == [
            ("pool-dead",)
        ]
    done = basepool("doctor", "--json", DATABASE_URL=owners_url.replace("//owner_of_one@", "//basepool_glue@"))
    assert "tokens" in {each["name"] for each in json.loads(done.stdout) if each["severity"] == "warning"}, done.stderr


def test_strangers_draw_no_numbers_of_ours(platform_url: str, template: str, server: DevServer) -> None:
    """Whatever new objects are given by default; in an adopted database the sequence is the app's, and stays as it was."""
    asked = "select has_sequence_privilege('anon', 'public.replicate_tokens_id_seq', 'usage')"
    with Owner(platform_url) as owner:
        before = owner.value(asked)
        migrate(platform_url, echo=lambda *_: None)
        assert owner.value(asked) == before

    url = server.create_database("open_by_default")
    with Owner(url) as owner:
        owner.rows("alter default privileges grant all on sequences to anon, authenticated")
        migrate(url, echo=lambda *_: None)
        assert (
            owner.rows(
                "select c.oid::regclass::text, r.name from pg_class as c"
                " cross join (values ('anon'), ('authenticated')) as r (name)"
                " where c.relkind = 'S' and c.relnamespace in ('public'::regnamespace, 'basepool'::regnamespace)"
                " and has_sequence_privilege(r.name, c.oid, 'usage, select, update')"
            )
            == []
        )
    server.drop_database("open_by_default")
