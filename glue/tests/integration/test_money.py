"""Nobody buys for free: whatever users do, and however many at once, what Replicate is asked to make stays within what limits
and credits allow."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorServer
from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, explore, running, serving, user

Connection = psycopg.Connection[tuple[Any, ...]]

_SUBMIT = "select public.submit_generation(%s, %s, p_user_id => %s)"
_ACTIVE = "select id from public.generations where user_id = %s and basepool.is_active(status)"
_INSERT = """
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
values (%s, 'create', 'm', 'M', %s, %s)
"""


def _at_once(url: str, count: int, work: Callable[[Connection, int], Any]) -> list[Any]:
    """Run `work` on `count` connections that all start at the same moment. Returns what each returned, or its SQLSTATE."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            barrier.wait(PATIENCE_SECONDS)
            try:
                return work(connection, number)
            except psycopg.Error as error:
                return error.sqlstate

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def _submit(connection: Connection, number: int, model: str = "acme/painter", text: str = "a cat") -> UUID:
    [[id]] = connection.execute(_SUBMIT, (model, Jsonb({"prompt": text}), user(number))).fetchall()
    return UUID(str(id))


def _add_tokens(owner: Owner, count: int, seats: int) -> None:
    for number in range(count):
        owner.rows("select basepool.add_token(%s, %s, 'user', null, %s)", f"r8_number_{number}", f"sim-{number}", seats)
    owner.rows("update basepool.accounts set creates_per_minute = 100000")


def test_the_limits_of_a_user_are_exact_under_32_submits_at_once(database_url: str, owner: Owner) -> None:
    owner.rows("select basepool.configure(%s)", Jsonb({"user_active_limit": 20, "user_submits_per_minute": 17}))
    owner.rows("insert into basepool.models (pattern, max_per_user) values ('*', null), ('acme/film', 3)")

    def submit(connection: Connection, number: int) -> Any:
        model = "acme/film" if number % 4 == 0 else "acme/painter"
        if number % 2:
            return connection.execute(_INSERT, (user(1), model, Jsonb({"prompt": "a cat"})))
        return _submit(connection, 1, model)

    results = _at_once(database_url, 32, submit)
    assert results.count("PT429") == 32 - 17
    assert owner.value("select count(*) from public.generations where replicate_model = 'acme/film'") <= 3
    assert owner.value("select count(*) from basepool.queue") == 17

    # of one model
    results = _at_once(database_url, 32, lambda connection, _: _submit(connection, 2, "acme/film"))
    assert results.count("PT429") == 32 - 3
    # all of them
    owner.rows("select basepool.configure('{\"user_submits_per_minute\": null}')")
    results = _at_once(database_url, 32, lambda connection, _: _submit(connection, 3))
    assert results.count("PT429") == 32 - 20


