"""Crash everything, at every step, and look whether anything was lost or paid twice: `make chaos SEED=7`.

Generations of all kinds are submitted while workers and receivers are killed (at each boundary between two of their steps, and
at random), stopped and continued, Postgres is killed, and a simulated Replicate hangs, loses answers, and duplicates, reorders
and drops webhooks. Then everything is left to recover, and every promise is checked against what the simulator saw.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from rich.console import Console

from basepool.cli.show import table
from basepool.migrate import migrate
from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.store.spool import Spool
from dev import devserver
from dev.devserver import DevServer, reserved_port
from tests.chaos.nursery import RECEIVER_BOUNDARIES, WORKER_BOUNDARIES, is_refused
from tests.pooler import Pooler
from tests.support import environment, running, user

_SETTINGS = {
    "send_within": "1 second",
    "submit_timeout": "2 seconds",
    "lease_time": "3 seconds",
    "absence_after": "1 second",
    "check_after": "2 seconds",
    "poll_every": "0.5 seconds",
    "check_at_most_every": "3 seconds",
    "stuck_after": "15 minutes",
    "user_active_limit": 100000,
    "max_attempts": 100,
}
_RATES = {"reset_after_create": 0.02, "webhook_lost": 0.05, "webhook_duplicate": 0.1, "read_reset": 0.2}
_FREQUENT = {"claim_generations", "create", "record_answers", "expire_leases", "claim_output_files"}
_HOOK = """
create table public.settlements (generation uuid, outcome text);
create function public.on_generation_settled(generation uuid, outcome text) returns void language sql set search_path = ''
as $$ insert into public.settlements values (generation, outcome) $$;
create table public.losses (attempt uuid);
create function public.count_loss() returns trigger language plpgsql set search_path = ''
as $$ begin insert into public.losses values (new.attempt_id); return null; end $$;
create trigger count_loss after insert on basepool.lost_attempts for each row execute function public.count_loss();
"""


@dataclass(frozen=True)
class Kind:
    """A kind of generation: what its input asks of the simulator, how it must end, and how often it may be charged."""

    name: str
    text: str
    share: int
    ends: tuple[str, ...] = ("completed",)
    charged: int = 1


KINDS = (
    Kind("plain", "", 10),
    Kind("answer lost, it exists", "[sim:reset_after_create*1]", 4),
    Kind("answer hangs, it exists", "[sim:hang_after_create*1]", 3),
    Kind("5xx, it exists", "[sim:server_error_after_create*1]", 3),
    Kind("answer lost, there is none", "[sim:reset_before_create*1]", 3),
    Kind("answer hangs, there is none", "[sim:hang_before_create*1]", 2),
    Kind("5xx, there is none", "[sim:server_error*1]", 3),
    Kind("answer lost, webhooks too", "[sim:reset_after_create*1] [sim:webhook_lost]", 4),
    Kind("webhooks lost", "[sim:webhook_lost]", 3),
    Kind("webhooks twice", "[sim:webhook_duplicate]", 3),
    Kind("webhooks in wrong order", "[sim:webhook_reorder] [sim:webhook_duplicate]", 3),
    Kind("interrupted once", "[sim:fail=PA*1]", 3, charged=2),
    Kind("throttled once", "[sim:throttled=1*1]", 2),
    Kind("flagged", "[sim:fail=E005]", 3, ends=("failed",)),
    Kind("input refused", "[sim:invalid_input]", 2, ends=("failed",), charged=0),
    Kind("cancelled by its user", "[sim:run=60]", 8, ends=("cancelled", "completed")),
    Kind("equal ones, answers lost", "[sim:reset_after_create*6] [sim:webhook_lost] twins", 4),
)
_TWINS = KINDS[-1].name
_CANCELLED = "cancelled by its user"


@dataclass
class Report:
    """What was seen, and what was promised and is not so."""

    seed: int
    struck: int = 0
    rows: list[tuple[str, ...]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def show(self) -> None:
        """Print the table, the facts and the verdict."""
        out = Console(width=132, highlight=False)
        numbers = ("generations", "completed", "failed", "cancelled", "attempts", "predictions", "charged", "due")
        shown = table("kind", *numbers, right=numbers)
        for row in self.rows:
            shown.add_row(*row)
        out.print(shown)
        for name, value in self.facts.items():
            out.print(f"  {name}: {value}")
        out.print("")
        for line in self.broken:
            out.print(f"  BROKEN: {line}", style="bold red", markup=False)
        out.print(f"seed {self.seed}: {'nothing lost, nothing paid twice' if not self.broken else 'see above'}")


class _Nursery:
    """A process that lets workers or receivers live, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
            preexec_fn=devserver.dies_with_parent(),  # noqa: PLW1509
        )

    def live(self, **life: Any) -> dict[str, Any]:
        """One life; returns when it is over."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(life) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it, and whoever lives in it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def run(
    seed: int,
    *,
    generations: int,
    lives: int,
    postgres_kills: int,
    tries: int = 3,
    patience: float = 900,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """One run. `lives`: how many workers die, every boundary in turn; `tries`: lives for a boundary that none has come to;
    `patience`: seconds for the recovery."""
    simulator_config = SimulatorConfig(
        seed=seed, account_count=3, tokens_per_account=2, speed=20, data_kept_seconds=100_000, creates_per_window=100_000,
        reads_per_window=100_000, hang_seconds=5,
    )  # fmt: skip
    with (
        devserver.start(durable=True) as server,
        SimulatorServer(simulator_config) as replicate,
        Pooler(server.port) as pooler,
        reserved_port() as port,
        tempfile.TemporaryDirectory(prefix="basepool-chaos-") as folder,
    ):
        return _Run(seed, server, replicate, pooler, port, Path(folder), say).run(
            generations, lives, postgres_kills, tries, patience
        )


class _Run:
    def __init__(
        self,
        seed: int,
        server: DevServer,
        replicate: SimulatorServer,
        pooler: Pooler,
        port: int,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.dice = random.Random(seed)
        self.report = Report(seed)
        self.server, self.replicate, self.pooler, self.say = server, replicate, pooler, say
        self.url = server.url()
        glue = server.url(user="basepool_glue")
        self.environment = {
            "REPLICATE_BASE_URL": replicate.url,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PORT": str(port),
            "WORKER_POLL_SECONDS": "0.2",
            "DB_TIMEOUT_SECONDS": "3",
            "LOG_LEVEL": "WARNING",
            "NURSERY_LOG": str(folder / "basepool.log"),
            "STORE_URL": (folder / "outputs").as_uri(),
            "STORE_SPOOL": str(folder / "spool"),
            "STORE_SOURCES": "127.0.0.1",
        }
        self.folder = folder
        self.direct = {**self.environment, "DATABASE_URL": glue}
        self.pooled = {**self.environment, "DATABASE_URL": pooler.url(glue)}
        self.over = threading.Event()
        self.kinds: dict[UUID, Kind] = {}
        self.texts: dict[UUID, str] = {}
        self.deaths: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()

    def run(self, generations: int, lives: int, postgres_kills: int, tries: int, patience: float) -> Report:
        self._prepare()
        self.replicate.set_faults(_RATES)
        # there is work as long as workers die: two at a time, for a second or so each
        self.pace = 0.7 * lives / generations
        # each boundary in turn; one that a life did not come to gets more
        turns = list(WORKER_BOUNDARIES) * max(1, lives // len(WORKER_BOUNDARIES))
        self.dice.shuffle(turns)
        self.turns, self.lives = turns, len(turns)
        lock = threading.Lock()
        fate = random.Random(self.report.seed)

        def workers(environment: dict[str, str]) -> None:
            nursery = _Nursery()
            while True:
                with lock:
                    if not turns:
                        break
                    boundary = turns.pop()
                    nth, seconds, chance = fate.randint(1, 3), fate.uniform(0.3, 2.5), fate.random()
                ended = nursery.live(
                    role="worker",
                    environment=environment,
                    crash_at=boundary,
                    nth=nth if boundary.split()[1] in _FREQUENT else 1,
                    # a third die at random, whether they have come to their boundary or not
                    seconds=seconds if chance < 0.33 else 5,
                    pause=(seconds / 3, 3.5) if chance > 0.9 else None,
                )
                if ended["failed"]:
                    # it found no database at its start, and says so instead of waiting
                    time.sleep(0.3)
                else:
                    self._count(boundary, ended)
                    self.tries[boundary] += 1
                if not self.deaths[boundary] and self.tries[boundary] < tries:
                    with lock:
                        turns.insert(0, boundary)
            nursery.close()

        def receiver() -> None:
            nursery = _Nursery()
            while not self.over.is_set():
                with lock:
                    nth, seconds, chance = fate.randint(1, 3), fate.uniform(0.3, 2.5), fate.random()
                boundary = RECEIVER_BOUNDARIES[int(chance * len(RECEIVER_BOUNDARIES))]
                ended = nursery.live(
                    role="receiver", environment=self.pooled, crash_at=boundary, nth=20 * nth, seconds=2 * seconds + 1
                )
                self._count(f"receiver {boundary}", ended)
                if ended["failed"]:
                    time.sleep(0.3)
            nursery.close()

        threads = [threading.Thread(target=workers, args=(each,)) for each in (self.direct, self.pooled)]
        others = [threading.Thread(target=receiver)]
        submitting = threading.Thread(target=self._submit, args=(generations,))
        for thread in (*threads, *others, submitting):
            thread.start()
        for _ in range(postgres_kills):
            self.over.wait(self.dice.uniform(6, 12))
            if not any(thread.is_alive() for thread in threads):
                break
            self.say("killing Postgres")
            self.server.crash()
            time.sleep(self.dice.uniform(0.1, 1.5))
            self.server.restart()
            self.deaths["Postgres"] += 1
        for thread in (*threads, submitting):
            thread.join()
        self.say(f"{sum(self.deaths.values())} deaths; recovering")
        self.over.set()
        for thread in others:
            thread.join()
        self.replicate.set_faults(dict.fromkeys(_RATES, 0))
        with running("work", **self.direct), running("serve", **self.pooled):
            self._recover(patience)
        self._judge()
        return self.report

    def _count(self, boundary: str, ended: dict[str, Any]) -> None:
        self.deaths[boundary if ended["at_boundary"] else "at random"] += 1

    def _prepare(self) -> None:
        migrate(self.url, echo=lambda *_: None)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("alter role basepool_glue login")
            connection.execute(_HOOK)
            connection.execute("select basepool.configure(%s)", [Jsonb(_SETTINGS)])
            connection.execute(
                "update basepool.error_rules set max_retries = greatest(max_retries, 50)"
                " where action = 'retry' and source <> 'prediction'"
            )
            for account in self.replicate.state()["accounts"]:
                for token in account["tokens"]:
                    connection.execute(
                        "select basepool.add_token(%s, %s, %s, %s)",
                        [token["token"], account["username"], account["type"], account["webhook_secret"]],
                    )
            connection.execute("update basepool.accounts set creates_per_minute = 60000, reads_per_minute = 60000")

    def _submit(self, generations: int) -> None:
        """All of them, one after the other, and some cancelled soon after."""
        weights = [kind.share for kind in KINDS]
        plan = self.dice.choices(KINDS, weights, k=generations)
        cancels: list[tuple[float, UUID]] = []
        for number, kind in enumerate(plan):
            # a tenth ahead of the deaths, so that there is work for all of them on a slow machine, too
            while len(self.turns) > self.lives * (1.1 - number / generations):
                time.sleep(0.05)
            # equal inputs: the simulator can't tell them apart, and neither can we
            text = kind.text if kind.name == _TWINS else f"{kind.text} number {number}"
            id = self._patiently(
                "select public.submit_generation('acme/painter', %s, p_user_id => %s, p_idempotency_key => %s)",
                Jsonb({"prompt": text}),
                user(number % 7),
                f"chaos {number}",
            )
            self.kinds[id], self.texts[id] = kind, text
            if kind.name == _CANCELLED:
                cancels.append((time.monotonic() + self.dice.choice((0, 0.2, 0.5, 1, 3)), id))
            while cancels and cancels[0][0] < time.monotonic():
                self._cancel(cancels.pop(0)[1])
            time.sleep(self.pace)
        for _, id in cancels:
            self._cancel(id)

    def _cancel(self, id: UUID) -> None:
        try:
            self._patiently("select basepool.cancel_for_user(%s)", id)
        except psycopg.Error as error:
            # its end was faster
            if error.sqlstate != "PT409":
                raise

    def _patiently(self, query: str, *parameters: Any) -> Any:
        for _ in range(200):
            try:
                with psycopg.connect(self.url, autocommit=True) as connection:
                    [value] = connection.execute(query.encode(), parameters).fetchone() or [None]
                    return value
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise AssertionError("Postgres did not come back")

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def _recover(self, patience: float) -> None:
        began = time.monotonic()
        while time.monotonic() < began + patience:
            [[open_, flying, searched, to_cancel, to_keep]] = self._rows(
                "select (select count(*) from public.generations where status in ('pending', 'processing')),"
                " (select count(*) from basepool.seats where attempt_id is not null),"
                " (select count(*) from basepool.lost_attempts),"
                " (select count(*) from basepool.cancellations),"
                " (select count(*) from basepool.output_files where state in ('waiting', 'storing'))"
            )
            if not (open_ or flying or searched or to_cancel or to_keep):
                self.report.facts["recovered within"] = f"{time.monotonic() - began:.0f} s"
                return
            time.sleep(0.2)
        self.report.broken.append(
            f"after {patience:g} s: {open_} not ended, {flying} in flight, {searched} looked for, {to_cancel} to cancel,"
            f" {to_keep} files to keep"
        )

    def _judge(self) -> None:
        report = self.report
        predictions = self.replicate.stats()["predictions"]
        by_text: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for prediction in predictions:
            by_text[prediction["marker"]].append(prediction)
        statuses = dict(self._rows("select id, status from public.generations"))
        attempts: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        owners: dict[str, UUID] = {}
        for generation, prediction_id, state, decision in self._rows(
            "select generation_id, prediction_id, state, decision from basepool._all_attempts()"
        ):
            attempts[generation].append({"prediction": prediction_id, "state": state, "decision": decision})
            if prediction_id:
                owners[prediction_id] = generation
        hooks = Counter(dict(self._rows("select generation, count(*) from public.settlements group by 1")))
        hook_outcomes = dict(self._rows("select generation, outcome from public.settlements"))

        if len(statuses) != len(self.kinds):
            report.broken.append(f"{len(self.kinds)} submitted, {len(statuses)} there")
        for prediction in predictions:
            if prediction["id"] not in owners:
                report.broken.append(f"prediction {prediction['id']} ({prediction['status']}) belongs to nobody")
        of_kind: dict[Kind, list[UUID]] = defaultdict(list)
        for id, kind in self.kinds.items():
            of_kind[kind].append(id)
            status = statuses.get(id)
            if status not in kind.ends:
                report.broken.append(f"{kind.name}: {id} is {status}")
            if hooks[id] != 1 or hook_outcomes.get(id, "").partition(" ")[0] != status:
                report.broken.append(f"{kind.name}: {id} is {status}, the hook was called {hooks[id]} times")
            bought = [each for each in attempts[id] if each["prediction"]]
            retried = [
                each for each in bought if each["state"] == "failed" and (each["decision"] or "").startswith("retry")
            ]
            if len(bought) > 1 + len(retried):
                report.broken.append(
                    f"{kind.name}: {id} was bought {len(bought)} times, retries asked for: {len(retried)}"
                )
        for kind in KINDS:
            ids = of_kind[kind]
            mine = [each for text in {self.texts[id] for id in ids} for each in by_text[text]]
            charged = sum(each["charged"] for each in mine)
            due = len(ids) * kind.charged
            fits = charged <= due if kind.name == _CANCELLED else charged == due
            if not fits:
                report.broken.append(f"{kind.name}: {charged} charged, {due} due")
            counts = Counter(statuses.get(id) for id in ids)
            report.rows.append(
                (
                    kind.name, str(len(ids)), str(counts["completed"]), str(counts["failed"]), str(counts["cancelled"]),
                    str(sum(len(attempts[id]) for id in ids)), str(len(mine)), str(charged),
                    f"{'≤ ' if kind.name == _CANCELLED else ''}{due}",
                )
            )  # fmt: skip
        self._judge_sums()
        self._judge_outputs()
        never = sorted(set(WORKER_BOUNDARIES) - set(self.deaths))
        report.struck = len(WORKER_BOUNDARIES) - len(never)
        report.facts["deaths"] = (
            f"{sum(self.deaths.values())}: {self.deaths['at random']} at random, {self.deaths['Postgres']} of Postgres,"
            f" the rest at {report.struck} of {len(WORKER_BOUNDARIES)} boundaries of a worker, and of a receiver"
        )
        if never:
            report.facts["never came to"] = ", ".join(never)
        report.facts["Replicate misbehaved"] = sum(self.replicate.stats(predictions=False)["faults"].values())
        report.facts["leases lost, found, absent"] = self._rows(
            "select (select count(*) from public.losses), count(*) filter (where found_by_search),"
            " count(*) filter (where error_rule = 'never-arrived') from basepool.attempts"
        )[0]

    def _judge_outputs(self) -> None:
        """Every file is in the store once and whole, but those that the store did not want; and nothing else is anywhere."""
        [[made]] = self._rows("select count(*) from public.generations, unnest(output_urls) where status = 'completed'")
        files = self._rows("select generation_id, key, thumb_key, sha256, state, error_code from basepool.output_files")
        if len(files) != made:
            self.report.broken.append(f"{made} files were made, {len(files)} were to be kept")
        refused = 0
        expected: dict[str, str | None] = {}
        for id, key, thumb_key, sha256, state, code in files:
            if state == "stored":
                expected |= {key: sha256} | ({thumb_key: None} if thumb_key else {})
            elif code == "store_refused" and is_refused(f"/{id}/"):
                refused += 1
            else:
                self.report.broken.append(f"a file of {id} is {state}: {code}")
        store = self.folder / "outputs"
        kept = {
            str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in store.glob("*/*/*")
            if path.is_file() and path.parts[-3] != ".new"
        }
        if kept.keys() != expected.keys():
            self.report.broken.append(
                f"the store and the database differ in {sorted(kept.keys() ^ expected.keys())[:5]}"
            )
        if broken := [key for key, sha256 in expected.items() if sha256 and kept.get(key) != sha256]:
            self.report.broken.append(f"{len(broken)} files in the store are not what they were: {broken[:5]}")
        # the last worker was killed, too: whoever comes next deletes what it has left
        for spool in (self.folder / "spool", store / ".new"):
            Spool(spool, "STORE_SPOOL").close()
            if left := list(spool.iterdir()):
                self.report.broken.append(f"{len(left)} are left in {spool.name}")
        self.report.facts["files kept"] = f"{len(files) - refused} of {made}; {refused} the store did not want"

    def _judge_sums(self) -> None:
        self._rows("select basepool.run_job('rollup')")
        for what, query in {
            "a seat is taken": "select count(*) from basepool.seats where attempt_id is not null",
            "something waits": "select count(*) from basepool.queue",
            "request_count is not the number of attempts": "select count(*) from public.replicate_tokens as t"
            " where t.request_count <> (select count(*) from basepool.attempts as a where a.token_id = t.id)",
            "token_stats do not add up": "select count(*) from (select 1 from basepool.attempts having count(*) <> (select"
            " sum(leases) from basepool.token_stats)) as x",
            "a job failed": "select count(*) from basepool.job_runs where not ok",
        }.items():
            if count := self._rows(query)[0][0]:
                self.report.broken.append(f"{what} ({count})")


def main() -> int:
    """The long run, with its table. Exit status 1 when a promise is broken."""
    arguments = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    arguments.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(1_000_000)))
    arguments.add_argument("--generations", type=int, default=int(os.environ.get("GENERATIONS") or 2000))
    arguments.add_argument("--lives", type=int, default=int(os.environ.get("LIVES") or 400))
    arguments.add_argument("--postgres-kills", type=int, default=15)
    given = arguments.parse_args()
    print(f"seed {given.seed}: {given.generations} generations, {given.lives} workers die", flush=True)
    report = run(
        given.seed,
        generations=given.generations,
        lives=given.lives,
        postgres_kills=given.postgres_kills,
        patience=300,
        say=lambda text: print(f"  {time.strftime('%H:%M:%S')}  {text}", flush=True),
    )
    report.show()
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
