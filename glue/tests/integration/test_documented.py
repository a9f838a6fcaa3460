"""Every command that README, the documents and `--help` show is run as it stands there. What can't be has its reason here."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import httpx
import psycopg
import pytest
import replicate as client
import yaml  # type: ignore[import-untyped]
from psycopg import sql
from psycopg.types.json import Jsonb

from basepool.cli import cli
from basepool.simulator import SimulatorConfig, SimulatorServer
from dev.devserver import PROJECT, reserved_port
from tests.support import PATIENCE_SECONDS, Owner, basepool, environment, eventually, running, user

_DOCUMENTS = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *(file for file in sorted((PROJECT / "docs").glob("*.md")) if file.name != "reference.md"),
    PROJECT / "bench" / "README.md",
    PROJECT / "glue" / "basepool" / "simulator" / "README.md",
]

_PICTURES = {"text", "mermaid"}
"""Blocks that nobody can run. Every other block says what language it is in."""

_SUITE = "it is this suite, or a part of it"
_WRITES = "it writes what another test compares"
_TARGETS = {
    "demo": "test_stack.py runs it",
    "up": "test_stack.py runs what it starts",
    "down": "test_stack.py runs what it starts",
    "setup": "every target runs it, migrate here, too",
    "test": _SUITE,
    "test-sql": _SUITE,
    "test-glue": _SUITE,
    "lint": _SUITE,
    "chaos": _SUITE,
    "outages": _SUITE,
    "test-on": "test_debian.py knows what it does without a network",
    "format": "it changes files",
    "reference": _WRITES,
    "schema": _WRITES,
    "bench": "it takes an hour",
    "bench-quick": "it takes minutes",
    "bench-adopt": "it takes minutes",
    "bench-pages": "it takes minutes",
}
"""The targets of make that are not run here, and why not."""

_NOT_RUN = {
    "DATABASE_URL='postgresql://postgres:…@db.<ref>.supabase.co:5432/postgres' make migrate": "it is somebody's database",
    "alter role … password '…'": "it is what nobody should do",
    "alter function … set schema app_private": "test_operators.py moves a hook",
    "pip install 'basepool[video]'": "it is not published yet",
    "basepool tokens secure": "it needs Vault: test_vault_tokens.py runs it",
    "basepool tokens secure --undo": "it needs Vault: test_vault_tokens.py runs it",
    "basepool uninstall --dry-run": "something runs here, so it refuses: test_uninstall.py runs it",
    "basepool uninstall": "the other commands need what it takes away: test_uninstall.py runs it",
    "basepool settings set alert_url vault:basepool_alert_url    # as the owner": "it needs Vault: test_alerts.py sets one",
    "basepool alerts test                                        # does it arrive?": "nowhere is set: test_alerts.py sends it",
    "select * from cron.job_run_details order by runid desc limit 10": "pg_cron is in another database here",
    "basepool budgets set": "it is named without what it sets",
    "grant basepool_metrics to my_exporter": "that role is yours",
    "supabase db advisors": "it asks Supabase: test_advisors.py looks at what it looks at",
    "supabase db lint": "it asks the CLI's own database: test_advisors.py looks at what it looks at",
    "supabase db push": "test_pasting.py runs it where that CLI is, and else what it does",
    "pip install .": "test_wheel.py installs the wheel in an environment of its own",
}
"""Other commands that are not run here, and why not."""

_SHELL = {"basepool", "make", "pip", "curl", "psql", "docker", "supabase", "git", "npm"}
_SQL = {"select", "alter", "grant", "revoke", "create", "insert"}
_KEEP_RUNNING = {"work", "serve", "dashboard", "simulate"}
_ASK_FOR_INPUT = {("tokens", "add"), ("tokens", "rotate")}
_USER = user(1)


@dataclass(frozen=True)
class Shown:
    """A command as a document shows it."""

    document: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}: {self.text.splitlines()[0][:70]}"


def _commands(text: str) -> Iterator[str]:
    """The commands of a block of shell: one may go over several lines."""
    command = ""
    for line in text.splitlines():
        command += line + "\n"
        if line.endswith("\\"):
            continue
        with contextlib.suppress(ValueError):
            if shlex.split(command, comments=True):
                yield command.strip()
            command = ""
    assert not command, command


def _shown() -> Iterator[Shown]:
    for document in _DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        name = document.relative_to(PROJECT).as_posix()
        for indent, language, fenced in re.findall(r"^( *)```(\S*)\n(.*?)^\1```$", text, re.M | re.S):
            block = re.sub(f"^{indent}", "", fenced, flags=re.M)
            if language == "console":
                for command in re.findall(r"^\$ (.*)$", block, re.M):
                    yield Shown(name, "sh", re.sub(r"\s+#.*", "", command))
            elif language in ("sh", "bash"):
                for command in _commands(block):
                    yield Shown(name, "sh", command)
            elif language not in _PICTURES:
                yield Shown(name, language, block)
        for between in re.findall(r"`([^`]+)`", re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S)):
            span = " ".join(between.split())
            words = re.sub(r"^(?:[A-Z_]+=(?:'[^']*'|\S*) )+", "", span).split()
            if len(words) > 1 and words[0] in _SHELL:
                yield Shown(name, "sh", span)
            # that one tells what stands in files
            elif len(words) > 1 and words[0] in _SQL and name != "CONTRIBUTING.md":
                yield Shown(name, "sql", span)


_ALL = list(dict.fromkeys(_shown()))


def test_something_is_shown() -> None:
    assert {each.language for each in _ALL} == {"sh", "sql", "js", "python", "yaml"}
    assert len(_ALL) > 60
    texts = {each.text for each in _ALL}
    assert [text for text in _NOT_RUN if text not in texts] == []


# running them


@dataclass(frozen=True)
class Stack:
    """Where the commands run: a database with a worker, a simulator of Replicate, and a folder with the files they name."""

    owner: Owner
    owner_url: str
    variables: dict[str, str]
    simulator: SimulatorServer

    def fresh(self) -> UUID:
        """A generation that is active until somebody ends it, of a user who may have it."""
        self.owner.rows("select basepool.configure('{\"user_active_limit\": 1000}')")
        self.owner.rows("select basepool.limit_user(%s, null, true)", _USER)
        self.owner.rows("select basepool.cancel_generations(p_all => true, p_dry_run => false)")
        return self.owner.submit(1, "a cat [sim:stuck_processing]")


@pytest.fixture
def stack(
    glue_environment: dict[str, str],
    owner: Owner,
    database_url: str,
    replicate: SimulatorServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stack]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tokens.txt").write_text("\n".join(replicate.tokens))
    (tmp_path / "token.txt").write_text(replicate.tokens[0])
    (tmp_path / "new-token.txt").write_text(replicate.tokens[2])
    (tmp_path / "FILE").write_text("[]")
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    # what an example lists is then not all that may be submitted
    owner.rows("select basepool.set_model('*', '{}')")
    variables = glue_environment | {
        "STORE_PUBLIC_URL": "http://127.0.0.1:1/outputs",
        "OPERATOR_SECRET": "of sixteen or more",
        "OPERATORS": "anna:her-very-own-secret",
    }
    with running("work", **variables):
        yield Stack(owner, database_url, variables, replicate)


def _is_mention(words: list[str]) -> bool:
    """Whether it only names a command that needs more than its name, or that keeps running; it must be there."""
    command: click.Command = cli
    for word in words:
        found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        if found is None:
            return False
        command = found
    return (
        isinstance(command, click.Group)
        or tuple(words) in _ASK_FOR_INPUT
        or words in (["retry"], ["cancel"])
        or any(parameter.required for parameter in command.params)
    )


def _substitute(text: str, stack: Stack) -> str:
    id = str(stack.fresh())
    text = re.sub(r"\bID…?", id, text)
    text = text.replace("run-job NAME", "run-job cleanup").replace("--account NAME", "--account sim-1")
    return text.replace("0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b", id)


def _run_basepool(text: str, stack: Stack, allowed: set[int]) -> str:
    """`VARIABLE=value basepool command < file`, as a shell would. What keeps running is stopped when it does its work."""
    words = shlex.split(text, comments=True)
    variables = dict(stack.variables)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    assert words.pop(0) == "basepool"
    stdin = ""
    if "<" in words:
        at = words.index("<")
        stdin = Path(words[at + 1]).read_text()
        del words[at : at + 2]
    if words[0] in ("migrate", "uninstall"):
        variables["DATABASE_URL"] = stack.owner_url
    if words[0] in _KEEP_RUNNING:
        return _keep_running(words, variables, stack)
    if not stdin and _is_mention(words):
        words, allowed = [*words, "--help"], {0}
    done = basepool(*words, stdin=stdin, **variables)
    said = done.stdout + done.stderr
    assert done.returncode in allowed, said
    assert "Traceback" not in said
    return said


def _keep_running(words: list[str], variables: dict[str, str], stack: Stack) -> str:
    with reserved_port() as port:
        if words[0] == "simulate":
            words = [*(word for word in words if word not in ("--port", "9100")), "--port", str(port)]
        variables["PORT"], variables["WORKER_NAME"] = str(port), "of the documents"
        with running(*words, **variables) as process:

            def works() -> bool:
                assert process.poll() is None, process.said()
                if words[0] == "work":
                    return "of the documents" in str(stack.owner.rows("select name from basepool.workers"))
                with contextlib.suppress(httpx.TransportError):
                    path = "_sim/state" if words[0] == "simulate" else "healthz"
                    return httpx.get(f"http://127.0.0.1:{port}/{path}", trust_env=False).is_success
                return False

            eventually(works, f"basepool {' '.join(words)}")
            process.send_signal(signal.SIGTERM)
            # serve passes the signal on, once it has stopped
            assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM), process.said()
            return process.said()


def _run_shell(shown: Shown, stack: Stack) -> None:
    text = _substitute(shown.text, stack)
    words = re.sub(r"^(?:[A-Z_]+=\S* )+", "", text).split()
    if words[0] == "basepool":
        # 1: something is wrong, or there was nothing to do it to
        _run_basepool(text, stack, {0, 1} if {"--check", "retry", "doctor"} & set(words) else {0})
    elif words[0] == "make":
        target = words[1]
        if target in _TARGETS:
            return
        assert target == "migrate", f"{shown}: run it here, or give the reason in _TARGETS"
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=PROJECT,
            env=environment(DATABASE_URL=stack.owner_url),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    elif words[0] == "curl":
        text = text.replace("localhost:9100", stack.simulator.url.removeprefix("http://")) + " --fail --silent"
        if shutil.which("curl"):
            subprocess.run(["bash", "-c", text], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        stack.simulator.reset()
    else:
        pytest.fail(f"{shown}: run it here, or give the reason in _NOT_RUN")


def _run_sql(shown: Shown, stack: Stack) -> None:
    """As the owner, in a transaction that comes to nothing."""
    text = _substitute(shown.text, stack)
    # the extensions are stand-ins of their own tests: test_schedule_glue.py
    if "schedule_glue(" in text:
        return
    for placeholder, value in {"(id)": f"('{stack.fresh()}')", "(pid)": "(0)", "<that role>": "basepool_glue"}.items():
        text = text.replace(placeholder, value)
    with psycopg.connect(stack.owner_url) as connection:
        connection.execute("create table if not exists public.users (id uuid primary key, credits integer)")
        if "explain_generation" in text or "get_output_urls" in text:
            connection.execute("set local role service_role")
        connection.execute(text.encode())
        connection.rollback()


def _run_js(shown: Shown, stack: Stack) -> None:
    """What the browser sends is what PostgREST calls: the function, with arguments by name, as the signed-in user."""
    if ".insert(" in shown.text:
        _run_js_insert(shown, stack)
        return
    [(function, object)] = re.findall(r"\.rpc\('(\w+)', (\{.*?\n\})\)", shown.text, re.S)
    text = re.sub(r"//.*", "", object).replace("crypto.randomUUID()", "'0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b'")
    text = re.sub(r"(\w+):(?= )", r'"\1":', text).replace("'", '"')
    arguments = json.loads(re.sub(r",(\s*\})", r"\1", text))
    with psycopg.connect(stack.owner_url, autocommit=True) as connection:

        def call(**more: Any) -> None:
            given = arguments | more
            connection.execute(
                sql.SQL("select public.{}({})").format(
                    sql.Identifier(function),
                    sql.SQL(", ").join(
                        sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in given
                    ),
                ),
                {name: Jsonb(value) if isinstance(value, dict) else value for name, value in given.items()},
            )

        stack.owner.rows("select basepool.configure('{\"user_active_limit\": 5}')")
        connection.execute("select set_config('request.jwt.claims', %s, false)", [json.dumps({"sub": str(user(77))})])
        connection.execute("set role authenticated")
        call()
        said: dict[str, list[str]] = {}
        changes: list[dict[str, Any]] = [
            {"p_input": {"image": "a" * (1_200_000 - len('{"image": ""}'))}, "p_idempotency_key": "large"},
            *({"p_idempotency_key": str(number)} for number in range(5)),
        ]
        for change in changes:
            try:
                call(**change)
            except psycopg.Error as error:
                said[error.sqlstate or ""] = [error.diag.message_primary or "", error.diag.message_hint or ""]
    for code, promised in re.findall(r"error\.code === '(\w+)': (.*)", shown.text):
        for sentence in re.findall(r'"([^"]+)"', promised):
            assert sentence in said[code], code


def _run_js_insert(shown: Shown, stack: Stack) -> None:
    """The same for an insert of the app's server that asks for columns."""
    pattern = r"\.from\('(\w+)'\)\.insert\((\{.*?\n\s*\})\)\.select\('([\w, ]+)'\)"
    [(table, object, columns)] = re.findall(pattern, shown.text, re.S)
    text = re.sub(r"(\w+):(?= )", r'"\1":', object.replace("user.id", f"'{user(78)}'")).replace("'", '"')
    row = json.loads(re.sub(r",(\s*\})", r"\1", text))
    with psycopg.connect(stack.owner_url) as connection:
        connection.execute("set local role service_role")
        [found] = connection.execute(
            sql.SQL("insert into public.{} ({}) values ({}) returning {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() for _ in row),
                sql.SQL(", ").join(map(sql.Identifier, columns.split(", "))),
            ),
            [Jsonb(value) if isinstance(value, dict) else value for value in row.values()],
        ).fetchall()
        assert len(found) == len(columns.split(", "))
        connection.rollback()


