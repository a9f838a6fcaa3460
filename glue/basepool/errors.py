"""Every error a user can meet: a stable code, what was wrong, and what to do. The same table stands in docs/errors.md."""

from __future__ import annotations

from typing import Any, ClassVar

import psycopg
from psycopg import errors as pg

from basepool.redaction import redact


class BasepoolError(Exception):
    """An error with a stable `code`, a `message` of one line, and a `hint` that says what to do."""

    code: ClassVar[str] = "TP099"
    default_hint: ClassVar[str] = "Set LOG_LEVEL=DEBUG to see where it comes from, and report it."

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = redact(_one_line(message))
        self.hint = redact(_one_line(hint or self.default_hint))
        super().__init__(self.message)

    def as_json(self) -> dict[str, str]:
        """The error for an HTTP caller."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InvalidInput(BasepoolError):
    """The database refused an argument."""

    code = "PT400"
    default_hint = "Correct the input and try again."


class Forbidden(BasepoolError):
    """Not this caller's to do."""

    code = "PT403"
    default_hint = "Use the account it belongs to."


class NotFound(BasepoolError):
    """There is no such thing, or it is somebody else's."""

    code = "PT404"
    default_hint = "Check the id."


class Conflict(BasepoolError):
    """It is not in a state in which this can be done."""

    code = "PT409"
    default_hint = "Look at its status first."


class LimitReached(BasepoolError):
    """The user has as many generations active, or has submitted as many in a minute, as allowed."""

    code = "PT429"
    default_hint = "Wait until one has finished, or cancel one."


class PoolUnavailable(BasepoolError):
    """No token is usable, or all are busy."""

    code = "PT503"
    default_hint = "See basepool tokens list."


class UnknownAttempt(BasepoolError):
    """There is no such attempt in this database."""

    code = "TP001"
    default_hint = "It may be of another database, or older than settings.keep_attempts_for."


class ForeignPrediction(BasepoolError):
    """The prediction belongs to another attempt."""

    code = "TP002"
    default_hint = "Nothing was changed."


class UnknownJob(BasepoolError):
    """There is no such job."""

    code = "TP003"
    default_hint = "See basepool run-job for those there are."


class ForeignToken(BasepoolError):
    """The new secret belongs to another account."""

    code = "TP004"
    default_hint = "Add it with basepool tokens add, and disable the old one."


class UnknownToken(BasepoolError):
    """There is no such token."""

    code = "TP005"
    default_hint = "See basepool tokens list for the ids."


class KnownToken(BasepoolError):
    """The token is in the pool already."""

    code = "TP006"
    default_hint = "See basepool tokens list."


class MalformedToken(BasepoolError):
    """This can't be a token."""

    code = "TP007"
    default_hint = "Copy it again from https://replicate.com/account/api-tokens."


class TokenInUse(BasepoolError):
    """The token has something in flight."""

    code = "TP008"
    default_hint = "Disable it and try again when that has finished."


class InvalidSetting(BasepoolError):
    """No such setting, or a value out of its limits."""

    code = "TP009"
    default_hint = "See basepool settings get."


class MigrationEdited(BasepoolError):
    """A migration was changed after it had been applied."""

    code = "TP010"
    default_hint = "Restore the file and put the change into a new migration."


class DatabaseNewer(BasepoolError):
    """The database was migrated by a newer basepool."""

    code = "TP011"
    default_hint = "Update basepool here."


class DatabaseUnreachable(BasepoolError):
    """No connection to the database."""

    code = "TP012"
    default_hint = "Check DATABASE_URL (or PGHOST, PGPORT) and whether Postgres is running there."
    sqlstate: str | None = None
    """What the server said, where one was there to say it."""


class NotSchedulable(BasepoolError):
    """The database can't call the glue: an extension is missing, or the secret."""

    code = "TP049"
    default_hint = "Install pg_cron and pg_net, and put the secret into Vault: docs/operations.md#serverless."


class DatabaseBusy(DatabaseUnreachable):
    """The database did not do it in time: somebody holds what it needs, or it is overloaded. Nothing was changed."""

    code = "TP040"
    default_hint = "See basepool status for who holds what; it is tried again by itself."


