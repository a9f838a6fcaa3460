"""What whoever is called at night types, in a terminal of 80 columns: what is shown, what is done, and by whom."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from rich.cells import cell_len

from basepool.simulator import SimulatorServer
from dev.devserver import PROJECT, reserved_port
from tests.support import PATIENCE_SECONDS, Owner, basepool, environment, eventually, running, user


def on_terminal(variables: dict[str, str], *arguments: str, typed: str = "", columns: int = 80) -> tuple[int, str]:
    """`basepool` in a terminal of so many columns, in which somebody types; its exit status and what can be read there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "basepool", *arguments],
        env=environment(TERM="xterm", **variables),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    if typed:
        os.write(ours, typed.encode())
    said = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:
            # it has ended
            break
        if not part:
            break
        said += part
    os.close(ours)
    return process.wait(PATIENCE_SECONDS), re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode()).replace("\r\n", "\n")


# cancel


def _statuses(owner: Owner, *ids: UUID) -> list[str]:
    return [owner.value("select status from public.generations where id = %s", id) for id in ids]


def test_many_are_cancelled_after_a_look(glue_environment: dict[str, str], owner: Owner) -> None:
    mine = [owner.submit(1, f"number {number}") for number in range(3)]
    other = owner.submit(1, model="acme/other")
    others = owner.submit(2)
    owner.claim()

    looked = basepool("cancel", "--user", str(user(1)), "--model", "acme/painter", **glue_environment)
    assert (looked.returncode, looked.stderr.splitlines()[0]) == (2, "error TP020: nothing was cancelled yet")
    assert "--yes" in looked.stderr
    assert "2 wait, 1 were sent to Replicate" in looked.stdout
    assert owner.value("select count(*) from public.generations where status = 'cancelled'") == 0

    done = basepool("cancel", "--user", str(user(1)), "--model", "acme/painter", "--yes", **glue_environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cancelled 3, of them 1 at Replicate" in done.stdout
    assert _statuses(owner, *mine, other, others) == ["cancelled"] * 3 + ["pending"] * 2
    again = basepool("cancel", "--user", str(user(1)), "--model", "acme/painter", "--yes", **glue_environment)
    assert (again.returncode, again.stdout) == (1, "there is none to cancel\n")

    told = json.loads(basepool("cancel", "--all", "--yes", "--json", **glue_environment).stdout)
    assert (told["found"]["waiting"], told["found"]["users"], told["done"]["cancelled"]) == (2, 2, 2)
    assert _statuses(owner, other, others) == ["cancelled"] * 2


@pytest.mark.parametrize(("typed", "status", "left"), [("y\n", 0, 0), ("n\n", 1, 1), ("\n", 1, 1)])
def test_in_a_terminal_it_asks(
    glue_environment: dict[str, str], owner: Owner, typed: str, status: int, left: int
) -> None:
    owner.submit(1)
    ended, said = on_terminal(glue_environment, "cancel", "--all", typed=typed)
    assert (ended, "Cancel 1? [y/N]" in said) == (status, True), said
    assert owner.value("select count(*) from public.generations where status = 'pending'") == left


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b", "--all"],
        ["--all", "--model", "a/b"],
        ["--all", "--user", str(user(1))],
        ["--user", "me"],
    ],
)
def test_what_is_to_be_cancelled_must_be_clear(glue_url: str, arguments: list[str]) -> None:
    done = basepool("cancel", *arguments, "--yes", DATABASE_URL=glue_url)
    assert done.returncode == 2
    assert done.stderr.startswith("error TP020: ")


