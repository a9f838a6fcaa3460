"""What operators bring in (tokens, secrets, a Vault, SQL of their own) costs itself when it is odd: the worker lives, everybody
else's generations end, it is said what was wrong, and no secret is shown anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basepool import config, log, redaction
from basepool.cli import main
from basepool.database import Database
from basepool.errors import BY_CODE
from basepool.migrate import migrate
from basepool.replicate import Replicate
from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.work.dispatch import dispatch_once
from basepool.work.probe import probe_once
from basepool.work.reconcile import reconcile_once
from dev.devserver import PROJECT
from tests.support import Owner, basepool, eventually, running, serving

_VAULT = (PROJECT / "db" / "tests" / "vault.psql").read_text()

_TEXTS = """
select coalesce(string_agg(t.line, E'\\n'), '') from (
  select to_jsonb(r)::text as line from basepool.attempts as r
  union all select to_jsonb(r)::text from basepool.seats as r
  union all select to_jsonb(r)::text from basepool.searches as r
  union all select to_jsonb(r)::text from basepool.webhook_events as r
  union all select to_jsonb(r)::text from basepool.job_runs as r
  union all select to_jsonb(r)::text from public.generations as r
  union all select (to_jsonb(r) - 'token')::text from public.replicate_tokens as r
  union all select (to_jsonb(r) - 'webhook_secret' - 'former_webhook_secret')::text from basepool.accounts as r
  union all select basepool.get_status()::text
) as t
"""
"""Whatever is written in the database, but for the columns that are there to hold a secret."""


def _adopt(owner: Owner, token_id: int, text: str) -> None:
    """Let the token's row hold `text`, as one that was there before basepool, which no trigger has seen."""
    owner.rows("set session_replication_role = replica")
    owner.rows("update public.replicate_tokens set token = %s where id = %s", text, token_id)
    owner.rows("set session_replication_role = origin")


def _token_ids(owner: Owner) -> list[int]:
    return [id for (id,) in owner.rows("select id from public.replicate_tokens order by id")]


def _states(owner: Owner) -> list[str]:
    return [state for (state,) in owner.rows("select state from basepool.list_tokens() order by token_id")]


def _all_done(owner: Owner, count: int) -> bool:
    return owner.statuses() == {"completed": count}


# before, inside and after a token, and whether that is trimmed
_ODD_TOKENS = [
    ("", "", "\n", True),
    ("\ufeff", "", "", True),
    (" \t", "", "\r\n", True),
    ("", "", "\u00a0", True),
    ("", "\n", "", False),
    ("", "\r\nX-Other: 1", "", False),
    ("", "\u00e9", "", False),
    ("", " ", "\n", False),
]


def test_an_adopted_token_is_trimmed_or_suspended(glue_url: str, owner: Owner) -> None:
    """All the odd ones, and two that are right, in one pool."""
    is_right = [is_trimmed for *_, is_trimmed in _ODD_TOKENS] + [True, True]
    count = 2 * len(is_right)
    with SimulatorServer(SimulatorConfig(account_count=len(is_right), speed=20)) as replicate:
        variables = {"DATABASE_URL": glue_url, "REPLICATE_BASE_URL": replicate.url}
        owner.rows(
            'select basepool.configure(\'{"send_within": "1 minute", "lease_time": "5 minutes", "keep_outputs": false}\')'
        )
        for account in replicate.accounts:
            owner.rows(
                "select basepool.add_token(%s, %s, %s, %s)",
                account.tokens[0], account.username, account.type, account.webhook_secret,
            )  # fmt: skip
        parts = []
        for (before, inside, after, _), id, good in zip(_ODD_TOKENS, _token_ids(owner), replicate.tokens, strict=False):
            _adopt(owner, id, f"{before}{good[:20]}{inside}{good[20:]}{after}")
            parts += [good, good[:20], good[20:]]
        for number in range(count):
            owner.submit(number, f"number {number}")
        checked = basepool("tokens", "check", "--all", **variables)
        with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as worker:
            eventually(lambda: _all_done(owner, count), "all of them")
            assert worker.poll() is None
            logged = worker.said()
        listed = basepool("tokens", "list", **variables)
        told = basepool("status", **variables)
        assert replicate.stats()["charged_more_than_once"] == []
    outputs = "".join((checked.stdout, checked.stderr, logged, listed.stdout, told.stdout, owner.value(_TEXTS)))
    assert "Traceback" not in outputs
    assert [part for part in parts if part in outputs] == []
    assert checked.returncode == 0
    assert owner.value("select count(*) from basepool.attempts where error_rule = 'answer-lost'") == 0
    assert _states(owner) == ["ready" if each else "suspended" for each in is_right]
    used = dict(
        owner.rows("select token_id, count(*) from basepool.attempts where state = 'succeeded' group by token_id")
    )
    assert sorted(used) == [id for id, each in zip(_token_ids(owner), is_right, strict=True) if each]
    assert sum(used.values()) == count
    assert min(used.values()) >= 2
    refused = is_right.count(False)
    assert " ".join(checked.stdout.split()).count("TP030: its secret can't stand in a header") == refused
    assert listed.stdout.count("unusable") == refused
    assert "unusable" in told.stdout