def test_what_may_run_never_exceeds_the_limits_whoever_comes_between(database_url: str, owner: Owner) -> None:
    """Users submit, cancel and delete, the app sets statuses, workers claim and Replicate answers, all at once; one counts."""
    limit, of_model = 3, 4
    owner.rows("select basepool.configure(%s)", Jsonb({"user_active_limit": limit, "user_submits_per_minute": 1000}))
    owner.rows("insert into basepool.models (pattern, max_in_flight) values ('*', null), ('acme/film', %s)", of_model)
    _add_tokens(owner, 3, 10)
    users, rounds = 3, 40
    over = threading.Event()
    seen: list[tuple[int, int]] = []

    def ignoring(connection: Connection, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        try:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if error.sqlstate not in {"PT429", "PT409", "PT404", "TP023", "TP001"}:
                raise
            return []

    def lives(connection: Connection, number: int) -> None:
        dice = random.Random(number)
        submitted = 0
        while submitted < rounds and not over.is_set():
            own = user(number % users)
            made = ignoring(
                connection, _SUBMIT, dice.choice(["acme/film", "acme/painter"]), Jsonb({"prompt": "x"}), own
            )
            submitted += len(made)
            if not made:
                # what Replicate never ends
                made = ignoring(connection, _ACTIVE, own)
            end = dice.choice(
                [
                    "select basepool.cancel_for_user(%s)",
                    "delete from public.generations where id = %s",
                    "update public.generations set status = 'cancelled' where id = %s and basepool.is_active(status)",
                ]
            )
            for (id,) in made:
                if dice.random() < 0.5:
                    ignoring(connection, end, id)

    def works(connection: Connection, number: int) -> None:
        dice = random.Random(number)
        while not over.is_set():
            leases = ignoring(
                connection,
                "select attempt_id from basepool.claim_generations(%s, %s) where answer = 'lease'",
                f"w{number}",
                dice.choice([1, 1, 5]),
            )
            for (attempt,) in leases:
                said = {"id": f"p{attempt}", "status": "processing"}
                if dice.random() < 0.2:
                    ignoring(connection, "select basepool.record_rejected(%s, 'http', 422, '{}')", attempt)
                    continue
                if not ignoring(connection, "select basepool.record_submitted(%s, %s)", attempt, Jsonb(said)):
                    ignoring(connection, "select basepool.apply_prediction(%s, %s, 'late')", attempt, Jsonb(said))
                if dice.random() < 0.7:
                    said["status"] = dice.choice(["succeeded", "failed"])
                    ignoring(connection, "select basepool.apply_prediction(%s, %s, 'poll')", attempt, Jsonb(said))
            for attempt, id in ignoring(
                connection, "select attempt_id, prediction_id from basepool.claim_cancellations(5)"
            ):
                if dice.random() < 0.8:
                    ended = Jsonb({"id": id, "status": "canceled"})
                    ignoring(connection, "select basepool.apply_prediction(%s, %s, 'cancel')", attempt, ended)
                ignoring(connection, "select basepool.record_cancellation(%s, 200)", attempt)

    def counts(connection: Connection) -> None:
        while not over.is_set():
            # a claim's own is not yet an attempt: what it has in hand is counted when it is in a seat
            [[of_user, of_film]] = connection.execute(
                """
                with alive as (
                  select s.user_id, s.model from basepool.seats as s where s.attempt_id is not null
                  union all
                  select c.user_id, c.model from basepool.cancellations as c where c.id <> c.generation_id and not c.is_held
                )
                select
                  coalesce((select max(u.n) from (select count(*) as n from alive group by user_id) as u), 0)
                  , (select count(*) from alive where model = 'acme/film')
                """
            ).fetchall()
            seen.append((of_user, of_film))

    def run(number: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            try:
                if number < 6:
                    lives(connection, number)
                elif number < 9:
                    works(connection, number)
                else:
                    counts(connection)
            except BaseException:
                over.set()
                raise

    with ThreadPoolExecutor(10) as pool:
        tasks = [pool.submit(run, number) for number in range(10)]
        for task in tasks[:6]:
            task.result(PATIENCE_SECONDS)
        over.set()
        for task in tasks:
            task.result(PATIENCE_SECONDS)
    assert max(of_user for of_user, _ in seen) <= limit
    assert max(of_film for _, of_film in seen) <= of_model
    assert owner.value("select count(*) from basepool.attempts") > 20

    # and it all comes to an end
    def rests() -> bool:
        for attempt, id in owner.rows("select attempt_id, prediction_id from basepool.claim_cancellations(100)"):
            ended = Jsonb({"id": id, "status": "canceled"})
            owner.rows("select basepool.apply_prediction(%s, %s, 'cancel')", attempt, ended)
        owner.rows("update basepool.cancellations set again_at = now()")
        return not owner.value("select count(*) from basepool.cancellations where prediction_id is not null")

    eventually(rests, "the end of what was cancelled")


def _sign_in(connection: Connection, number: int) -> None:
    """As PostgREST does it."""
    claims = json.dumps({"sub": str(user(number)), "role": "authenticated"})
    connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
    connection.execute("set role authenticated")


def test_a_loop_of_submit_and_cancel_ends_in_PT429(
    glue_environment: dict[str, str], owner: Owner, database_url: str, replicate: SimulatorServer
) -> None:
    per_minute = 12
    owner.rows("select basepool.configure(%s)", Jsonb({"user_submits_per_minute": per_minute}))
    refusals: set[str] = set()
    submitted = 0
    with (
        serving(**glue_environment) as url,
        running("work", **glue_environment, PUBLIC_URL=url),
        psycopg.connect(database_url, autocommit=True) as connection,
    ):
        _sign_in(connection, 1)

        def loops() -> bool:
            nonlocal submitted
            try:
                [[id]] = connection.execute(
                    "select public.submit_generation('acme/painter', %s)",
                    [Jsonb({"prompt": f"{submitted} [sim:stuck_processing]"})],
                ).fetchall()
            except psycopg.Error as error:
                if error.sqlstate != "PT429":
                    raise
                refusals.add(str(error.diag.message_primary))
                return any("within a minute" in each for each in refusals)
            submitted += 1
            connection.execute("select public.cancel_generation(%s)", [id])
            return False

        eventually(loops, "the end of the loop")
        assert submitted == per_minute
        eventually(lambda: owner.value("select count(*) = 0 from basepool.cancellations"), "the confirmation")
    totals = replicate.stats()["totals"]
    assert totals["charged"] <= totals["creates"] <= submitted
    assert not {"starting", "processing"} & set(replicate.stats()["statuses"])


def test_whoever_deletes_his_user_pays_no_longer(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows("create table public.people (id uuid primary key)")
    owner.rows("insert into public.people values (%s)", user(1))
    owner.rows("alter table public.generations add foreign key (user_id) references public.people on delete cascade")
    owner.submit(1, "never ends [sim:stuck_processing]")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: replicate.stats()["statuses"].get("processing"), "a start")
        owner.rows("delete from public.people")
        eventually(lambda: replicate.stats()["statuses"].get("canceled"), "the cancel at Replicate")
        eventually(lambda: owner.value("select count(*) = 0 from basepool.cancellations"), "its confirmation")
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0


def test_models_and_budgets_are_set_and_shown(glue_environment: dict[str, str], owner: Owner) -> None:
    assert "no model is listed" in basepool("models", "list", **glue_environment).stdout
    made = basepool(
        *("models", "set", "acme/film", "--credits", "5", "--seconds-per-credit", "2.5", "--per-user", "2"),
        *("--in-flight", "7", "--timeout", "5m", "--usd-per-run", "0.01", "--usd-per-second", "0.002"),
        **glue_environment,
    )
    assert made.returncode == 0, made.stderr
    assert "5, then 1 per 2.5 s" in made.stdout
    assert basepool("models", "set", "acme/film", "--per-user", "none", "--disable", **glue_environment).returncode == 0
    [row] = json.loads(basepool("models", "list", "--json", **glue_environment).stdout)
    assert row == {
        "pattern": "acme/film", "enabled": False, "credits": 5, "seconds_per_credit": 2.5, "outputs_per_credit": None,
        "max_per_user": None, "max_in_flight": 7, "timeout": 300, "usd_per_run": 0.01, "usd_per_second": 0.002, "in_flight": 0,
    }  # fmt: skip
    shown = basepool("models", "list", **glue_environment).stdout
    assert "acme/film" in shown
    assert "not offered" in shown
    refused = basepool("submit", "acme/film", "--user", str(user(1)), "--input", "{}", **glue_environment)
    assert refused.returncode == 2
    assert "PT403" in refused.stderr
    assert "removed" in basepool("models", "remove", "acme/film", **glue_environment).stdout
    assert basepool("budgets", "set", "--usd", "50", **glue_environment).returncode == 0
    assert basepool("budgets", "set", "sim-2", "--seconds", "3600", **glue_environment).returncode == 0
    listed = json.loads(basepool("budgets", "list", "--json", **glue_environment).stdout)
    assert [(each["account"], each["budget_seconds"], each["budget_usd"]) for each in listed] == [
        ("all", None, 50), ("sim-1", None, None), ("sim-2", 3600, None), ("sim-3", None, None)
    ]  # fmt: skip
    assert "of 3600" in basepool("budgets", "list", **glue_environment).stdout
    assert basepool("budgets", "set", "--usd", "none", **glue_environment).returncode == 0


@pytest.mark.parametrize(
    "said",
    [
        ("models", "set", "a b"),
        ("models", "set", "a/b", "--credits", "many"),
        ("models", "set", "a/b", "--usd-per-run", "nan"),
        ("models", "remove", "a/b"),
        ("budgets", "set"),
        ("budgets", "set", "nobody", "--usd", "1"),
        ("budgets", "set", "--usd", "-1"),
    ],
)
def test_what_makes_no_sense_is_refused(glue_url: str, said: tuple[str, ...]) -> None:
    done = basepool(*said, DATABASE_URL=glue_url)
    assert done.returncode == 2
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


# whatever users do

_LIMIT, _PER_MINUTE, _CREDITS = 2, 4, 9
_COSTS = {"acme/painter": 1, "acme/film": 3}
_LONG = timedelta(hours=2)
_NUMBER = st.integers(0, 99)
_WAY_OUT = st.sampled_from(["the user cancels", "the app cancels", "it is deleted"])
_MODEL = st.sampled_from(
    ["acme/painter", "acme/painter", "acme/film", "acme/film", "ACME/Film", "acme/dear", "deployments/acme/fast"]
)
_APP = """
create schema app_private;
create table public.users (id uuid primary key, credits integer not null check (credits >= 0));
create function app_private.charge() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.users as u set credits = u.credits - new.cost_credits where u.id = new.user_id;
  return new;
end $$;
create trigger charge before insert on public.generations for each row execute function app_private.charge();
"""


@dataclass
class Prediction:
    """What Replicate has made of a call."""

    id: str
    attempt: Any
    input: Any
    model: str
    created_at: datetime
    status: str = "starting"

    @property
    def is_over(self) -> bool:
        return self.status in {"succeeded", "failed", "canceled"}

    @property
    def json(self) -> Jsonb:
        return Jsonb(
            {
                "id": self.id, "status": self.status, "model": self.model, "version": "hidden", "input": self.input,
                "error": "flagged (E005)" if self.status == "failed" else None, "data_removed": False,
                "created_at": self.created_at.isoformat(), "output": "https://x/1" if self.status == "succeeded" else None,
            }
        )  # fmt: skip


@dataclass
class Call:
    """A lease, and what came of it."""

    attempt: Any
    generation: Any
    user: Any
    model: str
    input: Any
    sent_as: str
    is_open: bool = True
    prediction: Prediction | None = None


@dataclass
class Books:
    """What a user has done, as somebody who watches the door knows it."""

    submits: list[datetime] = field(default_factory=list)


class Shop(RuleBasedStateMachine):
    """The rules are what users, the app, the worker and Replicate can do; the invariants what must hold whatever they do. The
    app takes credits when a generation comes in and gives them back as the documentation's hook does."""

    connection: psycopg.Connection[Any]

    @initialize()
    def begin(self) -> None:
        self.clock = datetime(2026, 1, 1, tzinfo=UTC)
        self.calls: list[Call] = []
        self.books = {user(number): Books() for number in (1, 2)}
        self.retried: set[Any] = set()
        self.count = 0
        self._tick(timedelta())
        self._do(_APP)
        [example] = (
            (PROJECT / "docs" / "operations.md")
            .read_text()
            .split("## Credits\n")[1]
            .split("```sql\n")[1]
            .split("```")[:1]
        )
        self._do(example)
        for id in self.books:
            self._do("insert into public.users values (%s, %s)", id, _CREDITS)
        changes = {
            "user_active_limit": _LIMIT, "user_submits_per_minute": _PER_MINUTE, "cancel_after": "2 hours",
            "stuck_after": "1 day",
        }  # fmt: skip
        self._do("select basepool.configure(%s)", Jsonb(changes))
        self._do(
            "insert into basepool.models (pattern, credits, max_per_user, max_in_flight) values"
            " ('acme/painter', 1, null, null), ('acme/film', 3, 1, 1)"
        )
        for number in (1, 2):
            self._do("select basepool.add_token(%s, %s, 'user', null, 3)", f"r8_number_{number}", f"a-{number}")

    # plumbing

    def _do(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(query.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def _try(self, allowed: set[str], query: str, *parameters: Any, as_user: Any = None) -> list[tuple[Any, ...]] | str:
        """What the call returns, or its SQLSTATE if that is allowed."""
        try:
            with self.connection.transaction():
                if as_user is not None:
                    claims = json.dumps({"sub": str(as_user), "role": "authenticated"})
                    self._do("select set_config('request.jwt.claims', %s, true)", claims)
                    self._do("select set_config('role', 'authenticated', true)")
                rows = self._do(query, *parameters)
                self._do("select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)")
                return rows
        except psycopg.Error as error:
            if error.sqlstate not in allowed:
                raise
            return str(error.sqlstate)

    def _tick(self, time: timedelta) -> None:
        self.clock += time
        self._do("select set_config('basepool.frozen_now', %s, true)", self.clock.isoformat())

    def _open(self, *, has_prediction: bool) -> Call | None:
        """The oldest call that has no answer yet, and of which Replicate has made something, or not."""
        return next((each for each in self.calls if each.is_open and bool(each.prediction) == has_prediction), None)

    @property
    def predictions(self) -> list[Prediction]:
        return [call.prediction for call in self.calls if call.prediction]

    def _pick(self, number: int, status: str) -> Any:
        """One of the generations of this status. What is drawn depends on nothing that the database makes up."""
        found = self._do(
            "select id from public.generations where status ~ %s order by replicate_input ->> 'prompt', retry_of",
            status,
        )
        return found[number % len(found)][0] if found else None

    # what users and the app do

    @rule(number=st.sampled_from([1, 2]), model=_MODEL, is_plain=st.booleans(), times=st.integers(1, 3))
    def somebody_submits(self, number: int, model: str, is_plain: bool, times: int) -> None:
        for _ in range(times):
            self.count += 1
            given = Jsonb({"prompt": f"number {self.count}"})
            if is_plain:
                done = self._try({"PT429", "PT403", "23514"}, _INSERT, user(number), model, given, as_user=user(number))
            else:
                # a check of the app's own is an input that is refused
                done = self._try(
                    {"PT429", "PT403", "PT400"},
                    "select public.submit_generation(%s, %s)",
                    model,
                    given,
                    as_user=user(number),
                )
            if not isinstance(done, str):
                assert model.lower() in _COSTS
                self.books[user(number)].submits.append(self.clock)

    @rule(number=_NUMBER, how=_WAY_OUT)
    def one_is_given_up(self, number: int, how: str) -> None:
        self._give_up(self._pick(number, "pending|processing"), how)

    @rule(number=st.sampled_from([1, 2]), how=_WAY_OUT)
    def somebody_gives_all_up(self, number: int, how: str) -> None:
        for (id,) in self._do(
            "select id from public.generations where user_id = %s and basepool.is_active(status)", user(number)
        ):
            self._give_up(id, how)

    @rule(number=st.sampled_from([1, 2]), model=_MODEL, how=_WAY_OUT, is_answered=st.booleans())
    def somebody_is_at_it(self, number: int, model: str, how: str, is_answered: bool) -> None:
        """A turn of the loop that is the attack."""
        self.somebody_submits(number, model, False, 2)
        self.the_worker_works(is_answered)
        self.somebody_gives_all_up(number, how)

    def _give_up(self, id: Any, how: str) -> None:
        for (whose,) in self._do("select user_id from public.generations where id = %s", id):
            if how == "the user cancels":
                self._try(set(), "select public.cancel_generation(%s)", id, as_user=whose)
            elif how == "the app cancels":
                self._do("update public.generations set status = 'cancelled' where id = %s", id)
            else:
                self._do("delete from public.generations where id = %s", id)

    @rule(number=_NUMBER)
    def one_is_deleted(self, number: int) -> None:
        self._do("delete from public.generations where id = %s", self._pick(number, "completed|failed|cancelled"))

    @rule()
    def an_operator_retries(self) -> None:
        rows = self._do("select outcome, retried_as from basepool.retry_generations(p_since => '1 day')")
        self.retried |= {id for outcome, id in rows if outcome == "retried"}

    @rule(seconds=st.sampled_from([1, 5, 20, 61]))
    def time_passes(self, seconds: int) -> None:
        self._tick(timedelta(seconds=seconds))

    # what the worker and Replicate do

    @rule()
    def claim(self) -> None:
        for attempt, generation, given in self._do(
            "select attempt_id, generation_id, input from basepool.claim_generations('tester', 5) where answer = 'lease'"
        ):
            [[whose, model]] = self._do(
                "select user_id, replicate_model from public.generations where id = %s", generation
            )
            self.calls.append(Call(attempt, generation, whose, model.lower(), json.loads(given), model))

    @rule(is_answered=st.booleans())
    def the_worker_works(self, is_answered: bool) -> None:
        self.claim()
        while self._open(has_prediction=False):
            self.replicate_creates()
        while is_answered and self._open(has_prediction=True):
            self.the_answer_comes()

    @rule()
    def replicate_creates(self) -> None:
        call = self._open(has_prediction=False)
        if call:
            name = f"p{len(self.predictions) + 1}"
            call.prediction = Prediction(name, call.attempt, call.input, call.sent_as, self.clock)

    @rule()
    def the_answer_comes(self) -> None:
        call = self._open(has_prediction=True)
        if call is None or call.prediction is None:
            return
        call.is_open = False
        body = call.prediction.json
        if self._try({"TP023"}, "select basepool.record_submitted(%s, %s)", call.attempt, body) == "TP023":
            self._do("select basepool.apply_prediction(%s, %s, 'late')", call.attempt, body)

    @rule(how=st.sampled_from([("http", 422, "{}"), ("http", 429, "{}"), ("transport", None, "unsent: late")]))
    def nothing_is_made(self, how: tuple[str, int | None, str]) -> None:
        call = self._open(has_prediction=False)
        if call is None:
            return
        call.is_open = False
        self._try({"TP023"}, "select basepool.record_rejected(%s, %s, %s, %s)", call.attempt, *how)

    @rule()
    def the_answer_is_lost(self) -> None:
        call = self._open(has_prediction=True) or self._open(has_prediction=False)
        if call is None:
            return
        call.is_open = False
        self._try({"TP023"}, "select basepool.record_rejected(%s, 'transport', null, 'timeout: x')", call.attempt)

    @rule(number=_NUMBER, status=st.sampled_from(["processing", "succeeded", "succeeded", "failed"]))
    def a_prediction_goes_on(self, number: int, status: str) -> None:
        running = [prediction for prediction in self.predictions if not prediction.is_over]
        if running:
            running[number % len(running)].status = status

    @rule(number=_NUMBER)
    def a_webhook_comes(self, number: int) -> None:
        if not self.predictions:
            return
        prediction = self.predictions[number % len(self.predictions)]
        self._do(
            "select basepool.apply_prediction(%s, %s, 'webhook', %s)",
            prediction.attempt, prediction.json, f"{prediction.id} {prediction.status}",
        )  # fmt: skip

    @rule()
    def what_is_lost_is_looked_for(self) -> None:
        for search, account, after, before in self._do(
            "select search_id, account_id, created_after, created_before from basepool.claim_searches('tester', 9)"
        ):
            own = {id for (id,) in self._do("select id from basepool._all_attempts() where account_id = %s", account)}
            page = [p for p in self.predictions if p.attempt in own and after <= p.created_at < before]
            for attempt, id in self._do(
                "select * from basepool.match_predictions(%s, %s)", search, Jsonb([p.json.obj for p in page])
            ):
                found = next(prediction for prediction in self.predictions if prediction.id == id)
                self._do("select basepool.apply_prediction(%s, %s, 'search')", attempt, found.json)
            for (attempt,) in self._do("select * from basepool.conclude_search(%s, true)", search):
                self._try({"TP023"}, "select basepool.record_not_found(%s, %s)", attempt, search)

    @rule(is_heard=st.booleans())
    def what_is_to_end_is_cancelled(self, is_heard: bool) -> None:
        for attempt, id in self._do("select attempt_id, prediction_id from basepool.claim_cancellations(9)"):
            found = next(prediction for prediction in self.predictions if prediction.id == id)
            if is_heard:
                found.status = found.status if found.is_over else "canceled"
            self._do("select basepool.apply_prediction(%s, %s, 'cancel')", attempt, found.json)
            self._do("select basepool.record_cancellation(%s, 200)", attempt)

    # what must hold

    @invariant()
    def nobody_buys_for_free(self) -> None:
        if not hasattr(self, "calls"):
            return
        running = [
            call
            for call in self.calls
            if call.prediction and not call.prediction.is_over and self.clock < call.prediction.created_at + _LONG
        ]
        assert sum(call.model == "acme/film" for call in running) <= 1
        for id, books in self.books.items():
            own = [call for call in running if call.user == id and call.generation not in self.retried]
            assert len(own) <= _LIMIT
            for at in books.submits:
                assert sum(at <= other < at + timedelta(minutes=1) for other in books.submits) <= _PER_MINUTE
            # what failed is given back; everything else that was made has been paid for with credits
            made = {
                call.generation: _COSTS[call.model]
                for call in self.calls
                if call.user == id and call.generation not in self.retried and call.prediction
                and call.prediction.status != "failed"
            }  # fmt: skip
            [[left]] = self._do("select credits from public.users where id = %s", id)
            assert sum(made.values()) <= _CREDITS - left

    def teardown(self) -> None:
        if hasattr(self, "calls"):
            self.connection.rollback()


def test_whatever_users_do_they_pay_for_what_is_made(database_url: str) -> None:
    explore(Shop, database_url, 150)
