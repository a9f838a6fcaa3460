"""One generation's life against every order of events, with a world of its own in the place of Replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from psycopg.types.json import Jsonb

from tests import states
from tests.support import explore

_ENDS = {"succeeded", "failed", "canceled", "aborted"}
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_CANCEL_AFTER = timedelta(minutes=5)
_CALL = timedelta(seconds=60)
_ON_ITS_WAY = timedelta(seconds=55)
_INPUT = {"prompt": "a cat"}
_DRAWN = {thing: states.drawn(thing) for thing in ("Generation", "Attempt")}
# all that is looked at after every step, at once: there are thousands of steps
_SEEN = """
select
  (select status from public.generations)
  , array(select outcome from public.settlements)
  , array(select state from basepool.seats where attempt_id is not null)
  , (select count(*) from basepool.queue)
  -- what is looked for is what may exist and has no name: that is what unknown means
  , (
    select count(*) from basepool._all_attempts() as a full join basepool.lost_attempts as l on l.attempt_id = a.id
    where
      (l.attempt_id is not null and a.prediction_id is not null) or (a.state = 'unknown' and l.attempt_id is null)
  )
  , array(select prediction_id from basepool._all_attempts() where prediction_id is not null)
  , (select count(*) from basepool.seats where attempt_id is not null)
    + (select count(*) from basepool.cancellations where over_at > basepool.now() and user_id is not null)
"""
_AT_REST = """
select
  not (select basepool.is_active(status) from public.generations)
  and not exists (select from basepool._all_attempts() where finished_at is null)
  and not exists (select from basepool.cancellations)
  and not exists (select from basepool.lost_attempts) and not exists (select from basepool.searches where ended_at is null)
