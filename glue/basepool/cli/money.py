"""`basepool models` and `basepool budgets`: what may be bought, what it costs, and how much in a day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from basepool.cli.show import DURATION, as_json, console, duration, json_out, table, when, with_database
from basepool.errors import UsageError

_NONE = "none"


class _Number(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A number, or none. Which numbers make sense the database says."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind
        self.name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == _NONE or isinstance(value, self._kind):
            return value
        try:
            number = self._kind(value)
        except (ValueError, InvalidOperation):
            self.fail(f"{value!r} is neither a number nor {_NONE}", param, ctx)
        if not -(10**9) < number < 10**9:
            self.fail(f"{value} is out of range", param, ctx)
        return number


class _Time(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A time such as 30s, 5m, or none."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == _NONE else DURATION.convert(value, param, ctx)


_INTEGER, _AMOUNT, _TIME = _Number(int), _Number(Decimal), _Time()


def _changes(**options: Any) -> dict[str, Any]:
    """What was said, as JSON for the database."""
    return {name: _plain(value) for name, value in options.items() if value is not None}


def _plain(value: Any) -> Any:
    if value == _NONE:
        return None
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.0f} seconds"
    return str(value) if isinstance(value, Decimal) else value


@click.group()
def models() -> None:
    """What may be submitted, what it costs, and how many at once: list, set, remove.

    As long as none is listed, everything may be, but deployments.
    """


@models.command("list", epilog="Example: basepool models list --json")
@as_json
def list_models(is_json: bool) -> None:
    """Show what is listed, with how many are in flight."""
    _show_models(with_database(lambda database: database.list_models()), is_json)


@models.command(
    "set", epilog="Example: basepool models set 'black-forest-labs/*' --credits 2 --per-user 3 --in-flight 20"
)
@click.argument("pattern")
@click.option("--enable/--disable", "is_enabled", default=None, help="Whether it is offered.")
@click.option("--credits", type=_INTEGER, help="What a generation costs its user (1).")
@click.option("--seconds-per-credit", type=_AMOUNT, help="What it came to, for the hook: so many seconds are a credit.")
@click.option("--outputs-per-credit", type=_AMOUNT, help="The same by files that were made.")
@click.option("--per-user", type=_INTEGER, help="How many a user may have active at once.")
@click.option("--in-flight", type=_INTEGER, help="How many may be in flight at once, of all users.")
@click.option("--timeout", type=_TIME, help="When Replicate ends it: 30s, 5m.")
@click.option("--usd-per-run", type=_AMOUNT, help="What Replicate charges for a prediction.")
@click.option("--usd-per-second", type=_AMOUNT, help="And for each second of it.")
@as_json
def set_model(
    pattern: str,
    is_enabled: bool | None,
    credits: Any,
    seconds_per_credit: Any,
    outputs_per_credit: Any,
    per_user: Any,
    in_flight: Any,
    timeout: Any,
    usd_per_run: Any,
    usd_per_second: Any,
    is_json: bool,
) -> None:
    """List a model, or change what is said of it; what is left out stays, `none` takes a limit away.

    PATTERN is owner/name, with * for any characters; deployments/owner/name for a deployment. Where several match a model, the
    most specific one counts. From the first one on, only what is listed may be submitted: list * as well to keep the rest.
    """
    changes = _changes(
        enabled=is_enabled,
        credits=credits,
        seconds_per_credit=seconds_per_credit,
        outputs_per_credit=outputs_per_credit,
        max_per_user=per_user,
        max_in_flight=in_flight,
        timeout=timeout,
        usd_per_run=usd_per_run,
        usd_per_second=usd_per_second,
    )
    row = with_database(lambda database: database.set_model(pattern=pattern, changes=changes))
    _show_models([row], is_json)


@models.command(epilog="Example: basepool models remove 'black-forest-labs/*'")
@click.argument("pattern")
def remove(pattern: str) -> None:
    """Take a model off the list; what waits or runs of it goes on."""
    click.echo(with_database(lambda database: database.remove_model(pattern=pattern)))


def _show_models(rows: list[dict[str, Any]], is_json: bool) -> None:
    if is_json:
        json_out(rows)
        return
    if not rows:
        click.echo("no model is listed: all may be submitted, but no deployments")
        return
    listed = table(
        "model",
        "credits",
        "per user",
        "in flight",
        "timeout",
        "USD",
        "state",
        right=("credits", "per user", "in flight"),
    )
    for row in rows:
        listed.add_row(
            row["pattern"],
            _price(row),
            _or_dash(row["max_per_user"]),
            f"{row['in_flight']}/{row['max_in_flight']}" if row["max_in_flight"] else str(row["in_flight"]),
            duration(row["timeout"]) if row["timeout"] else "-",
            _usd(row),
            "offered" if row["enabled"] else "not offered",
        )
    console().print(listed)


def _price(row: dict[str, Any]) -> str:
    if row["seconds_per_credit"]:
        return f"{row['credits']}, then 1 per {row['seconds_per_credit']} s"
    if row["outputs_per_credit"]:
        return f"{row['credits']}, then 1 per {row['outputs_per_credit']} files"
    return str(row["credits"])


def _usd(row: dict[str, Any]) -> str:
    parts = [f"{row['usd_per_run']} a run"] if row["usd_per_run"] else []
    parts += [f"{row['usd_per_second']} a second"] if row["usd_per_second"] else []
    return " + ".join(parts) or "-"


def _or_dash(value: Any) -> str:
    return "-" if value is None else str(value)


@click.group()
def budgets() -> None:
    """What was spent today, and what may be: list, set.

    A day is one of UTC. What is in flight counts as much as its model usually takes; beyond a budget nothing is claimed until
    midnight. Money is counted by the prices of basepool models.
    """


@budgets.command("list", epilog="Example: basepool budgets list --json")
@as_json
def list_budgets(is_json: bool) -> None:
    """Show what was spent since midnight UTC, of all and per account. Exit status 0, whatever is used up."""
    _show_budgets(with_database(lambda database: database.list_budgets()), is_json)


@budgets.command("set", epilog="Example: basepool budgets set studio --usd 50 --seconds 36000")
@click.argument("account", required=False)
@click.option("--seconds", type=_AMOUNT, help="Seconds of predictions in a day, or none.")
@click.option("--usd", type=_AMOUNT, help="Money in a day, or none.")
@as_json
def set_budget(account: str | None, seconds: Any, usd: Any, is_json: bool) -> None:
    """Set the budget of ACCOUNT (its name, see basepool tokens list), or of all accounts together."""
    changes = _changes(seconds=seconds, usd=usd)
    if not changes:
        raise UsageError("nothing says what the budget is", "Use --seconds, --usd or both.")
    row = with_database(lambda database: database.set_budget(account=account, changes=changes))
    _show_budgets([row], is_json)


def _show_budgets(rows: list[dict[str, Any]], is_json: bool) -> None:
    if is_json:
        json_out(
            [
                {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
                for row in rows
            ]
        )
        return
    listed = table("account", "seconds", "USD", "used", "until", right=("seconds", "USD", "used"))
    for row in rows:
        listed.add_row(
            row["account"],
            _of(row["seconds"], row["expected_seconds"], row["budget_seconds"]),
            _of(row["usd"], row["expected_usd"], row["budget_usd"]),
            f"{100 * Decimal(str(row['share'])):.0f} %" if row["share"] is not None else "-",
            when(row["until"]),
        )
    console().print(listed)


def _of(spent: Any, expected: Any, budget: Any) -> str:
    text = f"{spent} + {expected} in flight" if Decimal(str(expected)) else f"{spent}"
    return text if budget is None else f"{text} of {budget}"
