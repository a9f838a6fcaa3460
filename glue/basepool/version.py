"""Which databases this glue works with. The range stands in db/functions/shared/schema_version.sql, for both sides."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from basepool.errors import DatabaseNewer, NotMigrated, SetupError

_PACKAGED = Path(__file__).parent / "db"
DB_DIR = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "db"
"""What `migrate` applies: `db/` as it travels in the wheel, or that of the checkout."""


class SchemaVersion(NamedTuple):
    """What one side offers, and the oldest other side that it works with."""

    version: int
    oldest: int


@cache
def ours() -> SchemaVersion:
    """That of this glue. Raises SetupError."""
    path = DB_DIR / "functions" / "shared" / "schema_version.sql"
    found = re.search(r"select (\d+) as version, (\d+) as oldest", path.read_text(encoding="utf-8"))
    if not found:
        raise SetupError(f"{path.name} names no version", "Restore the file.")
    return SchemaVersion(int(found[1]), int(found[2]))


def check(theirs: SchemaVersion) -> None:
    """Raises NotMigrated or DatabaseNewer where a database of `theirs` and this glue do not work together."""
    mine = ours()
    if theirs.version < mine.oldest:
        raise NotMigrated(
            f"the database has schema version {theirs.version}, and this basepool ({mine.version}) needs {mine.oldest}"
            " or newer",
            "Run basepool migrate of this version, as the owner.",
        )
    if mine.version < theirs.oldest:
        raise DatabaseNewer(
            f"the database has schema version {theirs.version}, which serves basepool from {theirs.oldest} on, and this"
            f" one is {mine.version}",
            "Update basepool here.",
        )