def _run_python(shown: Shown, stack: Stack) -> None:
    exec(  # noqa: S102
        shown.text,
        {"SimulatorServer": SimulatorServer, "SimulatorConfig": SimulatorConfig, "replicate": client},
    )


_RUN: dict[str, Callable[[Shown, Stack], None]] = {
    "sh": _run_shell,
    "sql": _run_sql,
    "js": _run_js,
    "python": _run_python,
    "yaml": lambda shown, _: yaml.safe_load(shown.text),
}


def test_every_command_that_is_shown_runs(stack: Stack) -> None:
    """In one stack and one after the other: a server for each would take minutes."""
    failed = []
    done: set[str] = set()
    for shown in _ALL:
        if shown.text in done | set(_NOT_RUN):
            continue
        done.add(shown.text)
        assert shown.language in _RUN, f"{shown.document}: a block in {shown.language!r}, that nothing here can run"
        try:
            _RUN[shown.language](shown, stack)
        except (AssertionError, psycopg.Error, subprocess.CalledProcessError) as error:
            failed.append(f"{shown}\n    {error!s:.500}")
    assert failed == [], "\n".join(failed)


def _examples(group: click.Group) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from _examples(command)
        elif command.epilog:
            yield re.sub(r"^Example: (DATABASE_URL=\S+ )?", "", command.epilog)


def test_every_example_of_help_is_understood(stack: Stack) -> None:
    """Most of them do what they say; what there is to be done to differs."""
    for example in _examples(cli):
        if any(re.search(rf"basepool {name}\b", example) for name in _KEEP_RUNNING):
            continue
        said = _run_basepool(_substitute(example, stack), stack, {0, 1, 2})
        assert "TP099" not in said, example
        assert "TP020" not in said or "Say --yes" in said, f"{example}: {said}"