def test_more_than_a_step_is_cancelled_and_what_the_hook_holds_stays(
    glue_environment: dict[str, str], owner: Owner
) -> None:
    owner.rows("select basepool.configure('{\"user_active_limit\": 10000}')")
    owner.rows(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, created_at)"
        " select %s, 'create', 'm', 'M', 'acme/painter', jsonb_build_object('n', n), now() - n * interval '1 ms'"
        " from generate_series(1, 1203) as s (n)",
        user(1),
    )
    owner.rows(
        "create function public.on_generation_settled(generation uuid, outcome text) returns void language plpgsql as"
        " $$ begin if exists (select from public.generations as g where g.id = generation and"
        " g.replicate_input @> '{\"n\": 600}') then raise exception 'the ledger is closed'; end if; end $$"
    )
    done = basepool("cancel", "--all", "--yes", **glue_environment)
    assert done.returncode == 1
    assert "cancelled 1202" in done.stdout
    assert "1 can't be ended: public.on_generation_settled failed: the ledger is closed" in done.stderr
    assert owner.statuses() == {"cancelled": 1202, "pending": 1}
    assert owner.value("select count(*) from basepool.queue") == 1
    assert (
        owner.value("select sum((details ->> 'cancelled')::integer) from basepool.audit where action = 'cancel'")
        == 1202
    )