class DatabaseRefused(BasepoolError):
    """The database refused the login."""

    code = "TP013"
    default_hint = "Check user, password and database name in DATABASE_URL (or PGUSER, PGPASSWORD, PGDATABASE)."


class ConfigError(BasepoolError):
    """An environment variable is missing or wrong."""

    code = "TP014"
    default_hint = "See the README for the environment variables."


class LeaseLost(BasepoolError):
    """The attempt is over or was found out by others; this writer came too late."""

    code = "TP023"
    default_hint = "Nothing was changed."


class SettlementFailed(BasepoolError):
    """The app's hook raised an error, or is gone, so the generation did not end."""

    code = "TP024"
    default_hint = "Correct that function; the generation is settled again."


class StoreUnreachable(BasepoolError):
    """The store did not answer, or refused."""

    code = "TP025"
    default_hint = "Check STORE_URL and the variables that belong to it."


class UnusableToken(BasepoolError):
    """The secret of a token can't be read, or can't stand in a header."""

    code = "TP030"
    default_hint = "Give it a new one with basepool tokens rotate, or restore what Vault has lost."


class PortInUse(BasepoolError):
    """Something else listens there."""

    code = "TP015"
    default_hint = "Stop it, or choose another port with --port or PORT."


class TokenRefused(BasepoolError):
    """Replicate does not accept the token."""

    code = "TP016"
    default_hint = "Copy it again from https://replicate.com/account/api-tokens; nothing was added."


class ReplicateUnreachable(BasepoolError):
    """Replicate did not answer."""

    code = "TP017"
    default_hint = "Check REPLICATE_BASE_URL and the network, or use --no-check."


class NotMigrated(BasepoolError):
    """The database lacks basepool, or an older one is there."""

    code = "TP018"
    default_hint = "Run make migrate."


class MissingPrivilege(BasepoolError):
    """The database role may not do this."""

    code = "TP019"
    default_hint = "Connect as the role basepool_glue (or as the owner for make migrate)."


class UsageError(BasepoolError):
    """The command line was not understood."""

    code = "TP020"
    default_hint = "See basepool --help."


class SetupError(BasepoolError):
    """Something that is needed is not installed, or can't be used."""

    code = "TP021"
    default_hint = "Run make setup."


class MigrationFailed(BasepoolError):
    """A file of db/ could not be applied."""

    code = "TP022"
    default_hint = "Nothing of this file was applied; what came before it was."


class TokensStillRead(BasepoolError):
    """Something reads tokens from their column, or nobody can say that nothing does."""

    code = "TP050"
    default_hint = "Have it call get_next_replicate_token(), and repeat it."


class NoVault(BasepoolError):
    """Supabase Vault is not installed."""

    code = "TP051"
    default_hint = "Tokens stay in public.replicate_tokens."


class NowhereToAlert(BasepoolError):
    """Alarms can't be sent: alert_url is not set, or can't be read."""

    code = "TP060"
    default_hint = "Put the URL into Vault, then as the owner: basepool settings set alert_url vault:NAME."


class PreflightFailed(BasepoolError):
    """The database can't be migrated as it is."""

    code = "TP043"
    default_hint = "Run what stands with each point, then this again; nothing was changed."


class WrongScript(BasepoolError):
    """A script is for another kind of database, or its parts were run out of order."""

    code = "TP044"
    default_hint = "Run the parts in their order; what was applied already is left alone."


class StillRunning(BasepoolError):
    """Something of basepool's runs or waits, so it can't be taken out."""

    code = "TP047"
    default_hint = "Give what waits back (basepool cutover --models '*' --percent 0), and let the rest end."


class StillNeeded(BasepoolError):
    """Basepool can't be taken out: something of the app leans on it, or would be lost."""

    code = "TP048"
    default_hint = "Change what is named, then repeat this; nothing of it was changed."


class StaleDryRun(BasepoolError):
    """A dry run can't be carried out: it is unknown, another operator's, of something else, done already, or too old."""

    code = "TP068"
    default_hint = "Look again, and then carry out what you see."