"""


@dataclass
class Prediction:
    """What Replicate has. `history` is what a webhook may say, now or too late."""

    id: str
    attempt: Any
    created_at: datetime
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def now(self) -> dict[str, Any]:
        return self.history[-1]

    @property
    def is_over(self) -> bool:
        return self.now["status"] in _ENDS

    def become(self, status: str, error: str | None = None) -> None:
        output = "https://x/1.png" if status == "succeeded" else None
        self.history.append({
            "id": self.id, "status": status, "error": error, "output": output, "model": "acme/painter", "version": "hidden",
            "input": _INPUT, "data_removed": False, "created_at": self.created_at.isoformat(),
        })  # fmt: skip


@dataclass
class Call:
    """A worker's call: nobody but it can create the attempt's prediction, while it lasts or a little later, because a request
    may be on its way when its sender gives up."""

    attempt: Any
    leased_at: datetime
    is_open: bool = True
    arrives_until: datetime | None = None
    prediction: Prediction | None = None

    def may_create(self, now: datetime) -> bool:
        """Whether its prediction may yet come into being."""
        late = self.arrives_until is not None and now < self.arrives_until
        return self.prediction is None and (self.is_open or late)


class Life(RuleBasedStateMachine):
    """The rules are what can happen; the invariants what must hold whatever happens."""

    connection: psycopg.Connection[Any]

    @initialize()
    def begin(self) -> None:
        self.clock = _BEGIN
        self._tick(timedelta())
        if self._call("select to_regclass('public.settlements')") == [(None,)]:
            self._prepare()
        [(self.generation,)] = self._call(
            "select public.submit_generation('acme/painter', %s, p_user_id => gen_random_uuid())", Jsonb(_INPUT)
        )
        # the column's default is the time of day, which the cleanup would compare with this clock
        self._call("update public.generations set created_at = basepool.now()")
        self.calls: list[Call] = []
        self.statuses = ["pending"]

    # plumbing

    def _prepare(self) -> None:
        """What every life begins with."""
        states.watch(self.connection)
        self._call("create table public.settlements (generation uuid, outcome text)")
        self._call(
            "create function public.on_generation_settled(g uuid, outcome text) returns void language sql set search_path = ''"
            " as $$ insert into public.settlements values (g, outcome) $$"
        )
        self._call("select basepool.configure(%s)", Jsonb({"cancel_after": "5 minutes"}))
        self._call("select basepool.add_token('r8_number_1', 'a-1', 'user', null, 2)")
        self._call("select basepool.add_token('r8_number_2', 'a-2', 'user', null, 2)")
        self.connection.commit()
        self._tick(timedelta())

    def _call(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def _attempt(self, allowed: set[str], query: str, *parameters: Any) -> list[tuple[Any, ...]] | str:
        """What the call returns, or its SQLSTATE if that is allowed."""
        try:
            with self.connection.transaction():
                return self._call(query, *parameters)
        except psycopg.Error as error:
            if error.sqlstate not in allowed:
                raise
            return str(error.sqlstate)

    def _tick(self, time: timedelta) -> None:
        self.clock += time
        self._call("select set_config('basepool.frozen_now', %s, true)", self.clock.isoformat())

    @property
    def predictions(self) -> list[Prediction]:
        return [call.prediction for call in self.calls if call.prediction]

    def _status(self) -> str:
        return str(self._call("select status from public.generations")[0][0])

    # what can happen

    @rule()
    def claim(self) -> None:
        for answer, attempt in self._call("select answer, attempt_id from basepool.claim_generations('tester', 5)"):
            if answer != "lease":
                continue
            # the promise: nothing is bought while what was bought before may still bring the result
            for call in self.calls:
                bought = call.prediction
                overdue = self.clock >= call.leased_at + _CANCEL_AFTER
                assert not call.may_create(self.clock) or overdue, "an earlier call may still create one"
                if bought is not None and bought.now["status"] != "failed":
                    assert overdue, f"{bought.now['status']} was bought before"
            self.calls.append(Call(attempt, self.clock))

    @precondition(lambda self: any(call.may_create(self.clock) for call in self.calls))
    @rule()
    def replicate_creates(self) -> None:
        call = next(call for call in self.calls if call.may_create(self.clock))
        call.prediction = Prediction(f"p{len(self.predictions) + 1}", call.attempt, self.clock)
        call.prediction.become("starting")

    @precondition(lambda self: any(call.is_open and call.prediction for call in self.calls))
    @rule(has_webhook=st.booleans())
    def the_answer_comes(self, has_webhook: bool) -> None:
        call = next(call for call in self.calls if call.is_open and call.prediction)
        call.is_open = False
        assert call.prediction is not None
        body = Jsonb(call.prediction.history[0])
        if (
            self._attempt({"TP023"}, "select basepool.record_submitted(%s, %s, %s)", call.attempt, body, has_webhook)
            == "TP023"
        ):
            self._call("select basepool.apply_prediction(%s, %s, 'late')", call.attempt, body)

    @precondition(lambda self: any(call.is_open and not call.prediction for call in self.calls))
    @rule(status=st.sampled_from([422, 429, 401, 402]))
    def replicate_says_no(self, status: int) -> None:
        call = next(call for call in self.calls if call.is_open and not call.prediction)
        call.is_open = False
        self._attempt({"TP023"}, "select basepool.record_rejected(%s, 'http', %s, '{}')", call.attempt, status)

    @precondition(lambda self: any(call.is_open for call in self.calls))
    @rule(status=st.sampled_from([None, 500, 502]))
    def the_answer_is_lost(self, status: int | None) -> None:
        call = next(call for call in self.calls if call.is_open)
        call.is_open = False
        call.arrives_until = self.clock + _ON_ITS_WAY
        source = "http" if status else "transport"
        self._attempt(
            {"TP023"}, "select basepool.record_rejected(%s, %s, %s, 'timeout: nothing')", call.attempt, source, status
        )

    @precondition(lambda self: any(call.is_open for call in self.calls))
    @rule()
    def the_worker_dies(self) -> None:
        call = next(call for call in self.calls if call.is_open)
        call.is_open = False
        call.arrives_until = call.leased_at + _CALL + _ON_ITS_WAY

    @precondition(lambda self: any(call.is_open for call in self.calls))
    @rule()
    def the_worker_renews(self) -> None:
        self._call("select basepool.renew_leases('tester', %s)", [call.attempt for call in self.calls if call.is_open])

    @rule(seconds=st.sampled_from([1, 5, 31, 61, 130, 700]))
    def time_passes(self, seconds: int) -> None:
        self._tick(timedelta(seconds=seconds))
        for call in self.calls:
            if call.is_open and self.clock >= call.leased_at + _CALL:
                call.is_open = False
                call.arrives_until = call.leased_at + _CALL + _ON_ITS_WAY
        for prediction in self.predictions:
            if not prediction.is_over and self.clock >= prediction.created_at + _CANCEL_AFTER:
                prediction.become("aborted" if prediction.now["status"] == "starting" else "canceled")

    @precondition(lambda self: any(not prediction.is_over for prediction in self.predictions))
    @rule(end=st.sampled_from(["succeeded", "succeeded", "PA", "E005", "processing", "a new word"]))
    def the_prediction_goes_on(self, end: str) -> None:
        prediction = next(prediction for prediction in self.predictions if not prediction.is_over)
        if end in {"PA", "E005"}:
            prediction.become("failed", f"something ({end})")
        else:
            prediction.become(end)

    @precondition(lambda self: self.predictions)
    @rule(data=st.data())
    def a_webhook_comes(self, data: st.DataObject) -> None:
        prediction = data.draw(st.sampled_from(self.predictions))
        said = data.draw(st.sampled_from(prediction.history))
        self._call(
            "select basepool.apply_prediction(%s, %s, 'webhook', %s)",
            prediction.attempt, Jsonb(said), f"{prediction.id} {said['status']}",
        )  # fmt: skip

    @rule()
    def leases_expire(self) -> None:
        self._call("select basepool.expire_leases()")

    @rule()
    def replicate_is_asked(self) -> None:
        for attempt, id in self._call("select attempt_id, prediction_id from basepool.claim_checks(9)"):
            found = next(prediction for prediction in self.predictions if prediction.id == id)
            self._call("select basepool.apply_prediction(%s, %s, 'poll')", attempt, Jsonb(found.now))

    @rule(is_complete=st.booleans())
    def the_list_is_searched(self, is_complete: bool) -> None:
        for search, account, after, before in self._call(
            "select search_id, account_id, created_after, created_before from basepool.claim_searches('tester', 9)"
        ):
            own = {
                attempt
                for (attempt,) in self._call("select id from basepool._all_attempts() where account_id = %s", account)
            }
            page = [p.now for p in self.predictions if p.attempt in own and after <= p.created_at < before]
            for attempt, id in self._call(
                "select * from basepool.match_predictions(%s, %s)",
                search,
                Jsonb(page if is_complete else []),
            ):
                found = next(prediction for prediction in self.predictions if prediction.id == id)
                self._call("select basepool.apply_prediction(%s, %s, 'search')", attempt, Jsonb(found.now))
            for (attempt,) in self._call("select * from basepool.conclude_search(%s, %s)", search, is_complete):
                self._attempt({"TP023"}, "select basepool.record_not_found(%s, %s)", attempt, search)

    @rule()
    def the_user_cancels(self) -> None:
        self._attempt({"PT409"}, "select basepool.cancel_for_user(%s)", self.generation)

    @rule()
    def the_app_cancels_it_by_itself(self) -> None:
        self._call(
            "update public.generations set status = 'cancelled' where status in ('pending', 'queued', 'processing')"
        )

    @rule()
    def what_is_cancelled_is_cancelled_there(self) -> None:
        for attempt, id in self._call("select attempt_id, prediction_id from basepool.claim_cancellations(9)"):
            found = next(prediction for prediction in self.predictions if prediction.id == id)
            if not found.is_over:
                found.become("canceled")
            self._call("select basepool.apply_prediction(%s, %s, 'cancel')", attempt, Jsonb(found.now))
            self._call("select basepool.record_cancellation(%s, 200)", attempt)

    @rule()
    def the_cleanup_runs(self) -> None:
        self._call("select basepool.run_job('cleanup')")

    # what must hold

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "calls"):
            return
        [(status, settled, flying, waiting, wrong, bought, counted)] = self._call(_SEEN)
        if status != self.statuses[-1]:
            self.statuses.append(status)
        for thing, arrows in states.seen(self.connection).items():
            assert arrows <= _DRAWN[thing]
        ends = [each for each in self.statuses if each in {"completed", "failed", "cancelled"}]
        assert [outcome.partition(" ")[0] for outcome in settled] == ends[:1]
        # what was claimed stays pending until Replicate is known to have it
        if status == "processing":
            assert flying == ["running"]
        elif status == "pending":
            assert flying in ([], ["submitting"], ["unknown"])
        else:
            assert flying == []
        assert waiting + len(flying) == (status in {"pending", "processing"})
        assert wrong == 0
        assert len(set(bought)) == len(bought)
        # what may run there counts against the limit of its user, whatever became of the generation
        running = [p for p in self.predictions if not p.is_over and self.clock < p.created_at + _CANCEL_AFTER]
        assert len(running) <= counted

    def teardown(self) -> None:
        if not hasattr(self, "calls"):
            return
        try:
            self._comes_to_rest()
        finally:
            self.connection.rollback()

    def _comes_to_rest(self) -> None:
        """Whatever happened, an hour of ordinary work brings it to an end."""
        for _ in range(40):
            self.time_passes(130)
            self.leases_expire()
            self.replicate_is_asked()
            self.the_list_is_searched(True)
            self.what_is_cancelled_is_cancelled_there()
            self.claim()
            if any(call.is_open for call in self.calls):
                self.replicate_creates()
                self.the_answer_comes(True)
            for prediction in self.predictions:
                if not prediction.is_over:
                    prediction.become("succeeded")
            self.holds()
            if self._call(_AT_REST) == [(True,)]:
                # time alone changes nothing more
                break
        self.the_cleanup_runs()
        self.holds()
        assert self._status() in {"completed", "failed", "cancelled"}
        assert self._call(
            "select (select count(*) from basepool._all_attempts() where finished_at is null)"
            " + (select count(*) from basepool.cancellations)"
        ) == [(0,)]
        assert self._call("select count(*) from basepool.lost_attempts") == [(0,)]
        assert self._call("select count(*) from basepool.searches where ended_at is null") == [(0,)]
        self._call("select basepool._roll_up_token_stats()")
        assert self._call("select sum(request_count) from public.replicate_tokens") == [(len(self.calls),)]
        # every prediction that was made is in the books
        known = {id for (id,) in self._call("select prediction_id from basepool._all_attempts()")}
        assert {prediction.id for prediction in self.predictions} <= known
        if any(p.now["status"] == "succeeded" for p in self.predictions) and "cancelled" not in self.statuses:
            assert self._status() == "completed"


def test_a_life_ends_well_whatever_the_order_of_events(database_url: str) -> None:
    explore(Life, database_url, 150)