@pytest.fixture
def vault(owner: Owner) -> Owner:
    """The database with a stand-in of Supabase's Vault."""
    owner.rows(_VAULT)
    return owner


def _spoil(owner: Owner, token_id: int, how: str) -> None:
    stored = owner.value("select substr(token, 7)::uuid from public.replicate_tokens where id = %s", token_id)
    if how == "deleted":
        owner.rows("delete from vault.secrets where id = %s", stored)
    else:
        owner.rows("update vault.secrets set opens = false where id = %s", stored)


def test_a_secret_that_is_gone_or_can_not_be_decrypted_suspends_its_token_only(
    vault: Owner, glue_environment: dict[str, str], replicate: SimulatorServer
) -> None:
    ids = _token_ids(vault)
    assert vault.value("select bool_and(token like 'vault:%%') from public.replicate_tokens")
    for number in range(9):
        vault.submit(number, f"number {number}")
    _spoil(vault, ids[0], "deleted")
    _spoil(vault, ids[2], "undecryptable")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: _all_done(vault, 9), "all nine")
        assert worker.poll() is None
        said = worker.said()
    assert "Traceback" not in said
    assert _states(vault) == ["suspended", "ready", "suspended"]
    shown = json.loads(basepool("tokens", "list", "--json", **glue_environment).stdout)
    assert [each["reason"] for each in shown] == [
        "unusable: its secret is not in Vault any more",
        None,
        "unusable: its secret can't be read from Vault (SQLSTATE 22000)",
    ]
    assert vault.rows("select distinct token_id from basepool.attempts where state = 'succeeded'") == [(ids[1],)]
    assert replicate.stats()["charged_more_than_once"] == []

    # a new secret brings it back
    done = basepool("tokens", "rotate", str(ids[0]), stdin=replicate.tokens[0], **glue_environment)
    assert "no longer suspended" in done.stdout, done.stderr
    assert _states(vault) == ["ready", "ready", "suspended"]
    assert vault.value("select count(*) from vault.secrets where description like 'Replicate token%%'") == 3