def _one_line(text: str) -> str:
    """A text that may quote anything, without what steers a terminal."""
    return "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))


def _all_errors(kind: type[BasepoolError] = BasepoolError) -> list[type[BasepoolError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in _all_errors(sub))]


BY_CODE: dict[str, type[BasepoolError]] = {kind.code: kind for kind in _all_errors()}
"""The one mapping from a code (SQLSTATE where the database raises it) to its exception."""


def is_fault_of_database(error: BasepoolError) -> bool:
    """Whether it says nothing about what was passed: the same may be done later."""
    return isinstance(error, DatabaseUnreachable | DatabaseRefused | MissingPrivilege | NotMigrated)


def from_database(error: psycopg.Error) -> BasepoolError:
    """The exception for what psycopg raised. Never carries a connection string: libpq's messages may quote one."""
    diag = error.diag
    return _translate(type(error), error.sqlstate, diag.message_primary or str(error), diag.message_hint)


def from_item(error: dict[str, Any]) -> BasepoolError:
    """The same for what was wrong with one item of a set: code (SQLSTATE), message, hint."""
    code = str(error["code"])
    try:
        kind: type[psycopg.Error] = pg.lookup(code)
    except KeyError:
        kind = psycopg.DatabaseError
    return _translate(kind, code, str(error["message"]), error["hint"])


def _translate(kind: type[psycopg.Error], sqlstate: str | None, text: str, hint: str | None) -> BasepoolError:
    if sqlstate in BY_CODE:
        return BY_CODE[sqlstate](text, hint)
    if issubclass(kind, pg.UndefinedFunction | pg.InvalidSchemaName | pg.UndefinedTable):
        return NotMigrated(f"the database is not migrated: {text}")
    if issubclass(kind, pg.InsufficientPrivilege):
        return MissingPrivilege(text)
    if issubclass(kind, pg.InvalidAuthorizationSpecification | pg.InvalidCatalogName) or any(
        word in text for word in ("password", "authentication failed", "no pg_hba.conf entry", "user not found")
    ):
        return DatabaseRefused("the database refused the login")
    if "does not exist" in text and ("role " in text or "database " in text):
        return DatabaseRefused("the database refused the login: no such role or database")
    if issubclass(kind, pg.QueryCanceled | pg.LockNotAvailable):
        return DatabaseBusy(f"the database did not do it in time: {text}")
    # read-only: a standby, or a failover in the middle
    if issubclass(kind, psycopg.OperationalError | psycopg.InterfaceError | pg.ReadOnlySqlTransaction):
        unreachable = DatabaseUnreachable(f"the database can't be reached: {_reason(text)}", _remedy(text))
        unreachable.sqlstate = sqlstate
        return unreachable
    if issubclass(kind, pg.InvalidTextRepresentation | pg.DataError):
        return InvalidInput(text, hint)
    return BasepoolError(f"the database reported {sqlstate or 'an error'}: {text}", hint)


def _reason(text: str) -> str:
    """Why, without the hosts and attempts that libpq names around it."""
    reasons = [line.rsplit("failed: ", 1)[-1] for line in text.splitlines() if "failed: " in line]
    return (reasons or text.strip().splitlines() or [""])[0].strip(" .").lower() or "no answer"


# what Postgres and the poolers say before anybody is logged in, where no SQLSTATE reaches us
_REMEDIES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("too many clients", "too many connections", "connection slots", "no more connections", "max client"),
        "All its connections are taken: close some, lower DB_POOL_SIZE, raise max_connections, or put a pooler in between.",
    ),
    (("starting up", "shutting down", "recovery", "not yet accepting"), "It is starting or stopping: try again."),
    (("timeout", "timed out"), "It did not answer in time: look at the network, at its load, and at who holds locks."),
)


def _remedy(text: str) -> str | None:
    """What to do where another thing than the address is wrong."""
    lower = text.lower()
    return next((hint for words, hint in _REMEDIES if any(word in lower for word in words)), None)
