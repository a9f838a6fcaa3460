"""The command `basepool`. Bad input ends in a line with a code, one with a remedy, and exit status 2; never in a traceback."""

from __future__ import annotations

import importlib
import logging
import sys
from importlib.metadata import version

import click

from basepool.errors import BasepoolError, UsageError
from basepool.redaction import describe, install, redact

_COMMANDS = {
    "migrate": ("basepool.cli.migrate", "Bring the database up to this checkout."),
    "migrations": ("basepool.cli.migrate", "The same as files for Supabase's CLI."),
    "uninstall": ("basepool.cli.uninstall", "Take basepool out again, and leave what was there before."),
    "tokens": ("basepool.cli.tokens", "The pool of Replicate tokens."),
    "serve": ("basepool.cli.serve", "Receive webhooks and cron calls over HTTP."),
    "dashboard": ("basepool.cli.serve", "Serve the operator's page alone."),
    "work": ("basepool.cli.work", "Send waiting generations to Replicate."),
    "workers": ("basepool.cli.workers", "Who works, and who is silent."),
    "submit": ("basepool.cli.generations", "Queue a generation."),
    "status": ("basepool.cli.generations", "What runs, and what became of one generation."),
    "doctor": ("basepool.cli.doctor", "Whether all is as it should be, and what to do where it is not."),
    "why": ("basepool.cli.generations", "Why a generation is not running."),
    "cancel": ("basepool.cli.generations", "Cancel a generation, or many."),
    "retry": ("basepool.cli.generations", "Run failed generations again."),
    "pause": ("basepool.cli.pauses", "Let nothing new begin: of the pool, an account, a model, a user."),
    "resume": ("basepool.cli.pauses", "End a pause."),
    "cutover": ("basepool.cli.cutover", "Move what the app inserts over to basepool, a part at a time."),
    "alerts": ("basepool.cli.alerts", "What rings, and whether anybody hears it."),
    "models": ("basepool.cli.money", "What may be submitted, and what it costs."),
    "budgets": ("basepool.cli.money", "What was spent today, and what may be."),
    "outputs": ("basepool.cli.outputs", "What was made, and its copies in the store."),
    "users": ("basepool.cli.users", "What single users may do."),
    "settings": ("basepool.cli.settings", "Limits, times and messages."),
    "webhooks": ("basepool.cli.webhooks", "Webhooks that were refused."),
    "run-job": ("basepool.cli.jobs", "Run a job of the database, or of the glue, now; list them."),
    "audit": ("basepool.cli.audit", "Who did what."),
    "simulate": ("basepool.cli.simulate", "A stand-in of Replicate on this machine."),
}


class _Commands(click.Group):
    """Imports a command only when it is used: `basepool --help` must not need a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Configured by environment: DATABASE_URL (or PG*), REPLICATE_BASE_URL, PUBLIC_URL, CRON_SECRET and others; see"
    " the README. Example: DATABASE_URL=postgresql://… basepool status",
)
@click.version_option(version("basepool"), prog_name="basepool")
def cli() -> None:
    """The queue, the token pool and the limits of paid Replicate generations, kept in Postgres."""


def main(arguments: list[str] | None = None) -> None:
    """The console script. Exits with 0, 1 (a check failed), 2 (an error, explained on stderr) or 130 (interrupted)."""
    install()
    try:
        code = cli.main(args=arguments, prog_name="basepool", standalone_mode=False)
    except BasepoolError as error:
        fail(error)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        sys.exit(2)
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        help_command = f"{ctx.command_path} --help" if ctx else "basepool --help"
        fail(UsageError(error.format_message(), f"See {help_command}."))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        logging.getLogger("basepool.cli").debug("unexpected", exc_info=True)
        fail(BasepoolError(f"unexpected: {describe(error)}"))
    sys.exit(code if isinstance(code, int) else 0)


def show_error(error: BasepoolError) -> None:
    """Say what was wrong and what to do."""
    click.echo(redact(f"error {error.code}: {error.message}\n  hint: {error.hint}"), err=True)


def fail(error: BasepoolError) -> None:
    """Say it, and exit with status 2."""
    show_error(error)
    sys.exit(2)