def test_what_somebody_holds_is_cancelled_when_he_lets_go(
    glue_environment: dict[str, str], owner: Owner, database_url: str
) -> None:
    held, free = owner.submit(1), owner.submit(2)
    with psycopg.connect(database_url) as somebody:
        somebody.execute("select from public.generations where id = %s for update", [held])
        with subprocess.Popen(
            [sys.executable, "-m", "basepool", "cancel", "--all", "--yes", "--json"],
            env=environment(**glue_environment),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            eventually(lambda: _statuses(owner, free) == ["cancelled"], "the one that is free")
            somebody.rollback()
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    done = json.loads(said)["done"]
    # on a busy machine he may have let go too late
    assert done["cancelled"] + done["busy"] == 2
    assert process.returncode == (1 if done["busy"] else 0)
    assert _statuses(owner, held) == ["pending" if done["busy"] else "cancelled"]


def test_what_is_cancelled_by_many_is_cancelled_at_replicate(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    for number in range(3):
        owner.submit(number, f"number {number} [sim:stuck_processing]")
    with running("work", **glue_environment):
        eventually(lambda: replicate.stats(predictions=False)["totals"]["creates"] == 3, "three predictions")
        assert basepool("cancel", "--model", "acme/painter", "--yes", **glue_environment).returncode == 0
        eventually(lambda: replicate.stats(predictions=False)["totals"]["cancels"] == 3, "their cancels")
    assert owner.statuses() == {"cancelled": 3}


# settings, users, webhooks


def test_settings_are_shown_with_what_they_mean_and_changed_with_what_they_were(glue_url: str, owner: Owner) -> None:
    url = {"DATABASE_URL": glue_url}
    listed = json.loads(basepool("settings", "get", "--json", **url).stdout)
    names = [each["name"] for each in listed]
    assert {"stuck_after", "user_active_limit", "keep_audit_for", "settled_hook"} <= set(names)
    assert set(listed[0]) == {"name", "value", "default_value", "unit", "allowed", "means"}
    shown = basepool("settings", "get", **url).stdout
    assert [name for name in names if name not in shown] == []

    changed = basepool("settings", "set", "stuck_after", "20 minutes", **url)
    assert (changed.returncode, changed.stdout) == (0, "stuck_after: 20 minutes (was 30 minutes)\n")
    assert basepool("settings", "set", "stuck_after", "1200s", **url).stdout == "stuck_after is 20 minutes already\n"
    one = " ".join(basepool("settings", "get", "stuck_after", **url).stdout.split())
    assert "value 20 minutes default 30 minutes may be a time such as 90 seconds or 2 hours, more than 0 seconds" in one
    assert "Age at which a pending or processing generation counts as stuck." in one
    back = json.loads(basepool("settings", "set", "stuck_after", "--default", "--json", **url).stdout)
    assert back == {"name": "stuck_after", "was": "20 minutes", "value": "30 minutes"}
    assert owner.value("select stuck_after from basepool.settings").total_seconds() == 1800


@pytest.mark.parametrize(
    ("arguments", "code", "says", "hint"),
    [
        (["set", "stuck_after", "soon"], "TP009", "stuck_after can't be 'soon'", "more than 0 seconds"),
        (["set", "max_attempts", "0"], "TP009", "max_attempts can't be '0'", "a whole number, 1 to 100"),
        (["set", "max_attempts", "many"], "TP009", "max_attempts can't be 'many'", "a whole number, 1 to 100"),
        (["set", "late_success_delivers", "2"], "TP009", "late_success_delivers can't be '2'", "true or false"),
        (["set", "keep_outputs", "--default"], "TP009", "keep_outputs can't be null", "true or false"),
        (["set", "adopted", "true"], "TP009", "there is no setting 'adopted'", "The settings are"),
        (["set", "stuck", "1"], "TP009", "there is no setting 'stuck'", "The settings are user_active_limit"),
        (["set", "st\x07uck", "1"], "TP009", "there is no setting 'st?uck'", "The settings are"),
        (["set", "stuck_message", "\udcff"], "PT400", "no UTF-8", ""),
        (["set", "settled_hook", "public.f"], "TP019", "settled_hook can be set by the owner only", "make migrate"),
        (["set", "stuck_after"], "TP020", "the value is missing", "basepool settings get stuck_after"),
        (["set", "stuck_after", "1h", "--default"], "TP020", "there is a value", ""),
        (["get", "stuck"], "TP009", "there is no setting 'stuck'", "basepool settings get"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_may_be(
    glue_url: str, arguments: list[str], code: str, says: str, hint: str
) -> None:
    done = basepool("settings", *arguments, DATABASE_URL=glue_url)
    assert done.returncode == 2
    [error, remedy] = done.stderr.splitlines()
    assert error.startswith(f"error {code}: ")
    assert says in error
    assert hint in remedy


def test_the_owner_may_set_the_hook(database_url: str, owner: Owner) -> None:
    owner.rows("create schema app_private")
    owner.rows(
        "create function app_private.f(generation uuid, outcome text) returns void language sql as 'select';"
        " revoke all on function app_private.f(uuid, text) from public"
    )
    done = basepool("settings", "set", "settled_hook", "app_private.f", DATABASE_URL=database_url)
    assert (done.returncode, done.stdout) == (0, "settled_hook: app_private.f (was -)\n"), done.stderr


def test_a_user_gets_a_limit_of_its_own(glue_url: str, owner: Owner) -> None:
    url = {"DATABASE_URL": glue_url}
    who = str(user(1))
    assert basepool("users", "limit", who, **url).stdout == f"user {who}: 5 active at once, the default\n"
    assert basepool("users", "limit", who, "0", **url).stdout == f"user {who}: 0 active at once, of its own; was 5\n"
    with pytest.raises(psycopg.Error, match="0 of 0 generations are active"):
        owner.submit(1)
    back = json.loads(basepool("users", "limit", who, "--default", "--json", **url).stdout)
    assert back == {"user_id": who, "max_active": 5, "was": 0, "is_default": True}
    owner.submit(1)
    for wrong in (["1", "--default"], ["-1"], ["9999999999"], ["many"]):
        refused = basepool("users", "limit", who, *wrong, **url)
        assert refused.stderr.startswith("error TP020: "), wrong
    assert basepool("users", "limit", "me", "1", **url).stderr.startswith("error TP020: ")


def test_refused_webhooks_are_shown_with_whose_and_why(glue_environment: dict[str, str], owner: Owner) -> None:
    assert "none was refused in the last 24 h" in basepool("webhooks", "refused", **glue_environment).stdout
    owner.submit(1)
    attempt = owner.claim()["attempt_id"]
    for number in range(2):
        owner.rows("select basepool.record_webhook_refused(%s, %s, 'bad signature')", attempt, f"w{number}")
    owner.rows("select basepool.record_webhook_refused(null, null, 'unknown attempt')")
    shown = basepool("webhooks", "refused", **glue_environment).stdout
    assert re.search(rf"sim-1 +2 +\d+ s ago +\d+ s ago +{attempt} +bad signature", shown), shown
    assert re.search(r"- +1 .* unknown attempt", shown)
    listed = json.loads(basepool("webhooks", "refused", "--since", "1h", "--json", **glue_environment).stdout)
    assert {(each["account"], each["reason"], each["times"]) for each in listed} == {
        ("sim-1", "bad signature", 2),
        (None, "unknown attempt", 1),
    }


# status --check


def test_a_check_says_nothing_where_all_is_well_and_a_line_where_something_is_not(
    glue_environment: dict[str, str], owner: Owner, database_url: str
) -> None:
    well = basepool("status", "--check", **glue_environment)
    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    assert json.loads(basepool("status", "--check", "--json", **glue_environment).stdout) == []

    owner.rows(
        "create function public.on_generation_settled(generation uuid, outcome text) returns void language sql as 'select'"
    )
    ill = basepool("status", "--check", **glue_environment)
    assert (ill.returncode, len(ill.stdout.splitlines()), ill.stderr) == (1, 1, "")
    assert ill.stdout.startswith("hook: ")
    [found] = json.loads(basepool("status", "--check", "--json", **glue_environment).stdout)
    assert found["name"] == "hook"
    owner.rows("drop function public.on_generation_settled(uuid, text)")

    with psycopg.connect(database_url) as somebody:
        somebody.execute("lock table public.replicate_tokens in access exclusive mode")
        eventually(
            lambda: (
                "unread: " in (found := basepool("status", "--check", **glue_environment)).stdout
                and found.returncode == 1
            ),
            "what can't be read",
        )
    gone = basepool("status", "--check", DATABASE_URL="postgresql://postgres@127.0.0.1:1/x")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert gone.stderr.startswith("error TP012: ")
    wrong = basepool("status", "--check", str(user(1)), **glue_environment)
    assert wrong.stderr.startswith("error TP020: ")


# audit


def test_it_is_known_who_did_what(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    owner.rows("truncate basepool.audit")
    assert basepool("audit", **glue_environment).stdout == "nothing was done\n"
    id = basepool("submit", "a/b", "--user", str(user(1)), "--input", "{}", **glue_environment).stdout.strip()
    for arguments in (
        ["tokens", "disable", "1"],
        ["tokens", "enable", "1"],
        ["tokens", "limit", "1", "--weight", "2"],
        ["tokens", "limit", "1"],
        ["tokens", "check"],
        ["cancel", id],
        ["settings", "set", "max_attempts", "5"],
        ["users", "limit", str(user(1)), "9"],
        ["retry", "--error", "E003", "--since", "1h"],
        ["run-job", "cleanup"],
        ["run-job", "probe"],
        ["status"],
    ):
        assert basepool(*arguments, **glue_environment).returncode in (0, 1), arguments
    done = json.loads(basepool("audit", "--json", **glue_environment).stdout)
    assert [(each["action"], each["target"]) for each in reversed(done)] == [
        ("submit", id),
        ("tokens disable", "1"),
        ("tokens enable", "1"),
        ("tokens limit", "1"),
        ("tokens check", "those not asked for yet"),
        ("cancel", id),
        ("settings set", "max_attempts"),
        ("users limit", str(user(1))),
        ("retry", None),
        ("run-job", "cleanup"),
        ("run-job", "probe"),
    ]
    assert {each["login"] for each in done} == {"basepool_glue"}
    assert all(each["application"].startswith(f"basepool {getpass.getuser()}@") for each in done)
    shown = basepool("audit", "--since", "1h", "--max", "3", **glue_environment).stdout
    assert "run-job" in shown
    assert "settings set" not in shown
    assert getpass.getuser() in shown


def test_no_secret_is_in_it(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    token = replicate.tokens[0]
    basepool("tokens", "add", "--name", token, stdin=token, **glue_environment)
    basepool("tokens", "rotate", "2", stdin=replicate.tokens[1] + "\n", **glue_environment)
    basepool("retry", "--error", token, "--dry-run", **glue_environment)
    basepool("retry", "--error", token, **glue_environment)
    basepool("settings", "set", "stuck_message", f"see {token}", **glue_environment)
    kept = owner.value("select coalesce(string_agg(to_jsonb(a)::text, ' '), '') from basepool.audit as a")
    assert "stuck_message" in kept
    assert [each for each in replicate.tokens if each[6:] in kept] == []


# submit --wait


def test_a_wait_says_the_id_first_and_then_how_it_goes(glue_environment: dict[str, str], owner: Owner) -> None:
    arguments = ("submit", "acme/painter", "--user", str(user(1)), "--input", '{"prompt": "x"}', "--wait")
    with running("work", **glue_environment):
        done = basepool(*arguments, **glue_environment)
        told = basepool(*arguments, "--json", **glue_environment)
    assert done.returncode == 0, done.stderr
    id = UUID(done.stdout.splitlines()[0])
    assert owner.value("select status from public.generations where id = %s", id) == "completed"
    assert "completed" in done.stdout
    assert re.match(r" +\d+ s  (pending|processing), waits for \w+: ", done.stderr), done.stderr
    detail = json.loads(told.stdout)
    assert told.stderr.splitlines()[0] == detail["id"]


def test_an_interrupted_wait_does_not_lose_the_id(glue_environment: dict[str, str], owner: Owner) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "basepool", "submit", "a/b", f"--user={user(1)}", "--input={}", "--wait"],
        env=environment(**glue_environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # where the tests run in the background, Ctrl-C is ignored by all they start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    with process:
        assert process.stdout
        assert process.stderr
        # before anything has become of it
        id = UUID(process.stdout.readline().strip())
        assert "waits for" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, rest) == (130, "")
    assert f"basepool status {id}" in said
    assert "Traceback" not in said
    assert _statuses(owner, id) == ["pending"]


# hints


def test_hints_fit(glue_url: str, owner: Owner) -> None:
    url = {"DATABASE_URL": glue_url}
    for command in ("check", "list", "stats"):
        assert basepool("tokens", command, **url).stdout == "there is no token; add one with basepool tokens add\n"
    jobs = basepool("run-job", **url).stdout
    assert [name for (name,) in owner.rows("select name from basepool.jobs") if name not in jobs] == []
    listed = json.loads(basepool("run-job", "--json", **url).stdout)
    assert {each["runs_in"] for each in listed} == {"database", "glue"}
    unknown = basepool("run-job", "sweep", **url)
    assert all(each["name"] in unknown.stderr for each in listed)


@pytest.mark.parametrize("variable", ["DEV_DATABASE_PORT", "DEV_SIMULATOR_PORT", "PORT"])
def test_a_taken_port_of_make_up_names_its_variable(variable: str, tmp_path: Path) -> None:
    code = f"""
import pathlib
from dev import stack
stack.LOCAL = pathlib.Path({str(tmp_path)!r})
stack.STATE, stack.ENVIRONMENT = stack.LOCAL / "stack.json", stack.LOCAL / "stack.env"
stack.main(["run"])
"""
    with reserved_port() as one, reserved_port() as two, reserved_port() as three:
        ports = dict(zip(("DEV_DATABASE_PORT", "DEV_SIMULATOR_PORT", "PORT"), map(str, (one, two, three)), strict=True))
        for text, says in ((None, "is in use"), ("no number", "is 'no number'")):
            with subprocess.Popen(
                [sys.executable, "-m", "http.server", ports[variable], "--bind", "127.0.0.1"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as other:
                try:
                    eventually(lambda: _listens(int(ports[variable])), "somebody who listens there")
                    done = subprocess.run(
                        [sys.executable, "-c", code],
                        cwd=PROJECT,
                        env={**os.environ, **ports, **({variable: text} if text else {})},
                        capture_output=True,
                        text=True,
                        timeout=PATIENCE_SECONDS,
                        check=False,
                    )
                finally:
                    other.kill()
            assert done.returncode == 2, done.stderr
            [error, hint] = done.stderr.splitlines()
            assert says in error
            assert variable in hint


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# 80 columns

_HEADINGS = {
    ("status",): {"token", "account", "state", "in flight", "requests", "errors", "worker", "job", "last run"},
    ("tokens", "list"): {"id", "token", "account", "state", "in flight", "requests", "errors", "last used", "why"},
    ("tokens", "stats"): {"token", "account", "state", "leases", "ok", "failed", "refused", "open", "charged"},
    ("workers",): {"worker", "release", "since", "heard of", "free", "does"},
    ("settings", "get"): {"setting", "value", "default", "unit", "means"},
    ("run-job",): {"job", "runs in", "last run", "ok", "what it does"},
    ("webhooks", "refused"): {"account", "times", "since", "last", "attempt of the last", "reason"},
    ("audit",): {"when", "action", "target", "who", "what"},
    ("retry", "--error", "flagged", "--dry-run"): {"generation", "failed", "outcome", "error"},
    ("tokens", "check", "--all"): {"token", "account", "tokens of account"},
    ("cancel", "--all"): {"waiting", "sent", "users", "model"},
    ("models", "list"): {"model", "credits", "per user", "in flight", "timeout", "USD", "state"},
    ("budgets", "list"): {"account", "seconds", "USD", "used", "until"},
    ("outputs", "list"): {"generation", "nth", "state", "tries", "deadline", "size"},
    ("cutover",): {"models", "percent", "failed", "waiting", "in flight"},
    ("doctor",): {"check", "what is, and what to do"},
    ("alerts", "list"): {"alarm", "since", "until", "told", "what is wrong"},
}
"""Every command that shows a table, and headings that must be there whole."""


@pytest.fixture
def busy(owner: Owner, glue_environment: dict[str, str]) -> dict[str, UUID]:
    """A database in which every table has something long in it; some ids that must stay whole."""
    owner.rows("update basepool.accounts set username = 'a-studio-with-a-long-name' where username = 'sim-1'")
    owner.rows("update public.replicate_tokens set name = 'the old one of the studio' where id = 1")
    failed = owner.submit(1)
    first = owner.claim()["attempt_id"]
    body = {"detail": "Request was throttled. Your rate limit is reduced to 6 requests per minute. " * 2}
    owner.rows("select basepool.record_rejected(%s, 'http', 429, %s)", first, json.dumps(body))
    attempt = owner.claim()["attempt_id"]
    prediction = {
        "id": "q7x9c0m2nhrma0crx4ht3k7bvw",
        "status": "failed",
        "error": "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
        "metrics": {"predict_time": 12.3},
    }
    owner.rows("select basepool.apply_prediction(%s, %s, 'poll')", attempt, Jsonb(prediction))
    owner.rows("select basepool.configure('{\"keep_outputs\": true}')")
    owner.submit(4)
    made = {
        "id": "q7x9c0m2nhrma0crx4ht3k7bvx",
        "status": "succeeded",
        "output": "https://replicate.delivery/x/out-0.webp",
    }
    owner.rows("select basepool.apply_prediction(%s, %s, 'poll')", owner.claim()["attempt_id"], Jsonb(made))
    owner.rows(
        "select basepool.record_output_files(jsonb_build_array(jsonb_build_object('lease', f.lease, 'outcome', 'failed',"
        " 'code', 'source_failed',"
        " 'error', 'HTTP 503: the delivery host says that it is being mended and asks to come again')))"
        " from basepool.claim_output_files('keeper', 1) as f"
    )
    waiting = owner.submit(2, model=f"a-rather-long-owner/a-rather-long-name-of-a-model:{'a' * 64}")
    sent = owner.submit(3)
    for number in range(2):
        owner.rows("select basepool.record_webhook_refused(%s, %s, 'bad signature')", attempt, f"w{number}")
    doing = "can't claim: the pool is busy until 12:34:56 UTC, because all tokens are limited or cooling down"
    owner.rows("select basepool.heartbeat('worker-7d9f8b6c5d-x2x4k:1', '0.1.0', 1, %s, 20, 3, true)", doing)
    owner.rows("select basepool.run_job('cleanup', 'cli')")
    owner.rows(
        "insert into basepool.alerts (name, severity, says, opened_at, last_seen_at, said_at)"
        " values ('WebhooksMissing', 'warn', '27 of the last 30 results of worker worker-7d9f8b6c5d-x2x4k:1 did not come by"
        " webhook, though webhooks were ordered: its PUBLIC_URL must lead to basepool serve', now(), now(), now())"
    )
    owner.rows("select basepool.limit_user(%s, 7)", user(1))
    prices = {
        "credits": 12,
        "seconds_per_credit": 2.5,
        "timeout": "5 minutes",
        "max_per_user": 3,
        "usd_per_run": 0.0025,
        "usd_per_second": 0.000975,
    }
    owner.rows("select basepool.set_model('a-rather-long-owner/a-rather-long-name-of-a-model', %s)", Jsonb(prices))
    owner.rows("select basepool.set_model('*', '{}')")
    owner.rows("""select basepool.set_budget(null, '{"seconds": 1234567.8, "usd": 12345.67}')""")
    return {"failed": failed, "waiting": waiting, "sent": sent, "attempt": attempt, "user": user(1)}


def _assert_fits(said: str, columns: int) -> None:
    assert [line for line in said.splitlines() if cell_len(line) > columns] == []
    # an id that is broken ends a line
    for part in re.findall(r"(?<![\w-])[0-9a-f]{8}-[0-9a-f-]*", said):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", part), part


@pytest.mark.parametrize("columns", [80, 100])
def test_every_table_fits_the_terminal(glue_environment: dict[str, str], busy: dict[str, UUID], columns: int) -> None:
    variables = glue_environment | {"COLUMNS": str(columns)}
    for arguments, headings in _HEADINGS.items():
        done = basepool(*arguments, **variables)
        assert done.returncode == 0 or arguments[0] in {"cancel", "doctor", "alerts"}, done.stderr
        _assert_fits(done.stdout, columns)
        for heading in headings:
            assert re.search(rf"(?<![a-z]){heading}(?![a-z])", done.stdout), f"{arguments}: {heading}\n{done.stdout}"
    shown = basepool("status", str(busy["failed"]), **variables).stdout
    _assert_fits(shown, columns)
    for whole in (str(busy["failed"]), str(busy["user"]), "q7x9c0m2nhrma0crx4ht3k7bvw", "low-credit-throttled"):
        assert whole in shown, whole
    for name in ("waiting", "sent"):
        _assert_fits(basepool("why", str(busy[name]), **variables).stdout, columns)
    assert str(busy["failed"]) in basepool("retry", "--error", "flagged", "--dry-run", **variables).stdout
    assert str(busy["attempt"]) in basepool("webhooks", "refused", **variables).stdout
    assert str(busy["user"]) in basepool("audit", **variables).stdout


def test_it_looks_the_same_in_a_real_terminal(glue_environment: dict[str, str], busy: dict[str, UUID]) -> None:
    for arguments in (("tokens", "stats"), ("status",), ("status", str(busy["failed"]))):
        status, said = on_terminal(glue_environment, *arguments)
        assert status == 0, said
        _assert_fits(said, 80)
        assert said.split() == basepool(*arguments, **glue_environment, COLUMNS="80").stdout.split() or "ago" in said
    # where there is no terminal, there is room
    assert max(map(len, basepool("tokens", "stats", **glue_environment).stdout.splitlines())) > 80


def test_every_command_that_shows_a_table_is_looked_at() -> None:
    """A new one has to be in the list above."""
    folder = PROJECT / "glue" / "basepool" / "cli"
    makers = {file.stem for file in folder.glob("*.py") if re.search(r"[^_]table\(\"", file.read_text())}
    looked = {
        "generations", "workers", "tokens", "settings", "jobs", "webhooks", "audit", "money", "outputs",
        "cutover", "doctor", "alerts",
    }  # fmt: skip
    assert makers - {"show", "simulate"} == looked
