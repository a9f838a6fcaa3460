"""One Python method per SQL function. Python never reads or writes a table; what may be done is what these functions do."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import math
import re
import select
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import metadata
from typing import Any, LiteralString, Self
from uuid import UUID

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic import SecretStr

from basepool import version
from basepool.config import Settings
from basepool.documents import Document
from basepool.errors import (
    BasepoolError,
    DatabaseBusy,
    DatabaseRefused,
    DatabaseUnreachable,
    InvalidInput,
    NotMigrated,
    from_database,
    from_item,
)
from basepool.incidents import Incidents
from basepool.model import (
    AlertMessage,
    AppCheck,
    Beat,
    Claim,
    Finding,
    FoundToken,
    Inquiry,
    Lease,
    Moment,
    OutputFile,
    Retry,
    Search,
    TokenAccount,
    TokenSecret,
    TokenState,
    Verdict,
    WorkerState,
)
from basepool.redaction import hide, redact
from basepool.together import Together

logger = logging.getLogger(__name__)
QUEUE_CHANNEL = "basepool_queue"

# what may be done twice when a connection broke and nobody knows whether it was done; a claim or a submit may not
_REPEATABLE = {
    "basepool.record_answers",
    "basepool.apply_predictions",
    "basepool.renew_leases",
    "basepool.get_webhook_secrets",
    "basepool.get_generation",
    "basepool.get_status",
    "basepool.find_token",
    "basepool.get_token_secrets",
    "basepool.get_token_stats",
    "basepool.list_tokens",
    "basepool.health",
    "basepool.heartbeat",
    "basepool.list_workers",
    "basepool.list_audit",
    "basepool.list_jobs",
    "basepool.list_refused_webhooks",
    "basepool.list_settings",
    "basepool.list_models",
    "basepool.list_budgets",
    "basepool.list_cutover",
    "basepool.preview_cutover",
    "basepool.renew_output_files",
    "basepool.record_output_files",
    "basepool.record_deleted_files",
    "basepool.list_output_files",
    "basepool.find_unknown_keys",
    "basepool.get_output_secret",
    "basepool.diagnose",
    "basepool.page_overview",
    "basepool.page_generations",
    "basepool.page_find",
    "basepool.page_generation",
    "basepool.page_pool",
    "basepool.page_money",
    "basepool.page_jobs",
    "basepool.page_settings",
    "basepool.page_audit",
    "basepool.page_decisions",
    "basepool.page_decision",
    "basepool.page_what_if",
}
# what may take longer than DB_TIMEOUT_SECONDS, because a person or a scheduler waits for it and nothing waits behind it
_PATIENT_SECONDS = {
    "basepool.run_job": 600.0,
    "basepool.retry_generations": 120.0,
    "basepool.cancel_generations": 60.0,
    "basepool.list_cutover": 60.0,
    "basepool.preview_cutover": 60.0,
    "basepool.give_back": 60.0,
    "basepool.get_token_stats": 60.0,
    "basepool.keep_outputs": 120.0,
    "basepool.list_output_files": 60.0,
    "basepool.retry_output_files": 60.0,
    "basepool.diagnose": 60.0,
    "basepool.act_on_generations": 120.0,
    "basepool.act_on_job": 600.0,
}
# what somebody waits for who looks at a page: it is bounded, so that longer means that something else is wrong
_PAGE_SECONDS = 2.0
# of the time for a statement: what waits for one lock of somebody else's still has time for the rest
_LOCK_SHARE = 0.2
# after the server should have given up by itself
_SILENCE_SECONDS = 5.0
_QUIET_SECONDS = 10.0
# what carries a secret to the database, where the server's log shall not have it
_SECRET = {"basepool.add_token", "basepool.find_token", "basepool.rotate_token", "basepool.record_account"}
_KEEP_OUT_OF_LOG = b"select basepool.keep_out_of_log() as logged_by"
_LIMIT = b"select set_config('statement_timeout', %(statement)s, true), set_config('lock_timeout', %(lock)s, true)"
_PREPARE_THRESHOLD = 5
# libpq's: seconds but the last, which is milliseconds
_IMPATIENCE = {
    "connect_timeout": 2,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
}
# a prepared statement was not there, or another's was: a pooler that gives each transaction another server connection
_POOLED = (pg.InvalidSqlStatementName, pg.DuplicatePreparedStatement)
# or its function has been migrated meanwhile
_OUTDATED = (*_POOLED, pg.FeatureNotSupported)


def _secret(text: str | None) -> SecretStr | None:
    if text is None:
        return None
    hide([text])
    return SecretStr(text)


class Database:
    """The SQL functions over one connection pool. All methods raise BasepoolError subclasses only."""

    def __init__(self, settings: Settings, application_name: str | None = None) -> None:
        """Does not connect; use `open`."""
        self._settings = settings
        self._application_name = application_name or f"basepool {settings.worker_name}"
        self._may_prepare = settings.database_pooler != "transaction"
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[DictRow]] = AsyncConnectionPool(
            settings.conninfo,
            open=False,
            min_size=0,
            max_size=settings.db_pool_size,
            timeout=settings.db_timeout_seconds,
            # a server that comes back is used at once, instead of after a growing pause
            reconnect_timeout=0,
            configure=self._configure,
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={**self._connect_arguments(), "row_factory": dict_row},
        )
        self._has_warned = False
        self._incidents = Incidents()
        # which functions fail, and why; when each cause was met last
        self._causes: dict[str, str] = {}
        self._failed_at: dict[str, float] = {}
        self._answers = Together(self.record_answers)
        self._predictions = Together(self.apply_predictions)

    def _connect_arguments(self) -> dict[str, Any]:
        return {
            "autocommit": True,
            "prepare_threshold": None,
            "application_name": self._application_name[:63],
            "connect_timeout": max(2, int(self._settings.db_timeout_seconds)),
            # a network that swallows everything is noticed, too
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": int(1000 * (self._settings.db_timeout_seconds + _SILENCE_SECONDS)),
        }

    async def _configure(self, connection: psycopg.AsyncConnection[DictRow]) -> None:
        """What lasts as long as a server connection is ours alone: limits of time, and prepared statements, which save
        planning. A pooler, which may give each transaction another one, is recognised by the process id that it made up at
        the login."""
        if not self._may_prepare:
            return
        row = await (
            await connection.execute(
                "select case when pg_backend_pid() = %(pid)s or %(is_said)s then"
                " set_config('statement_timeout', %(statement)s, false) || set_config('lock_timeout', %(lock)s, false)"
                " end is not null as is_ours",
                {
                    "pid": connection.info.backend_pid,
                    "is_said": self._settings.database_pooler == "none",
                    **_limits(self._settings.db_timeout_seconds),
                },
            )
        ).fetchone()
        self._may_prepare = row is not None and row["is_ours"]
        if self._may_prepare:
            connection.prepare_threshold = _PREPARE_THRESHOLD

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, *, check: bool = True, application_name: str | None = None
    ) -> AsyncIterator[Self]:
        """The pool, opened. With `check`, fails at once where the database can't be reached, or is of a release that does not
        go with ours (a server that must start without one passes False). `application_name`: as the database knows us, by
        default as the worker. Raises DatabaseUnreachable, DatabaseRefused, NotMigrated, DatabaseNewer."""
        self = cls(settings, application_name)
        if check:
            # the pool would hide the reason and try for half a minute
            await self._check()
        await self._pool.open()
        try:
            yield self
        finally:
            await self._answers.close()
            await self._predictions.close()
            await self._pool.close()

    async def _check(self) -> None:
        try:
            connection = await psycopg.AsyncConnection.connect(self._settings.conninfo, **self._connect_arguments())
            try:
                await self._check_version(connection)
            finally:
                await connection.close()
        except psycopg.Error as error:
            raise from_database(error) from None

    @staticmethod
    async def _check_version(connection: psycopg.AsyncConnection[DictRow] | psycopg.AsyncConnection[Any]) -> None:
        """Raises NotMigrated or DatabaseNewer where the glue and this database are too far apart."""
        cursor = connection.cursor(row_factory=dict_row)
        try:
            row = await (await cursor.execute(_query("basepool.schema_version", ()))).fetchone()
        except (pg.UndefinedFunction, pg.InvalidSchemaName):
            raise NotMigrated("the database lacks basepool, or has one without a version") from None
        version.check(version.SchemaVersion(**row) if row else version.SchemaVersion(0, 0))

    async def _rows(self, function: LiteralString, **arguments: Any) -> list[dict[str, Any]]:
        """Call a function with named arguments and return its rows."""
        try:
            rows = await self._call(function, arguments)
        except (DatabaseUnreachable, DatabaseRefused) as error:
            self._fails(function, error)
            raise
        if self._incidents:
            self._works(function)
        return rows

    def _fails(self, function: str, error: DatabaseUnreachable | DatabaseRefused) -> None:
        """Say so, once per cause: an outage is met by every call, a full disk by some."""
        if _is_outage(error):
            self._incidents.begin("", f"{error.code} {error.message}")
            return
        self._causes[function] = error.message
        self._failed_at[error.message] = time.monotonic()
        self._incidents.begin(error.message, f"{function}: {error.code} {error.message}")

    def _works(self, function: str) -> None:
        self._incidents.end("", "the database is there again")
        self._causes.pop(function, None)
        for cause, failed_at in list(self._failed_at.items()):
            # what failed once may not be called again for long
            if cause not in self._causes.values() or time.monotonic() - failed_at > _QUIET_SECONDS:
                self._causes = {name: of for name, of in self._causes.items() if of != cause}
                del self._failed_at[cause]
                self._incidents.end(cause, f"{function} works again")

    async def _call(self, function: LiteralString, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        query = _query(function, tuple(arguments))
        seconds = _PATIENT_SECONDS.get(function, self._settings.db_timeout_seconds)
        if function.startswith("basepool.page_"):
            seconds = min(seconds, _PAGE_SECONDS)
        is_secret = function in _SECRET
        try:
            if is_secret:
                await self._warn_of_log(seconds)
            try:
                return await self._execute(query, arguments, seconds, is_secret)
            except _NotDone as error:
                if not error.nothing_was_done and function not in _REPEATABLE:
                    raise
                return await self._execute(query, arguments, seconds, is_secret)
        except _NotDone as error:
            raise from_database(error.reason) from None
        except PoolTimeout:
            # the pool does not say why; a connection of our own does
            await self._check()
            raise DatabaseUnreachable(
                f"no connection was free within {self._settings.db_timeout_seconds:g} s", "Raise DB_POOL_SIZE."
            ) from None
        except UnicodeEncodeError:
            raise InvalidInput("a text has half a character, or bytes that are no UTF-8, in it") from None
        except (pg.UndefinedFunction, pg.InvalidSchemaName) as error:
            # most likely one side is of another release than the other
            await self._check()
            raise from_database(error) from None
        except psycopg.Error as error:
            raise from_database(error) from None

    async def _warn_of_log(self, seconds: float) -> None:
        """Before a secret is sent: the server may log it, and we may not be allowed to keep it from that."""
        [row] = await self._execute(_KEEP_OUT_OF_LOG, {}, seconds)
        if row["logged_by"] and not self._has_warned:
            self._has_warned = True
            logger.error(
                "the server's log gets the secret, because of %s: see docs/operations.md", ", ".join(row["logged_by"])
            )

    async def _execute(
        self, query: bytes, arguments: dict[str, Any], seconds: float, is_secret: bool = False
    ) -> list[dict[str, Any]]:
        """Raises _NotDone where another connection may do better. The server ends what takes longer than `seconds`; should it
        be silent, too, it counts as lost."""
        is_sent = False
        async with self._pool.connection() as connection:
            try:
                if _has_news(connection):
                    await connection.execute("")
                is_sent = True
                async with asyncio.timeout(seconds + _SILENCE_SECONDS):
                    has_limits = (
                        connection.prepare_threshold is not None and seconds == self._settings.db_timeout_seconds
                    )
                    if has_limits and not is_secret:
                        # those of the connection (_configure)
                        return await (await connection.execute(query, arguments)).fetchall()
                    # one implicit transaction in one round trip, so that a pooler can't part them
                    async with connection.pipeline():
                        await connection.execute(_LIMIT, _limits(seconds))
                        if is_secret:
                            await connection.execute(_KEEP_OUT_OF_LOG)
                        cursor = await connection.execute(query, arguments)
                    return await cursor.fetchall()
            except TimeoutError:
                await connection.close()
                raise DatabaseUnreachable(
                    f"the database was silent for {seconds + _SILENCE_SECONDS:g} s",
                    "Look whether the server, the pooler or the network between stands still.",
                ) from None
            except psycopg.Error as error:
                if not (connection.closed or isinstance(error, _OUTDATED)):
                    raise
                reason = error
            if isinstance(reason, _POOLED):
                logger.warning("prepared statements do not work here: set DATABASE_POOLER=transaction")
                self._may_prepare = False
            # what befell one befell the others: a restart, a failover, a migration
            await connection.close()
        await self._pool.drain()
        raise _NotDone(reason, nothing_was_done=not is_sent or isinstance(reason, _OUTDATED))

    async def _value(self, function: LiteralString, **arguments: Any) -> Any:
        """Call a function that returns one value."""
        [row] = await self._rows(function, **arguments)
        return next(iter(row.values()))

    # the life of a generation

    async def claim_generations(self, *, worker: str, max: int) -> Claim:
        """Up to `max` leases for `worker`, or why there are none."""
        asked_at = Moment()
        rows = await self._rows("basepool.claim_generations", worker=worker, max=max)
        if not rows:
            # what waited was cancelled at that moment: no reason to sleep
            return Claim("lease", [], None, None)
        first = rows[0]
        columns = Lease.__dataclass_fields__.keys() - {"token", "claimed_at"}
        leases = [
            Lease(**{key: row[key] for key in columns}, token=_secret(row["token"]), claimed_at=asked_at)
            for row in rows
            if row["answer"] == "lease"
        ]
        return Claim(first["answer"], leases, first["busy_until"], None if leases else first["reason"])

    async def record_answers(self, items: Sequence[str]) -> list[Verdict | BasepoolError]:
        """What Replicate answered to creates, each as JSON. Returns for each what follows, or what is wrong with it."""
        return [
            from_item(row["error"]) if row["error"] else Verdict(row["outcome"], row["rule"], row["retry_at"])
            for row in await self._rows("basepool.record_answers", items=_array(items))
        ]

    async def apply_predictions(self, items: Sequence[str]) -> list[str | BasepoolError]:
        """What Replicate says about predictions, each as JSON. Returns for each what became of it, or what is wrong with it."""
        return [
            from_item(row["error"]) if row["error"] else str(row["outcome"])
            for row in await self._rows("basepool.apply_predictions", items=_array(items))
        ]

    async def record_submitted(self, *, attempt: UUID, prediction: dict[str, Any], has_webhook: bool) -> str:
        """Replicate accepted the create. Recorded together with others. Returns recorded, unchanged or stale. Raises
        LeaseLost."""
        verdict = await self._answers.add(_item(attempt=str(attempt), prediction=prediction, has_webhook=has_webhook))
        return verdict.decision

    async def record_rejected(self, *, attempt: UUID, source: str, status: int | None, body: str) -> Verdict:
        """Replicate refused the create (source http), or gave no answer (source transport). Recorded together with others.
        Raises LeaseLost."""
        return await self._answers.add(_item(attempt=str(attempt), source=source, status=status, body=_clean(body)))

    async def apply_prediction(
        self, *, attempt: UUID, prediction: dict[str, Any], source: str, webhook_id: str | None = None
    ) -> str:
        """What Replicate says about a prediction (source webhook, poll, cancel, search or late). Applied together with others.
        Returns what became of it."""
        return await self._predictions.add(
            _item(attempt=str(attempt), prediction=prediction, source=source, webhook_id=webhook_id)
        )

    async def get_webhook_secrets(self, *, attempt: UUID) -> list[SecretStr]:
        """The secrets that may have signed a webhook of this attempt; none: refuse it."""
        rows = await self._rows("basepool.get_webhook_secrets", attempt=attempt)
        found = (_secret(next(iter(row.values()))) for row in rows)
        return [secret for secret in found if secret]

    async def record_webhook_refused(self, *, attempt: UUID | None, webhook_id: str | None, reason: str) -> None:
        """Leave a trace of a refused webhook."""
        await self._rows(
            "basepool.record_webhook_refused",
            attempt=attempt,
            webhook_id=_clean(webhook_id) if webhook_id else None,
            reason=reason,
        )

    async def claim_cancellations(self, *, max: int) -> list[Inquiry]:
        """Predictions to cancel at Replicate."""
        return _inquiries(await self._rows("basepool.claim_cancellations", max=max))

    async def record_cancellation(self, *, attempt: UUID, http_status: int | None, error: str | None = None) -> None:
        """What Replicate answered to a cancel."""
        await self._rows(
            "basepool.record_cancellation",
            attempt=attempt,
            http_status=http_status,
            error=_clean(error) if error else None,
        )

    async def claim_checks(self, *, max: int) -> list[Inquiry]:
        """Predictions that have been silent for too long."""
        return _inquiries(await self._rows("basepool.claim_checks", max=max))

    async def record_check_failed(self, *, attempt: UUID, http_status: int | None, error: str) -> None:
        """Asking for a prediction was in vain."""
        await self._rows("basepool.record_check_failed", attempt=attempt, http_status=http_status, error=_clean(error))

    async def claim_app_checks(self, *, max: int) -> list[AppCheck]:
        """Predictions of the app's own that are overdue."""
        rows = await self._rows("basepool.claim_app_checks", max=max)
        return [
            AppCheck(row["generation_id"], row["prediction_id"], row["account_id"], secret)
            for row in rows
            if (secret := _secret(row["token"]))
        ]

    async def record_app_check(
        self,
        *,
        generation: UUID,
        account: int,
        http_status: int | None = None,
        prediction: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> str:
        """What an account has said about a prediction of the app's. Returns what became of it."""
        return str(
            await self._value(
                "basepool.record_app_check",
                generation=generation,
                account=account,
                http_status=http_status,
                prediction=Jsonb(_text(prediction), dumps=str) if prediction is not None else None,
                error=_clean(error) if error else None,
            )
        )

    async def claim_searches(self, *, worker: str, max: int) -> list[Search]:
        """Accounts whose predictions are to be listed, because answers were lost."""
        return [
            Search(**row | {"token": _secret(row["token"])})
            for row in await self._rows("basepool.claim_searches", worker=worker, max=max)
        ]

    async def match_predictions(
        self, *, search: int, predictions: list[dict[str, Any]], begins_page: bool
    ) -> list[tuple[UUID, str]]:
        """Which predictions of a page, or of a part of one, are to be applied to which attempts."""
        rows = await self._rows(
            "basepool.match_predictions", search=search, predictions=_json(predictions), begins_page=begins_page
        )
        return [(row["attempt_id"], row["prediction_id"]) for row in rows]

    async def conclude_search(self, *, search: int, is_complete: bool, error: str | None) -> list[UUID]:
        """End a search. Returns the attempts that have nothing at Replicate any more."""
        rows = await self._rows(
            "basepool.conclude_search",
            search=search,
            is_complete=is_complete,
            error=_clean(error) if error else None,
        )
        return [next(iter(row.values())) for row in rows]

    async def record_not_found(self, *, attempt: UUID, search: int) -> str:
        """End an attempt that has nothing at Replicate. Returns what follows. Raises LeaseLost."""
        return str(await self._value("basepool.record_not_found", attempt=attempt, search=search))

    async def renew_leases(self, *, worker: str, attempts: list[UUID]) -> set[UUID]:
        """Keep the leases of calls under way. Returns those that `worker` still holds."""
        rows = await self._rows("basepool.renew_leases", worker=worker, attempts=attempts)
        return {next(iter(row.values())) for row in rows}

    async def expire_leases(self, *, max: int = 500) -> int:
        """Mark calls that nobody answered for as unknown. Returns how many."""
        return int(await self._value("basepool.expire_leases", max=max))

    async def settle_again(self, *, max: int = 50) -> int:
        """Settle what the app's hook has not let end. Returns how many were settled."""
        return int(await self._value("basepool.settle_again", max=max))

    async def heartbeat(
        self, *, worker: str, doing: str | None, hands: int, hands_free: int, orders_webhooks: bool
    ) -> Beat:
        """Say that `worker` lives and what it does (None: it stops). Raises NotMigrated or DatabaseNewer where the database
        is too far from this glue."""
        answer = await self._value(
            "basepool.heartbeat",
            worker=worker,
            version=metadata.version("basepool"),
            schema_version=version.ours().version,
            doing=_clean(doing) if doing is not None else None,
            hands=hands,
            hands_free=hands_free,
            orders_webhooks=orders_webhooks,
        )
        version.check(version.SchemaVersion(**answer["schema"]))
        return Beat(findings=dict(answer["findings"]), has_alerts=bool(answer.get("has_alerts")))

    async def list_workers(self) -> list[WorkerState]:
        """Who works, and who is silent."""
        return [WorkerState(**row) for row in await self._rows("basepool.list_workers")]

    async def pause(self, *, kind: str, name: str | None, until: datetime | None, reason: str | None) -> str:
        """Let nothing new begin of the pool, or of the account, model or user `name`. Returns what happened."""
        return str(
            await self._value(
                "basepool.pause",
                kind=kind,
                name=_clean(name) if name is not None else None,
                until=until,
                reason=_clean(reason) if reason is not None else None,
            )
        )

    async def resume(self, *, kind: str, name: str | None) -> str:
        """End a pause. Returns what happened."""
        return str(await self._value("basepool.resume", kind=kind, name=_clean(name) if name is not None else None))

    async def list_jobs(self) -> list[dict[str, Any]]:
        """Every job, of the database and of the glue."""
        return await self._rows("basepool.list_jobs")

    async def record_command(self, *, action: str, target: str | None) -> None:
        """Let it be known who gave a command that no function of the database carries out."""
        await self._rows("basepool.record_command", action=action, target=target)

    async def run_job(self, *, job: str, trigger: str) -> dict[str, Any]:
        """Run a job of the database now. Returns {job, ok, result, error}."""
        return dict(await self._value("basepool.run_job", job=job, trigger=trigger))

    # alarms

    async def claim_alert_messages(self, *, max: int) -> list[AlertMessage]:
        """Messages about alarms that are the caller's to send; none where the database does it."""
        rows = await self._rows("basepool.claim_alert_messages", max=max)
        hide([row["url"] for row in rows])
        return [AlertMessage(**row | {"url": SecretStr(row["url"])}) for row in rows]

    async def record_alert_message(self, *, lease: UUID, http_status: int | None, error: str | None) -> str:
        """What became of one. Returns sent, again, given up, or late."""
        return str(
            await self._value("basepool.record_alert_message", lease=lease, http_status=http_status, error=error)
        )

    async def list_alerts(self, *, is_all: bool) -> list[dict[str, Any]]:
        """The open alarms, or the newest of all."""
        return await self._rows("basepool.list_alerts", all=is_all)

    async def send_test_alert(self) -> int:
        """Have a test message sent. Returns its number. Raises NowhereToAlert."""
        return int(await self._value("basepool.send_test_alert"))

    async def get_alert_message(self, *, id: int) -> dict[str, Any]:
        """What became of a message so far."""
        return dict(await self._value("basepool.get_alert_message", id=id))

    # generations, for people

    async def submit_for_user(
        self,
        *,
        user_id: UUID,
        replicate_model: str,
        input: str,
        action: str = "create",
        prompt: str | None = None,
        idempotency_key: str | None = None,
    ) -> UUID:
        """Submit on behalf of a user; `input` is JSON. Returns the generation's id."""
        value = await self._value(
            "basepool.submit_for_user",
            user_id=user_id,
            replicate_model=replicate_model,
            input=Jsonb(input, dumps=str),
            action=action,
            prompt=prompt,
            idempotency_key=idempotency_key,
        )
        return UUID(str(value))

    async def cancel_for_user(self, *, id: UUID) -> str:
        """Cancel a generation. Returns cancelled or already cancelled."""
        return str(await self._value("basepool.cancel_for_user", id=id))

    async def cancel_generations(
        self,
        *,
        user: UUID | None,
        model: str | None,
        all: bool,
        dry_run: bool,
        cursor: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Count what a cancel of many would take, or cancel a step of it. Each answer has the cursor of the next step."""
        return dict(
            await self._value(
                "basepool.cancel_generations",
                user=user,
                model=model,
                all=all,
                dry_run=dry_run,
                cursor=Jsonb(cursor) if cursor else None,
            )
        )

    async def limit_user(self, *, user: UUID, max_active: int | None, is_default: bool) -> dict[str, Any]:
        """Change how many generations a user may have active; without a number and `is_default`, show it."""
        [row] = await self._rows("basepool.limit_user", user=user, max_active=max_active, is_default=is_default)
        return row

    async def list_refused_webhooks(self, *, since: timedelta) -> list[dict[str, Any]]:
        """Webhooks that were refused within that time, by account and reason."""
        return await self._rows("basepool.list_refused_webhooks", since=since)

    async def list_audit(self, *, since: timedelta | None, max: int) -> list[dict[str, Any]]:
        """Who did what, newest first."""
        return await self._rows("basepool.list_audit", since=since, max=max)

    async def list_settings(self) -> list[dict[str, Any]]:
        """Every setting with what it means."""
        return await self._rows("basepool.list_settings")

    async def change_setting(self, *, name: str, value: str | None) -> dict[str, Any]:
        """Change a setting; None: to its default. Returns what it was and what it is."""
        [row] = await self._rows("basepool.change_setting", name=_no_nul(name), value=value and _no_nul(value))
        return row

    async def retry_generations(
        self,
        *,
        ids: list[UUID] | None,
        error: str | None,
        since: timedelta | None,
        max: int,
        dry_run: bool,
    ) -> list[Retry]:
        """Run failed generations again, each as a new one."""
        rows = await self._rows(
            "basepool.retry_generations", ids=ids, error=error, since=since, max=max, dry_run=dry_run
        )
        return [Retry(**row) for row in rows]

    async def get_generation(self, *, id: UUID) -> dict[str, Any]:
        """One generation with its attempts and what it waits for."""
        return dict(await self._value("basepool.get_generation", id=id))

    async def get_status(self) -> dict[str, Any]:
        """The whole: generations, queue, attempts, tokens, jobs, workers, findings; what can't be read is None, in unread."""
        return dict(await self._value("basepool.get_status"))

    async def get_metrics(self) -> list[dict[str, Any]]:
        """The samples of the exposition: name, kind and help of the family, labels, value."""
        return await self._rows("basepool.get_metrics")

    async def diagnose(self) -> list[Finding]:
        """All that the database can check of itself, what is well too."""
        return [Finding(**row) for row in await self._rows("basepool.diagnose")]

    async def schema_version(self) -> version.SchemaVersion:
        """What the database offers, and the oldest glue that it serves."""
        [row] = await self._rows("basepool.schema_version")
        return version.SchemaVersion(**row)

    async def clock(self) -> datetime:
        """What time the server has."""
        moment: datetime = await self._value("pg_catalog.clock_timestamp")
        return moment

    async def has_pooler(self) -> bool:
        """Whether a pooler is in between, in whatever mode: it makes up the process id that it tells at the login."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self._settings.conninfo, **self._connect_arguments()
            ) as connection:
                row = await (await connection.execute("select pg_backend_pid()")).fetchone()
                assert row is not None
                return bool(row[0] != connection.info.backend_pid)
        except psycopg.Error as error:
            raise from_database(error) from None

    async def health(self) -> dict[str, Any]:
        """Whether the database can do its work. Raises NotMigrated or DatabaseNewer where it is too far from this glue."""
        answer = dict(await self._value("basepool.health"))
        version.check(version.SchemaVersion(**answer["schema"]))
        return answer

    async def health_of_new_connection(self) -> dict[str, Any]:
        """The same over a connection that is made for it: the pool tries again and again before it says that there is none,
        and then not why. Says so within seconds where the server or the network has died without a word; waits where it is
        asked something and thinks."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self._settings.conninfo, **self._connect_arguments() | _IMPATIENCE
            ) as connection:
                row = await (await connection.execute(_query("basepool.health", ()))).fetchone()
        except psycopg.Error as error:
            raise from_database(error) from None
        assert row is not None
        version.check(version.SchemaVersion(**row[0]["schema"]))
        return dict(row[0])

    # what lasts

    async def claim_output_files(self, *, worker: str, max: int) -> list[OutputFile]:
        """Up to `max` files to copy into the store, nearest deadline first."""
        return [OutputFile(**row) for row in await self._rows("basepool.claim_output_files", worker=worker, max=max)]

    async def renew_output_files(self, *, leases: list[UUID]) -> set[UUID]:
        """Keep files under way. Returns the leases that are still held."""
        rows = await self._rows("basepool.renew_output_files", leases=leases)
        return {next(iter(row.values())) for row in rows}

    async def record_output_files(self, *, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What became of copies, each with its lease. Returns for each what follows: stored, waiting, failed or lost."""
        return await self._rows("basepool.record_output_files", results=_results(results))

    async def claim_deleted_files(self, *, max: int) -> list[dict[str, Any]]:
        """Up to `max` files that are to leave the store: generation_id, nth, key, thumb_key."""
        return await self._rows("basepool.claim_deleted_files", max=max)

    async def record_deleted_files(self, *, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What became of deletions: generation_id, nth, ok, error. Returns for each what follows: deleted, waiting or lost."""
        return await self._rows("basepool.record_deleted_files", results=_results(results))

    async def keep_outputs(
        self, *, since: timedelta | None = None, generation: UUID | None = None, max: int = 1000
    ) -> int:
        """Have outputs copied that nobody has waited for: of what was completed within `since`, or of one. Returns how many
        files; none: all of them are known."""
        return int(await self._value("basepool.keep_outputs", since=since, generation=generation, max=max))

    async def retry_output_files(self, *, generation: UUID | None = None) -> int:
        """Try again what was given up, of one generation or of the last hour. Returns how many files."""
        return int(await self._value("basepool.retry_output_files", generation=generation))

    async def list_output_files(
        self,
        *,
        state: str | None = None,
        generation: UUID | None = None,
        after: tuple[UUID, int] | None = None,
        max: int = 1000,
    ) -> list[dict[str, Any]]:
        """A page of output files with all that is known of each; the next one begins `after` the last of it."""
        return await self._rows(
            "basepool.list_output_files",
            state=_clean(state) if state is not None else None,
            generation=generation,
            after_generation=after[0] if after else None,
            after_nth=after[1] if after else None,
            max=max,
        )

    async def find_unknown_keys(self, *, keys: list[str]) -> set[str]:
        """Which of the keys in the store belong to no file that is known."""
        rows = await self._rows("basepool.find_unknown_keys", keys=[_no_nul(key) for key in keys])
        return {next(iter(row.values())) for row in rows}

    async def get_output_secret(self) -> SecretStr:
        """What links to private files are signed with."""
        secret = _secret(await self._value("basepool.get_output_secret"))
        assert secret is not None
        return secret

    # money

    async def list_models(self) -> list[dict[str, Any]]:
        """What may be submitted, and what it costs."""
        return [next(iter(row.values())) for row in await self._rows("basepool.list_models")]

    async def set_model(self, *, pattern: str, changes: dict[str, Any]) -> dict[str, Any]:
        """List a model, or change what is said of it. Returns its row."""
        return dict(await self._value("basepool.set_model", pattern=_clean(pattern), changes=_json(changes)))

    async def remove_model(self, *, pattern: str) -> str:
        """Take a model off the list. Returns what happened."""
        return str(await self._value("basepool.remove_model", pattern=_clean(pattern)))

    async def list_budgets(self) -> list[dict[str, Any]]:
        """What was spent today, of all and per account, and the budgets."""
        return await self._rows("basepool.list_budgets")

    async def set_budget(self, *, account: str | None, changes: dict[str, Any]) -> dict[str, Any]:
        """Set what an account, or all together, may spend in a day. Returns what list_budgets says of it."""
        account = _clean(account) if account is not None else None
        return dict(await self._value("basepool.set_budget", account=account, changes=_json(changes)))

    async def list_cutover(self) -> list[dict[str, Any]]:
        """How far the app has moved over, by pattern, and what both sides have run since yesterday."""
        return await self._rows("basepool.list_cutover")

    async def cut_over(self, *, pattern: str, percent: Decimal | None) -> dict[str, Any]:
        """Have basepool run what is inserted of `pattern` by so many percent of the users; None: nothing is said of it any
        more. Returns what is so now, and what was."""
        return dict(await self._value("basepool.cut_over", pattern=_clean(pattern), percent=percent))

    async def preview_cutover(self, *, pattern: str, percent: Decimal | None) -> dict[str, Any]:
        """What that would have meant since yesterday, and what waits."""
        return dict(await self._value("basepool.preview_cutover", pattern=_clean(pattern), percent=percent))

    async def give_back(self, *, pattern: str, cursor: UUID | None = None) -> dict[str, Any]:
        """Give a step of what waits of `pattern` back to the app. Each answer has the cursor of the next step."""
        return dict(await self._value("basepool.give_back", pattern=_clean(pattern), cursor=cursor))

    # tokens

    async def find_token(self, *, text: str) -> FoundToken:
        """What somebody gave as a token: as it can be sent, and which one of the pool it is."""
        hide([text])
        # like this it is refused as what it is
        [row] = await self._rows("basepool.find_token", text=_no_nul(text))
        return FoundToken(**row | {"secret": _secret(row["secret"])})

    async def add_token(
        self,
        *,
        token: SecretStr,
        username: str | None,
        kind: str | None,
        webhook_secret: SecretStr | None,
        max_in_flight: int | None = None,
        name: str | None = None,
    ) -> TokenAccount:
        """Add a token to the pool."""
        [row] = await self._rows(
            "basepool.add_token",
            token=token.get_secret_value(),
            username=username,
            kind=kind,
            webhook_secret=webhook_secret.get_secret_value() if webhook_secret else None,
            max_in_flight=max_in_flight,
            name=name,
        )
        return TokenAccount(**row)

    async def record_account(
        self, *, token_id: int, username: str, kind: str | None, webhook_secret: SecretStr | None
    ) -> TokenAccount:
        """Record whose token it is."""
        [row] = await self._rows(
            "basepool.record_account",
            token_id=token_id,
            username=username,
            kind=kind,
            webhook_secret=webhook_secret.get_secret_value() if webhook_secret else None,
        )
        return TokenAccount(**row)

    async def get_token_secrets(self, *, unchecked_only: bool) -> list[TokenSecret]:
        """Tokens with their secrets, for asking Replicate whose they are."""
        rows = await self._rows("basepool.get_token_secrets", unchecked_only=unchecked_only)
        return [TokenSecret(row["token_id"], _secret(row["token"]), row["problem"]) for row in rows]

    async def list_tokens(self) -> list[TokenState]:
        """The pool as the operator sees it."""
        return [TokenState(**row) for row in await self._rows("basepool.list_tokens")]

    async def enable_token(self, *, token_id: int) -> str:
        """Switch a token on. Returns what happened."""
        return str(await self._value("basepool.enable_token", token_id=token_id))

    async def disable_token(self, *, token_id: int) -> str:
        """Switch a token off; what it has in flight goes on. Returns what happened."""
        return str(await self._value("basepool.disable_token", token_id=token_id))

    async def rotate_token(self, *, token_id: int, token: SecretStr, username: str | None) -> str:
        """Swap the secret of a token. Returns what happened."""
        return str(
            await self._value(
                "basepool.rotate_token", token_id=token_id, token=token.get_secret_value(), username=username
            )
        )

    async def secure_tokens(self, *, undo: bool, yes: bool) -> str:
        """Move all tokens into Vault, or back. Returns what was done. Raises TokensStillRead, NoVault."""
        return str(await self._value("basepool.secure_tokens", undo=undo, yes=yes))

    async def limit_token(
        self,
        *,
        token_id: int,
        max_in_flight: int | None,
        weight: int | None,
        creates_per_minute: int | None,
        burst: int | None,
    ) -> dict[str, Any]:
        """Change limits of a token and its account. Returns what counts now."""
        [row] = await self._rows(
            "basepool.limit_token",
            token_id=token_id,
            max_in_flight=max_in_flight,
            weight=weight,
            creates_per_minute=creates_per_minute,
            burst=burst,
        )
        return row

    async def get_token_stats(self, *, window: timedelta) -> list[dict[str, Any]]:
        """Per token: how it did within `window`, and how it is."""
        return await self._rows("basepool.get_token_stats", window=window)

    async def claim_probes(self, *, max: int) -> list[TokenSecret]:
        """Suspended tokens to ask Replicate about."""
        rows = await self._rows("basepool.claim_probes", max=max)
        return [TokenSecret(row["token_id"], _secret(row["token"])) for row in rows]

    async def record_probe(self, *, token_id: int, http_status: int | None, body: str) -> str:
        """What Replicate said about a suspended token. Returns what follows."""
        return str(
            await self._value("basepool.record_probe", token_id=token_id, http_status=http_status, body=_clean(body))
        )

    async def remove_token(self, *, token_id: int) -> str:
        """Delete a token that has nothing in flight. Returns what happened."""
        return str(await self._value("basepool.remove_token", token_id=token_id))

    async def listen(self, channel: str = QUEUE_CHANNEL) -> AsyncIterator[None]:
        """Yields once it listens, then at every notification. Needs a connection of its own that is kept: a pooler in
        transaction mode delivers nothing. Raises BasepoolError when the connection is lost."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self._settings.conninfo, **self._connect_arguments()
            ) as connection:
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                yield
                async for _ in connection.notifies():
                    yield
        except psycopg.Error as error:
            raise from_database(error) from None

    # the operator's page

    async def page_overview(self) -> dict[str, Any]:
        """What happens now, and what is wrong."""
        return await self._page("basepool.page_overview")

    async def page_generations(self, *, filter: dict[str, Any], cursor: str | None, limit: int) -> dict[str, Any]:
        """Generations that `filter` lets through, from `cursor` on."""
        return await self._page("basepool.page_generations", filter=_json(filter), cursor=cursor, limit=limit)

    async def page_find(self, *, text: str) -> dict[str, Any]:
        """What an id, a prediction id, an idempotency key or a user is of."""
        return await self._page("basepool.page_find", text=_no_nul(text))

    async def page_generation(self, *, id: UUID) -> dict[str, Any]:
        """All that is known of one, but for what was put in. Raises NotFound."""
        return await self._page("basepool.page_generation", id=id)

    async def page_input(self, *, id: UUID, actor: str) -> dict[str, Any]:
        """What was put in; that `actor` has looked is written down. Raises NotFound."""
        return await self._page("basepool.page_input", id=id, actor=actor)

    async def page_pool(self) -> dict[str, Any]:
        """Accounts, tokens and their seats, and the last leases."""
        return await self._page("basepool.page_pool")

    async def page_money(self, *, by: str, days: int) -> dict[str, Any]:
        """What was used within `days`, `by` model, user, token or account."""
        return await self._page("basepool.page_money", by=by, days=days)

    async def page_jobs(self) -> dict[str, Any]:
        """The jobs, and how their last runs went."""
        return await self._page("basepool.page_jobs")

    async def page_settings(self) -> dict[str, Any]:
        """The settings, and what they may be."""
        return await self._page("basepool.page_settings")

    async def page_audit(self, *, cursor: str | None, limit: int) -> dict[str, Any]:
        """Who did what, newest first, from `cursor` on."""
        return await self._page("basepool.page_audit", cursor=cursor, limit=limit)

    async def page_decisions(self, *, cursor: str | None, limit: int) -> dict[str, Any]:
        """The claims that were made, newest first, from `cursor` on."""
        return await self._page("basepool.page_decisions", cursor=cursor, limit=limit)

    async def page_decision(self, *, id: int) -> dict[str, Any]:
        """One claim: each token, and why it was chosen or not. Raises NotFound."""
        return await self._page("basepool.page_decision", id=id)

    async def page_what_if(self, *, changes: dict[str, Any]) -> dict[str, Any]:
        """When the queue would be drained, now and with `changes`."""
        return await self._page("basepool.page_what_if", changes=_json(changes))

    async def act_on_generations(
        self, *, actor: str, action: str, filter: dict[str, Any], dry_run: str | None
    ) -> dict[str, Any]:
        """Without `dry_run` says what `action` would be done to; with what that said, does it to those."""
        return await self._page(
            "basepool.act_on_generations", actor=actor, action=action, filter=_json(filter), dry_run=dry_run
        )

    async def act_on_token(self, *, actor: str, token_id: int, action: str, value: int | None) -> dict[str, Any]:
        """Enable, disable, limit or probe a token. Returns what was and what is."""
        return await self._page("basepool.act_on_token", actor=actor, token_id=token_id, action=action, value=value)

    async def act_on_pool(
        self, *, actor: str, action: str, kind: str, name: str | None, reason: str | None
    ) -> dict[str, Any]:
        """Pause or resume the pool, a model or an account."""
        return await self._page("basepool.act_on_pool", actor=actor, action=action, kind=kind, name=name, reason=reason)

    async def act_on_job(self, *, actor: str, job: str) -> dict[str, Any]:
        """Run a job of the database now."""
        return await self._page("basepool.act_on_job", actor=actor, job=job)

    async def act_on_setting(self, *, actor: str, name: str, value: str | None, expected: str | None) -> dict[str, Any]:
        """Change a setting, unless it is no longer `expected`; None: its default."""
        return await self._page(
            "basepool.act_on_setting", actor=actor, name=name, value=_json(value), expected=_json(expected)
        )

    async def _page(self, function: LiteralString, **arguments: Any) -> dict[str, Any]:
        """What a function of the page returns: one JSON object."""
        found = await self._value(function, **arguments)
        return dict(found)


def _inquiries(rows: list[dict[str, Any]]) -> list[Inquiry]:
    return [Inquiry(row["attempt_id"], row["prediction_id"], _secret(row["token"])) for row in rows]


class _NotDone(Exception):
    """The connection broke, or can't be used; `nothing_was_done` where that is certain."""

    def __init__(self, reason: psycopg.Error, *, nothing_was_done: bool) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.nothing_was_done = nothing_was_done


def _is_outage(error: DatabaseUnreachable | DatabaseRefused) -> bool:
    """Whether there is no server to be had, as opposed to one that can't do this."""
    if isinstance(error, DatabaseRefused):
        return True
    state = error.sqlstate
    return not isinstance(error, DatabaseBusy) and (state is None or state == "53300" or state[:2] in {"08", "57"})


def _limits(seconds: float) -> dict[str, str]:
    """The limits of time for what may take `seconds`, in milliseconds, as Postgres reads them."""
    return {"statement": str(math.ceil(1000 * seconds)), "lock": str(math.ceil(1000 * seconds * _LOCK_SHARE))}


@functools.cache
def _query(function: LiteralString, names: tuple[str, ...]) -> bytes:
    """The call of a function by the names of its arguments."""
    schema, name = function.split(".")
    return (
        sql.SQL("select * from {}({})")
        .format(
            sql.Identifier(schema, name),
            sql.SQL(", ").join(
                sql.SQL("{} => {}").format(sql.Identifier(f"p_{key}"), sql.Placeholder(key)) for key in names
            ),
        )
        .as_bytes()
    )


def _has_news(connection: psycopg.AsyncConnection[DictRow]) -> bool:
    """Whether the server has said something unasked, most likely that it closed the connection. Costs no round trip."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _dumps(value: Any) -> str:
    """JSON without NUL, which JSON allows and Postgres does not."""
    text = json.dumps(value)
    return re.sub(r"((?<!\\)(?:\\\\)*)\\u0000", r"\1", text) if "\\u0000" in text else text


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=_dumps)


def _item(**fields: Any) -> str:
    """An item of a set. A document goes in as it came."""
    return f"{{{', '.join(f'{_dumps(key)}: {_text(value)}' for key, value in fields.items())}}}"


def _results(results: list[dict[str, Any]]) -> Jsonb:
    """Results as the database can read them: what came from outside spoils at most its own, and carries no secret along."""
    return _json([{key: _plain(key, value) for key, value in result.items()} for result in results])


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    text = _clean(str(value)) if key == "error" else str(value)
    return text.encode(errors="replace").decode()


def _text(value: Any) -> str:
    return value.text if isinstance(value, Document) else _dumps(value)


def _array(items: Sequence[str]) -> Jsonb:
    return Jsonb(f"[{','.join(items)}]", dumps=str)


def _no_nul(text: str) -> str:
    """What Postgres takes: it has no NUL."""
    return text.replace("\x00", "\ufffd")


def _clean(text: str) -> str:
    """Postgres stores no NUL; and what an error quotes must not carry a secret into a table."""
    return redact(text.replace("\x00", ""))
