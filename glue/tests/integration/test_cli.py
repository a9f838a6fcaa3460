"""The command line as a person meets it: help that teaches, errors of one line with a remedy, output that machines can read."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from psycopg.types.json import Jsonb

from basepool.cli import cli
from basepool.simulator import SimulatorConfig, SimulatorServer
from dev import devserver
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, user


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


def _name(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else ""


@pytest.mark.parametrize(("path", "command"), list(_commands(cli)), ids=_name)
def test_every_command_has_help_and_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, f"{' '.join(path)} {parameter.opts[0]}"
    if not isinstance(command, click.Group):
        assert command.epilog
        assert f"basepool {' '.join(path)}" in command.epilog


_USER = f"--user={user(1)}"


@pytest.mark.parametrize(
    ("arguments", "variables", "stdin", "code", "says"),
    [
        (
            ["status"],
            {"DATABASE_URL": "postgresql://postgres@127.0.0.1:1/x"},
            "",
            "TP012",
            "can't be reached: connection refused",
        ),
        (["status"], {"DATABASE_URL": "mysql://x"}, "", "TP014", "DATABASE_URL: should be postgresql://"),
        (["serve"], {"CRON_SECRET": "short"}, "", "TP014", "CRON_SECRET"),
        (["serve"], {"SERVERLESS": "true"}, "", "TP014", "CRON_SECRET should be set with SERVERLESS=true"),
        (["submit", "no model", _USER, "--input", "{}"], {}, "", "PT400", "unknown model syntax: 'no model'"),
        (["submit", "a/b", _USER, "--input", "[1]"], {}, "", "TP020", "--input is a JSON array, not an object"),
        (["submit", "a/b", _USER, "--input", "{"], {}, "", "TP020", "JSON"),
        (["submit", "a/b", _USER, "--input", "@/not/there"], {}, "", "TP020", "/not/there"),
        (["submit", "a/b", "--user=me", "--input", "{}"], {}, "", "TP020", "me"),
        (["submit", "a/b", _USER], {}, "", "TP020", "--input"),
        (["status", "00000000-0000-0000-0000-000000000001"], {}, "", "PT404", "there is no generation"),
        (["tokens", "add"], {}, "r8_with spaces in it\n", "TP007", "spaces"),
        (["tokens", "add"], {}, "", "TP007", "there is no token in the input"),
        (["tokens", "add", "r8_on_the_command_line"], {}, "", "TP020", "history"),
        (["tokens", "disable", "99"], {}, "", "TP005", "there is no token 99"),
        (["tokens", "disable", "99999999999"], {}, "", "TP020", "is not in the range"),
        (["tokens", "limit", "1", "--weight", "99999999999"], {}, "", "TP020", "is not in the range"),
        # what is no UTF-8 in a shell
        (["submit", "\udcff/b", _USER, "--input", "{}"], {}, "", "PT400", "no UTF-8"),
        (["submit", "a/b", _USER, "--input", "{}", "--key", "\udcff"], {}, "", "PT400", "no UTF-8"),
        (["retry", "--error", "\udcff"], {}, "", "PT400", "no UTF-8"),
        (["run-job", "\udcff"], {}, "", "PT400", "no UTF-8"),
        (["run-job", "sweep"], {}, "", "TP003", "there is no job 'sweep'"),
        (["no-such-command"], {}, "", "TP020", "no-such-command"),
        (["work", "--concurrency", "0"], {}, "", "TP020", "concurrency"),
    ],
    ids=_name,
)
def test_bad_input_is_one_line_with_a_code_and_one_with_a_remedy(
    glue_url: str, arguments: list[str], variables: dict[str, str], stdin: str, code: str, says: str
) -> None:
    done = basepool(*arguments, stdin=stdin, **({"DATABASE_URL": glue_url} | variables))
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (2, 2), done.stderr
    assert lines[0].startswith(f"error {code}: ")
    assert says in lines[0]
    assert re.match(r"  hint: \w", lines[1])
    assert "r8_" not in done.stderr


def test_a_wrong_password_and_a_missing_database_are_named_without_the_password(glue_url: str) -> None:
    for url in (glue_url.replace("//basepool_glue@", "//nobody:hunter2hunter2@"), glue_url + "_not_there"):
        done = basepool("status", DATABASE_URL=url)
        assert done.returncode == 2
        assert done.stderr.startswith("error TP013: the database refused the login")
        assert "hunter2" not in done.stderr


def test_a_password_that_is_wrong_is_refused_without_a_word_about_it() -> None:
    """The other servers of the tests trust everybody; this one asks."""
    with devserver.start() as server, Owner(server.url()) as owner:
        owner.rows("create role careful login password 'the-right-one'")
        rules = Path(owner.value("show hba_file"))
        rules.write_text("host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        owner.rows("select pg_reload_conf()")
        url = server.url().replace("//postgres@", "//careful:hunter2hunter2@")
        done = eventually(
            lambda: found if "TP013" in (found := basepool("status", DATABASE_URL=url)).stderr else None, "the refusal"
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "hunter2" not in done.stderr


def test_a_database_that_is_not_migrated_is_named(empty_database_url: str) -> None:
    done = basepool("status", DATABASE_URL=empty_database_url)
    assert done.stderr.startswith("error TP018: ")
    assert "make migrate" in done.stderr


def test_a_port_in_use_is_named(glue_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = basepool("serve", "--port", str(taken.getsockname()[1]), DATABASE_URL=glue_url)
    assert done.returncode == 2
    assert re.match(
        r"error TP015: port \d+ on 127.0.0.1 is in use\n  hint: Stop it, or choose another port", done.stderr
    )


def test_a_generation_is_submitted_shown_and_cancelled(glue_url: str, owner: Owner) -> None:
    id = basepool(
        "submit", "a/b", _USER, "--input", '{"prompt": "x"}', "--key", "k", DATABASE_URL=glue_url
    ).stdout.strip()
    assert owner.rows("select id::text, status from public.generations") == [(id, "pending")]

    again = basepool(
        "submit", "a/b", _USER, "--input", "-", "--key", "k", "--json", stdin='{"prompt": "x"}', DATABASE_URL=glue_url
    )
    assert json.loads(again.stdout)["id"] == id

    shown = basepool("status", id, DATABASE_URL=glue_url).stdout
    assert "pending" in shown
    assert "pool: no token is usable" in shown
    why = json.loads(basepool("why", id, "--json", DATABASE_URL=glue_url).stdout)
    assert (why["waits_for"], why["position"]) == ("pool", 1)
    assert "there is no token: add one" in basepool("why", id, DATABASE_URL=glue_url).stdout

    owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user')")
    lease = owner.claim()
    owner.rows("select basepool.record_rejected(%s, 'transport', null, 'reset: by peer')", lease["attempt_id"])
    told = basepool("why", id, DATABASE_URL=glue_url).stdout
    assert "certainty: Replicate's answer was lost" in told
    assert "try 1 with token 1, unknown, rule answer-lost: reset: by peer" in told

    assert "cancelled" in basepool("cancel", id, DATABASE_URL=glue_url).stdout
    refused = basepool("cancel", id.replace(id[0], "0" if id[0] != "0" else "1", 1), DATABASE_URL=glue_url)
    assert refused.stderr.startswith("error PT404")
    assert json.loads(basepool("status", "--json", DATABASE_URL=glue_url).stdout)["queue"]["waiting"] == 0


def test_tokens_are_added_after_replicate_said_whose_they_are(
    glue_url: str, owner: Owner, replicate: SimulatorServer, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": glue_url, "REPLICATE_BASE_URL": replicate.url}
    file = tmp_path / "tokens.txt"
    file.write_text("\n".join(replicate.tokens[:2]))

    added = basepool("tokens", "add", "--file", str(file), "--max-in-flight", "3", **variables)

    assert added.returncode == 0, added.stderr
    assert owner.rows(
        "select a.username, t.max_in_flight, a.webhook_secret like 'whsec_%%' from public.replicate_tokens as t"
        " inner join basepool.accounts as a on a.id = t.account_id order by t.id"
    ) == [("sim-1", 3, True), ("sim-2", 3, True)]
    twice = basepool("tokens", "add", stdin=replicate.tokens[0], **variables)
    assert (twice.returncode, twice.stderr) == (0, "")
    assert "is in the pool already" in twice.stdout
    refused = basepool("tokens", "add", stdin="r8_nobody_knows_this_one", **variables)
    assert refused.stderr.startswith("error TP016: line 1: ")

    listed = basepool("tokens", "list", **variables).stdout
    assert "sim-1" in listed
    assert "ready" in listed
    assert not [token for token in replicate.tokens if token in listed + added.stdout + twice.stderr + refused.stderr]
    [first, _] = json.loads(basepool("tokens", "list", "--json", **variables).stdout)
    assert (first["state"], first["in_flight"], first["max_in_flight"]) == ("ready", 0, 3)

    number = str(first["token_id"])
    limited = basepool(
        "tokens", "limit", number, "--max-in-flight", "7", "--creates-per-minute", "60", **variables
    ).stdout
    assert limited == f"token {number}: 7 in flight, weight 1; sim-1: 60 creates a minute, 6 at once\n"
    assert basepool("tokens", "limit", number, "--weight", "0", **variables).stderr.startswith("error PT400: ")
    foreign = basepool("tokens", "rotate", number, stdin=replicate.tokens[2], **variables)
    assert foreign.stderr.startswith("error TP004: the new secret belongs to sim-3")
    [measured, _] = json.loads(basepool("tokens", "stats", "--json", **variables).stdout)
    assert (measured["leases"], measured["free"], measured["success_rate"]) == (0, 6, None)
    assert "The last 7 d. charged: seconds" in basepool("tokens", "stats", "--since", "7d", **variables).stdout
    assert basepool("tokens", "stats", "--since", "soon", **variables).stderr.startswith("error TP020: ")
    assert "disabled" in basepool("tokens", "disable", number, **variables).stdout
    assert "enabled" in basepool("tokens", "enable", number, **variables).stdout
    assert "removed" in basepool("tokens", "remove", number, **variables).stdout
    assert owner.value("select count(*) from public.replicate_tokens") == 1


def test_a_second_token_of_an_account_says_so_and_adds_no_account(glue_url: str, owner: Owner) -> None:
    with SimulatorServer(SimulatorConfig(account_count=1, tokens_per_account=2)) as one_account:
        done = basepool(
            "tokens",
            "add",
            stdin="\n".join(one_account.tokens),
            DATABASE_URL=glue_url,
            REPLICATE_BASE_URL=one_account.url,
        )
    assert "no capacity" in done.stdout
    assert owner.value("select count(*) from basepool.accounts") == 1


def test_jobs_are_run_by_hand(glue_url: str, owner: Owner) -> None:
    assert basepool("run-job", "cleanup", DATABASE_URL=glue_url).stdout.startswith("cleanup: ")
    assert owner.rows("select job, trigger, ok from basepool.job_runs") == [("cleanup", "cli", True)]


def test_the_glues_jobs_are_run_by_hand(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """One prediction is silent, one is to be cancelled, one was lost; nobody works."""
    owner.rows('select basepool.configure(\'{"submit_timeout": "1 second", "lease_time": "3 seconds"}\')')
    for number in range(3):
        owner.submit(number, f"number {number}")
    for fate in ("silent", "cancelled", "lost"):
        lease = owner.claim()
        made = httpx.post(
            f"{replicate.url}/v1/models/acme/painter/predictions",
            headers={"Authorization": f"Bearer {lease['token']}"},
            json={"input": json.loads(lease["input"])},
            trust_env=False,
            timeout=PATIENCE_SECONDS,
        ).json()
        if fate == "lost":
            owner.rows("select basepool.record_rejected(%s, 'transport', null, 'reset: by peer')", lease["attempt_id"])
        else:
            owner.rows("select basepool.record_submitted(%s, %s)", lease["attempt_id"], Jsonb(made))
        if fate == "cancelled":
            owner.rows("select basepool.cancel_for_user(%s)", lease["generation_id"])
    owner.rows("update basepool.seats set check_at = now() where check_at is not null")
    owner.rows("update basepool.lost_attempts set search_at = now()")

    assert basepool("run-job", "dispatch", **glue_environment).stdout.startswith("dispatch: claimed 0")
    assert basepool("run-job", "cancel", **glue_environment).stdout == "cancel: asked 1\n"
    assert basepool("run-job", "probe", **glue_environment).stdout == "probe: asked 0\n"
    reconciled = json.loads(basepool("run-job", "reconcile", "--json", **glue_environment).stdout)
    assert (reconciled["result"]["searched"], reconciled["result"]["found"]) == (1, 1)
    assert reconciled["result"]["asked"] >= 1
    assert replicate.stats(predictions=False)["totals"]["cancels"] == 1

    def reconciled_until_done() -> bool:
        owner.rows("update basepool.seats set check_at = now() where check_at is not null")
        basepool("run-job", "reconcile", **glue_environment)
        return owner.statuses() == {"completed": 2, "cancelled": 1}

    eventually(reconciled_until_done, "the end of all three")


def test_dead_letters_are_run_again(glue_url: str, owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user')")
    flagged = str(owner.submit(1))
    prediction = {"id": "p", "status": "failed", "error": "flagged as sensitive (E005)"}
    owner.rows("select basepool.apply_prediction(%s, %s, 'poll')", owner.claim()["attempt_id"], Jsonb(prediction))
    assert owner.statuses() == {"failed": 1}

    refused = basepool("retry", DATABASE_URL=glue_url)
    assert refused.stderr.startswith("error TP020: nothing says what to retry")
    nothing = basepool("retry", "--error", "E003", "--since", "1h", DATABASE_URL=glue_url)
    assert (nothing.returncode, nothing.stderr) == (1, "no failed generation matches\n")
    [dry] = json.loads(
        basepool("retry", "--error", "E005", "--since", "1h", "--dry-run", "--json", DATABASE_URL=glue_url).stdout
    )
    assert (dry["generation_id"], dry["outcome"], dry["retried_as"]) == (flagged, "would be retried", None)
    assert owner.value("select count(*) from basepool.queue") == 0

    by_error = json.loads(basepool("retry", "--error", "E005", "--since", "1h", "--json", DATABASE_URL=glue_url).stdout)
    assert [each["outcome"] for each in by_error] == ["retried"]
    assert owner.rows("select generation_id::text from basepool.queue") == [(by_error[0]["retried_as"],)]
    shown = basepool("retry", flagged, DATABASE_URL=glue_url)
    assert "retried before" in shown.stdout
    assert by_error[0]["retried_as"] in shown.stdout


def test_text_of_others_does_not_steer_the_terminal(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    evil = f"first [/red]\x1b[31m\x07\u202e\x9b2J {replicate.tokens[0]}\nsecond"
    id = owner.submit(1)
    owner.rows(
        "update public.generations set status = 'failed', completed_at = now(), output_text = %s, error_message = %s",
        evil,
        evil,
    )
    owner.rows(
        "update public.replicate_tokens set name = %s where id = (select min(id) from public.replicate_tokens)", evil
    )
    owner.rows("update basepool.accounts set username = %s where id = (select min(id) from basepool.accounts)", evil)
    for arguments in (
        ["status", str(id)],
        ["status"],
        ["tokens", "list"],
        ["tokens", "stats"],
        ["retry", "--error=first", "--dry-run"],
    ):
        done = basepool(*arguments, **glue_environment)
        assert done.returncode == 0, done.stderr
        assert "[/red]?[31m" in "".join(done.stdout.split()), arguments
        assert not [each for each in done.stdout if not (each.isprintable() or each == "\n")], arguments
        assert replicate.tokens[0] not in done.stdout