def test_a_root_key_that_was_changed_stops_nothing_that_can_go_on(
    vault: Owner, glue_environment: dict[str, str]
) -> None:
    """No secret can be read any more, of tokens and of webhooks. All of it comes back with the key."""
    vault.rows("update vault.root_key set is_right = false")
    for number in range(3):
        vault.submit(number, f"number {number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: _states(vault) == ["suspended"] * 3, "the suspensions")
        eventually(lambda: "no token is usable" in worker.said(), "the reason")
        shown = " ".join(basepool("status", **glue_environment).stdout.split())
        assert "can't be read" in shown
        assert vault.statuses() == {"pending": 3}
        vault.rows("update vault.root_key set is_right = true")
        vault.rows("update public.replicate_tokens set suspended_until = now(), probed_at = null")
        eventually(lambda: _all_done(vault, 3), "all three")
        assert worker.poll() is None
        assert "Traceback" not in worker.said()
    assert vault.value("select count(*) from basepool.attempts where error_rule = 'answer-lost'") == 0


def test_a_webhook_secret_that_can_not_be_read_costs_webhooks_and_no_result(
    vault: Owner, glue_environment: dict[str, str]
) -> None:
    vault.rows('select basepool.configure(\'{"check_after": "1 second"}\')')
    vault.rows("update vault.secrets set opens = false where description like 'Replicate webhook secret%%'")
    for number in range(3):
        vault.submit(number, f"number {number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: _all_done(vault, 3), "all three, polled")
        assert worker.poll() is None
    assert (
        vault.value("select count(*) from basepool.webhook_events where outcome like 'refused: unknown attempt%%'") > 0
    )
    listed = " ".join(basepool("tokens", "list", "--json", **glue_environment).stdout.split())
    assert listed.count("webhooks can't be verified, run basepool tokens check") == 3
    # as is said there
    assert basepool("tokens", "check", **glue_environment).returncode == 0
    assert [why for (why,) in vault.rows("select reason from basepool.list_tokens()")] == [None] * 3
    assert vault.value("select count(*) from vault.secrets") == 6


def test_nothing_stays_in_vault_of_what_is_added_and_removed_by_hand(
    vault: Owner, glue_environment: dict[str, str], replicate: SimulatorServer
) -> None:
    stored = "select count(*) from vault.secrets where description like 'Replicate token%%'"
    assert vault.value(stored) == 3
    again = "insert into public.replicate_tokens (token) select unnest(%s::text[]) on conflict (token) do nothing"
    vault.rows(again, [*replicate.tokens, "r8_of_the_app_itself"])
    vault.rows(again, [*replicate.tokens, "r8_of_the_app_itself"])
    assert vault.value(stored) == 4
    vault.rows("set role service_role")
    vault.rows("delete from public.replicate_tokens where id = (select max(id) from public.replicate_tokens)")
    vault.rows("reset role")
    assert vault.value(stored) == 3
    for token_id in _token_ids(vault):
        assert basepool("tokens", "remove", str(token_id), **glue_environment).returncode == 0
    assert vault.value(stored) == 0


def test_two_who_add_the_same_token_at_once_add_it_once(vault: Owner, database_url: str) -> None:
    with psycopg.connect(database_url) as other:
        other.execute("insert into public.replicate_tokens (token) values ('r8_of_both_of_them')")
        with psycopg.connect(database_url) as one:
            one.execute("set statement_timeout = '500ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                one.execute("insert into public.replicate_tokens (token) values ('r8_of_both_of_them')")
        other.commit()
    vault.rows("insert into public.replicate_tokens (token) values ('r8_of_both_of_them')")
    assert vault.value("select count(*) from public.replicate_tokens") == 1
    assert vault.value("select count(*) from vault.secrets") == 1


# tokens add


def test_tokens_are_added_again_and_a_bad_line_stops_no_other(
    glue_url: str, owner: Owner, replicate: SimulatorServer, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": glue_url, "REPLICATE_BASE_URL": replicate.url}
    file = tmp_path / "tokens.txt"
    secret_words = "r8_with spaces in it"
    file.write_bytes(
        b"\xef\xbb\xbf" + replicate.tokens[0].encode() + b"\r\n"  # 1: as Windows writes it
        b"\n"
        + secret_words.encode() + b"\n"  # 3
        b"r8_\xff\xfe_no_text\n"  # 4
        + b" " + replicate.tokens[1].encode() + b"\t\n"  # 5
        b"r8_nobody_knows_this_one\n"  # 6
        + replicate.tokens[0].encode() + b"\n"  # 7: once more
        b"r8_nul\x00_inside_of_it\n"  # 8
        + replicate.tokens[2].encode()  # 9
    )  # fmt: skip

    added = basepool("tokens", "add", "--file", str(file), **variables)

    assert added.returncode == 2
    assert re.findall(r"^error (\w+): line (\d+): ", added.stderr, re.M) == [
        ("TP007", "3"), ("TP007", "4"), ("TP016", "6"), ("TP007", "8"),
    ]  # fmt: skip
    assert len(added.stderr.splitlines()) == 8
    assert added.stdout.count("is in the pool already") == 1
    assert owner.value("select array_agg(username order by username) from basepool.accounts") == [
        "sim-1",
        "sim-2",
        "sim-3",
    ]
    for shown in (secret_words, "no_text", "nobody_knows", "_inside", *replicate.tokens):
        assert shown not in added.stdout + added.stderr

    good = tmp_path / "good.txt"
    good.write_text("\n".join(replicate.tokens))
    again = basepool("tokens", "add", "--file", str(good), **variables)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.count("is in the pool already") == 3
    # as PowerShell writes it
    wide = tmp_path / "wide.txt"
    wide.write_text("\n".join([*replicate.tokens, ""]), encoding="utf-16")
    assert basepool("tokens", "add", "--file", str(wide), **variables).stdout.count("is in the pool already") == 3
    assert owner.value("select count(*) from public.replicate_tokens") == 3


def test_where_replicate_can_not_be_asked_each_line_says_so(glue_url: str, owner: Owner) -> None:
    variables = {"DATABASE_URL": glue_url, "REPLICATE_BASE_URL": "http://127.0.0.1:1"}
    done = basepool("tokens", "add", stdin="r8_token_number_1\nr8_token_number_2\n", **variables)
    assert done.returncode == 2
    assert re.findall(r"^error (\w+): line (\d+): ", done.stderr, re.M) == [("TP017", "1"), ("TP017", "2")]
    assert "r8_" not in done.stderr
    assert owner.value("select count(*) from public.replicate_tokens") == 0


def test_a_strange_account_costs_its_token_only(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """What is said of one token must not hide what was said of the others, nor show a secret."""
    token = replicate.tokens[0]
    known = owner.value("select array_agg(username order by id) from basepool.accounts")
    bodies = {
        '{"username": "sim-1", "type": "robot"}': False,
        '{"username": "sim-1", "type": "\\u0000"}': False,
        '{"username": "sim-1", "type": 5}': False,
        '{"username": "", "type": "user"}': True,
        json.dumps({"username": token, "type": "user"}): True,
    }
    for body, is_refused in bodies.items():
        replicate.answer_raw({"on": ["account"], "body": body, "times": 1})
        done = basepool("tokens", "check", "--all", **glue_environment)
        assert (done.returncode, done.stderr) == (0, ""), body
        assert {"sim-2", "sim-3"} <= set(done.stdout.split()), body
        assert ("TP017" in done.stdout) == is_refused, body
        assert token not in done.stdout
        assert owner.value("select array_agg(username order by id) from basepool.accounts") == known


# the hook

_AS_SUPABASE_HAS_IT = """
alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role
"""
_PLAIN_HOOK = """
create function public.on_generation_settled(generation uuid, outcome text) returns void
language sql set search_path = '' as $$ update public.users set credits = credits + 1 $$
"""


@pytest.fixture
def shop(owner: Owner) -> Owner:
    """An app with users who have credits, and Supabase's default privileges."""
    owner.rows(_AS_SUPABASE_HAS_IT)
    owner.rows("create table public.users (id uuid primary key, credits integer not null)")
    return owner


def _call_as(owner: Owner, role: str, function: str, details: str = "") -> str | None:
    """What PostgREST does for POST /rest/v1/rpc/…; the SQLSTATE it gets."""
    schema, name = function.split(".")
    owner.rows("begin")
    try:
        owner.rows("select set_config('role', %s, true)", role)
        owner.rows(f'select "{schema}"."{name}"(generation => gen_random_uuid(), outcome => $$failed$$ {details})')
    except psycopg.Error as error:
        return error.sqlstate
    finally:
        owner.rows("rollback")
    return None


def test_whoever_leaves_the_hook_to_everybody_is_warned(
    shop: Owner, database_url: str, glue_environment: dict[str, str]
) -> None:
    said: list[str] = []
    migrate(database_url, echo=said.append)
    assert not [line for line in said if "warning" in line]
    shop.rows(_PLAIN_HOOK)
    assert _call_as(shop, "anon", "public.on_generation_settled") is None
    warning = "may execute public.on_generation_settled, which moves credits. Run revoke all on function"
    migrate(database_url, echo=said.append)
    assert [line for line in said if line.startswith("warning: anon, authenticated, service_role") and warning in line]
    shown = " ".join(basepool("status", **glue_environment).stdout.split())
    assert f"ATTENTION anon, authenticated, service_role {warning}" in re.sub(r" and \d+ more", "", shown)

    # what it says to do
    [remedy] = re.findall(r"Run (revoke .*?);", shown)
    shop.rows(remedy)
    for role in ("anon", "authenticated", "service_role"):
        assert _call_as(shop, role, "public.on_generation_settled") == "42501"
    said.clear()
    migrate(database_url, echo=said.append)
    assert not [line for line in said if "warning" in line]
    assert "ATTENTION" not in basepool("status", **glue_environment).stdout


def test_the_hook_of_the_documentation_is_nobodys_to_call_and_works(
    shop: Owner, database_url: str, glue_environment: dict[str, str]
) -> None:
    text = (PROJECT / "docs" / "operations.md").read_text()
    [example] = re.findall(r"^## Credits\n.*?^```sql\n(.*?)^```", text, re.M | re.S)
    shop.rows(example)
    for role in ("anon", "authenticated", "service_role"):
        assert _call_as(shop, role, "app_private.on_generation_settled", ", details => '{}'") == "42501"
    said: list[str] = []
    migrate(database_url, echo=said.append)
    assert not [line for line in said if "warning" in line]

    id = shop.submit(1)
    shop.rows("insert into public.users select user_id, 10 from public.generations")
    assert basepool("cancel", str(id), **glue_environment).returncode == 0
    assert shop.value("select credits from public.users") == 11


def test_a_hook_can_be_moved_while_it_is_used(shop: Owner, glue_environment: dict[str, str]) -> None:
    shop.rows(_PLAIN_HOOK)
    shop.rows("insert into public.users values (gen_random_uuid(), 0)")
    assert basepool("cancel", str(shop.submit(1)), **glue_environment).returncode == 0
    for step in (
        "revoke all on function public.on_generation_settled(uuid, text) from public, anon, authenticated, service_role",
        "create schema app_private",
        "alter function public.on_generation_settled(uuid, text) set schema app_private",
        'select basepool.configure(\'{"settled_hook": "app_private.on_generation_settled"}\')',
    ):
        shop.rows(step)
    assert basepool("cancel", str(shop.submit(1)), **glue_environment).returncode == 0
    assert shop.value("select credits from public.users") == 2


# any bytes

_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_GOOD = "r8_Q0w9e8r7t6y5u4i3o2p1A2s3D4f5G6h7J8k9L0z"
_ODD_TEXT = st.one_of(
    st.text(_CHARACTERS, min_size=1, max_size=60),
    st.builds(
        lambda before, at, inside, after: f"{before}{_GOOD[:at]}{inside}{_GOOD[at:]}{after}",
        st.text(st.sampled_from("\n\r\t \ufeff\u00a0\u200b\x0b"), max_size=3),
        st.integers(0, len(_GOOD)),
        st.text(_CHARACTERS, max_size=3),
        st.text(st.sampled_from("\n\r\t \ufeff\u00a0\u2028\x1c"), max_size=3),
    ),
    st.sampled_from(
        ["vault:", "vault:0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b", "vault:; drop", "whsec_", "whsec_====", "\n", "%s"]
    ),
)
_EXPLORE = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _is_telling(text: str) -> bool:
    """Whether it can't be in an output by chance."""
    return len(text) >= 8 and len(set(text)) >= 5


@contextlib.contextmanager
def _captured(stdin: bytes = b"") -> Iterator[io.StringIO]:
    """All that is written to stdout and stderr meanwhile."""
    stream = io.StringIO()
    former = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield stream
    finally:
        sys.stdin = former


def test_any_text_as_token_and_webhook_secret_costs_itself(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in glue_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    odd = _token_ids(owner)[0]
    number = 0

    @given(token=_ODD_TEXT, secret=_ODD_TEXT)
    @_EXPLORE
    def runs(token: str, secret: str) -> None:
        nonlocal number
        _adopt(owner, odd, token)
        owner.rows("select basepool.enable_token(id) from public.replicate_tokens")
        owner.rows("select basepool.limit_token(id, null, null, 100000, 90000) from public.replicate_tokens")
        owner.rows(
            "update basepool.accounts set webhook_secret = %s where id = (select account_id from public.replicate_tokens"
            " where id = %s)",
            secret,
            odd,
        )
        ids = []
        for _ in range(3):
            number += 1
            ids.append(owner.submit(number, f"number {number} [sim:stuck_processing]"))
        with _captured() as written:
            # what a worker does, a round of each
            _round(owner, len(ids))
            main_of("tokens", "check", "--all")
            main_of("tokens", "list")
            main_of("status")
        said = written.getvalue()
        assert "Traceback" not in said
        [(sent, lost)] = owner.rows(
            "select count(*) filter (where s.state = 'running'), count(*) filter (where s.state = 'unknown')"
            " from basepool.seats as s where s.generation_id = any(%s)",
            ids,
        )
        assert (sent, lost) == (3, 0)
        said += owner.value(_TEXTS)
        for text in (token, secret, _GOOD):
            assert not (_is_telling(text) and text in said)
        owner.rows("select basepool.cancel_for_user(id) from unnest(%s) as g (id)", ids)

    runs()
    assert replicate.stats()["charged_more_than_once"] == []


def main_of(*arguments: str) -> int:
    """The status with which `basepool` exits, run in this process."""
    try:
        main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _round(owner: Owner, count: int) -> None:
    """Dispatch until all were sent, then ask and search."""
    given_settings = config.load()
    log.configure(given_settings)

    async def work() -> None:
        async with Database.open(given_settings) as database, Replicate(given_settings) as replicate:
            sent = 0
            for _ in range(20):
                sent += (await dispatch_once(database, replicate, given_settings, limit=10)).submitted
                if sent == count:
                    break
            await probe_once(database, replicate, given_settings)
            owner.rows("update basepool.seats set check_at = now() where check_at is not null")
            await reconcile_once(database, replicate, given_settings)

    asyncio.run(work())


def test_any_bytes_as_lines_of_tokens_add(glue_url: str, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", glue_url)
    count = 0

    @given(before=st.binary(max_size=60), after=st.one_of(st.binary(max_size=60), _ODD_TEXT.map(str.encode)))
    @_EXPLORE
    def adds(before: bytes, after: bytes) -> None:
        nonlocal count
        if before.startswith((b"\xff\xfe", b"\xfe\xff")):
            return
        count += 1
        good = f"r8_good_number_{count}_of_those"
        with _captured(before + b"\n" + good.encode() + b"\n" + after) as written:
            status = main_of("tokens", "add", "--no-check")
        said = written.getvalue()
        errors = re.findall(r"^error (\w+): line \d+: ", said, re.M)
        assert status == (2 if errors else 0), said
        assert set(errors) <= set(BY_CODE)
        assert len(re.findall("^error ", said, re.M)) == len(errors)
        assert "Traceback" not in said
        assert owner.value("select count(*) from public.replicate_tokens where token = %s", good) == 1
        for line in (good, *(part.decode(errors="replace") for part in (before + b"\n" + after).splitlines())):
            assert not (_is_telling(line) and line in said)

    adds()


def test_what_is_hidden_here_stays_known(owner: Owner) -> None:
    """A token that comes from the database is known to the redaction from then on."""
    redaction.hide(["nothing-like-a-token-1234"])
    assert redaction.redact("it was nothing-like-a-token-1234!") == "it was …!"
