"""What `migrate` would do, as SQL: pasted in parts, or run by Supabase's CLI. It makes the same database, once, and says so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from basepool import paste
from basepool.errors import DatabaseNewer, DatabaseUnreachable, MigrationEdited, UsageError, WrongScript
from basepool.migrate import migrate
from dev.devserver import DevServer, find_bindir
from tests.migration.conftest import as_superuser
from tests.migration.test_migrate import _SCHEMA, _VERSIONS
from tests.support import PATIENCE_SECONDS, basepool

_EDITOR_BYTES = 980_000
_SCANNER_BYTES = 256 * 1024
"""What the CLI takes as one statement, in all its versions."""

_LEDGER: LiteralString = "select path, sha256 from basepool.schema_files order by 1"
_INDEXES: LiteralString = """
select c.relname::text from pg_index as i inner join pg_class as c on c.oid = i.indexrelid
where i.indrelid = 'public.generations'::regclass and i.indisvalid order by 1
"""
_INDEX_FILE = """\
-- Outside transactions: public.generations
-- Two more; the platform has the first by another name.
create index concurrently if not exists generations_pasted_idx on public.generations (user_id, created_at desc);
-- a word; in between
create unique index concurrently generations_retried_key on public.generations (retry_of, id)
where retry_of is not null and action <> 'a;b';
"""


def _rows(url: str, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query, parameters).fetchall()


def _dump(url: str = "", **options: Any) -> str:
    said: list[str] = []
    paste.dump(url, echo=said.append, **options)
    return "\n".join(said)


def _parts(**options: Any) -> list[str]:
    text = _dump(**options)
    return re.split(r"^(?=-- Part \d+ of \d+)", text, flags=re.M)[1:]


def _psql(url: str, script: str, *, stop: bool = True) -> subprocess.CompletedProcess[str]:
    """As somebody does who pastes it into psql."""
    return subprocess.run(
        [find_bindir() / "psql", "--no-psqlrc", "--quiet", "-v", f"ON_ERROR_STOP={int(stop)}", url],
        input=script,
        text=True,
        check=False,
        capture_output=True,
    )


def _editor(url: str, script: str) -> list[str]:
    """As Supabase's SQL editor does: all of it as one simple query; what the last statement says is shown."""
    assert len(script.encode()) < _EDITOR_BYTES
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(script.encode())
        while cursor.nextset():
            pass
        return [row[0] for row in cursor.fetchall()] if cursor.description else []


def _paste(url: str, parts: list[str]) -> list[str]:
    """One after the other, as they are numbered."""
    return [line for part in parts for line in _editor(url, part)]


def _statements(text: str) -> list[str]:
    """As the CLI splits them, and what is left of none."""
    found, begin = [], 0
    for token in re.finditer(r"--[^\n]*|'(?:[^']|'')*'|(\$\w*\$).*?\1|;", text, re.S):
        if token[0] == ";":
            found.append(text[begin : token.start()].strip())
            begin = token.end()
    assert re.sub(r"--[^\n]*", "", text[begin:]).strip() == ""
    return found


def _push(url: str, folder: Path) -> None:
    """As `supabase db push` did until version 2.108: a file's statements in one pipeline, and then its row in the history."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("create schema if not exists supabase_migrations")
        connection.execute(
            "create table if not exists supabase_migrations.schema_migrations (version text primary key)"
        )
        done = {row[0] for row in connection.execute("select version from supabase_migrations.schema_migrations")}
        for path in sorted(folder.glob("*.sql")):
            version = path.name.partition("_")[0]
            if version in done:
                continue
            connection.execute("reset all")
            with connection.pipeline(), connection.cursor() as cursor:
                for statement in _statements(path.read_text()):
                    assert len(statement.encode()) < _SCANNER_BYTES
                    cursor.execute(statement.encode())
                cursor.execute("insert into supabase_migrations.schema_migrations values (%s)", [version])


def _schema(url: str) -> list[tuple[Any, ...]]:
    return _rows(url, _SCHEMA)


@pytest.fixture(scope="module")
def migrated(server: DevServer) -> Iterator[list[tuple[Any, ...]]]:
    """The schema that migrate makes of nothing."""
    url = server.create_database("as_migrate_makes_it")
    migrate(url, echo=lambda *_: None)
    yield _schema(url)
    server.drop_database("as_migrate_makes_it")


@pytest.fixture
def indexes_dir(db_dir: Path) -> Path:
    """A db/ whose indexes are built outside transactions."""
    for ours in ("0015_index_app_tables.sql", "0016_constrain_app_tables.sql"):
        (db_dir / "migrations" / ours).unlink()
    (db_dir / "migrations" / "0015_index_more.sql").write_text(_INDEX_FILE)
    (db_dir / "migrations" / "0016_constrain_more.sql").write_text("-- Why not.\nselect 1;\n")
    return db_dir


# pasted


@pytest.mark.parametrize("by", [_editor, _psql], ids=["the SQL editor", "psql"])
def test_the_script_makes_the_same_database_without_having_seen_it(
    by: Any, empty_database_url: str, migrated: list[tuple[Any, ...]]
) -> None:
    said = [by(empty_database_url, part) for part in _parts(kind="new")]

    assert "0003_adopt_app_tables.sql applied" in str(said)
    assert _schema(empty_database_url) == migrated
    assert _dump(empty_database_url) == "-- nothing to do: the database is up to date"


def test_a_script_that_is_pasted_twice_does_nothing_and_says_so(empty_database_url: str) -> None:
    script = _parts(kind="new")
    _paste(empty_database_url, script)
    before = _schema(empty_database_url), _rows(empty_database_url, _VERSIONS), _rows(empty_database_url, _LEDGER)

    said = _paste(empty_database_url, script)

    assert len(said) > 9
    assert [line for line in said if "there already" not in line and "nothing is scheduled" not in line] == []
    assert (
        _schema(empty_database_url),
        _rows(empty_database_url, _VERSIONS),
        _rows(empty_database_url, _LEDGER),
    ) == before
    assert "there already" in _psql(empty_database_url, "".join(script)).stderr


def test_what_migrate_has_applied_is_not_applied_again(database_url: str) -> None:
    before = _rows(database_url, _VERSIONS)
    said = _paste(database_url, _parts(kind="new"))
    assert "the functions were there already" in said
    assert _rows(database_url, _VERSIONS) == before


def test_with_a_database_only_what_is_pending_is_printed(empty_database_url: str, db_dir: Path) -> None:
    migrate(empty_database_url, db_dir=db_dir, echo=lambda *_: None)
    before = dict(_rows(empty_database_url, _VERSIONS))
    shared, elsewhere = db_dir / "functions" / "shared", db_dir / "functions" / "elsewhere"
    elsewhere.mkdir()
    (shared / "now.sql").rename(elsewhere / "now.sql")
    (shared / "_is_service_role.sql").write_text((shared / "_is_service_role.sql").read_text() + "-- a word more\n")
    (db_dir / "functions" / "operate" / "health.sql").unlink()

    script = _dump(empty_database_url, db_dir=db_dir)
    said = _editor(empty_database_url, script)

    assert "call pg_temp.basepool_migration" not in script
    assert "function files applied: 1" in said
    after = dict(_rows(empty_database_url, _VERSIONS))
    assert [name for name, version in after.items() if before[name] != version] == ["basepool._is_service_role()"]
    said = []
    migrate(empty_database_url, db_dir=db_dir, echo=said.append)
    assert "nothing to do" in said[-1]
    assert "nothing to do" in _dump(empty_database_url, db_dir=db_dir)


def test_an_edited_migration_is_refused(empty_database_url: str, db_dir: Path) -> None:
    migrate(empty_database_url, echo=lambda *_: None)
    file = db_dir / "migrations" / "0003_adopt_app_tables.sql"
    file.write_text(file.read_text() + "\n-- a second thought\n")
    script = _parts(kind="new", db_dir=db_dir)[0]

    with pytest.raises(psycopg.Error, match=r"0003_adopt_app_tables\.sql was edited") as caught:
        _editor(empty_database_url, script)
    assert caught.value.sqlstate == MigrationEdited.code
    with pytest.raises(MigrationEdited):
        _dump(empty_database_url, db_dir=db_dir)


def test_a_newer_database_is_refused(empty_database_url: str, db_dir: Path) -> None:
    before = _parts(kind="new", db_dir=db_dir)
    file = db_dir / "functions" / "shared" / "now.sql"
    file.write_text(file.read_text() + "-- a word more\n")
    (db_dir / "migrations" / "9000_add_something.sql").write_text("-- later\nselect 1;\n")
    migrate(empty_database_url, db_dir=db_dir, echo=lambda *_: None)
    versions = _rows(empty_database_url, _VERSIONS)

    with pytest.raises(psycopg.Error, match=r"9000_add_something\.sql, which this script lacks") as caught:
        _editor(empty_database_url, before[0])
    assert caught.value.sqlstate == DatabaseNewer.code
    # and without a stop at the first error, too
    assert "TP011" in _psql(empty_database_url, "\\set VERBOSITY verbose\n" + before[0], stop=False).stderr
    assert _rows(empty_database_url, _VERSIONS) == versions


@pytest.mark.parametrize(("database", "kind"), [("platform_url", "new"), ("empty_database_url", "adopt")])
def test_a_script_for_another_kind_of_database_does_nothing(
    database: str, kind: paste.Kind, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(database)
    with pytest.raises(psycopg.Error) as caught:
        _editor(url, _parts(kind=kind)[0])
    assert caught.value.sqlstate == WrongScript.code
    assert _rows(url, "select to_regnamespace('basepool') is null") == [(True,)]


def test_a_step_that_fails_is_the_last_and_the_rest_comes_with_the_next_paste(
    empty_database_url: str, db_dir: Path, migrated: list[tuple[Any, ...]]
) -> None:
    good = (db_dir / "migrations" / "0005_create_statistics.sql").read_text()
    (db_dir / "migrations" / "0005_create_statistics.sql").write_text(f"{good}\nselect 1 / 0;\n")
    done = _psql(empty_database_url, "".join(_parts(kind="new", db_dir=db_dir)), stop=False)
    assert "division by zero" in done.stderr
    assert _rows(empty_database_url, "select max(number) from basepool.schema_migrations") == [(4,)]
    assert _rows(empty_database_url, "select count(*) from basepool.schema_files") == [(0,)]

    _paste(empty_database_url, _parts(kind="new"))
    assert _schema(empty_database_url) == migrated


def test_what_can_not_work_stops_all_of_it_before_anything_has_changed(platform_url: str) -> None:
    """Also where psql goes on after an error: no step is taken without the first."""
    superuser = as_superuser(platform_url)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("alter table public.generations owner to postgres")
        connection.execute(
            "create function public.tell_user() returns trigger language plpgsql as"
            " 'begin delete from notifications where user_id = new.user_id; return null; end';"
            " create trigger tell_user after update on public.generations for each row execute function public.tell_user()"
        )
    done = _psql(platform_url, "".join(_parts(kind="adopt")), stop=False)
    assert "public.generations belongs to postgres" in done.stderr
    mend = "alter table public.generations owner to platform_owner;"
    assert mend in done.stderr
    with psycopg.connect(superuser, autocommit=True) as connection:
        assert connection.execute("select to_regnamespace('basepool')").fetchone() == (None,)
        assert (
            connection.execute(
                "select from pg_attribute where attrelid = 'public.generations'::regclass and attname = 'queued_at'"
            ).fetchone()
            is None
        )
        connection.execute(mend.encode())
    said = _editor(platform_url, _parts(kind="adopt")[0])
    assert "alter function public.tell_user() set search_path = public;" in said[0]
    assert any("0001_create_roles.sql applied" in line for line in said)


def test_a_table_in_use_is_waited_for_in_moments(platform_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paste, "_PATIENCE", "1 second")
    script = _parts(kind="adopt")
    with psycopg.connect(platform_url) as app:
        app.execute("update public.generations set viewed = true")
        pid = app.info.backend_pid
        with pytest.raises(psycopg.Error, match="lock timeout") as caught:
            _paste(platform_url, script)
        assert caught.value.sqlstate == "TP022"
        assert f"(sessions: {pid})" in (caught.value.diag.message_hint or "")
    _paste(platform_url, script[:2])
    assert _rows(platform_url, "select count(*) > 9 from basepool.schema_files") == [(True,)]


# what can't be in a transaction


def test_indexes_are_a_part_of_their_own(platform_url: str, indexes_dir: Path) -> None:
    *first, indexes, last = _parts(kind="adopt", db_dir=indexes_dir)
    with pytest.raises(psycopg.Error) as caught:
        _editor(platform_url, last)
    assert caught.value.sqlstate == WrongScript.code

    said = _paste(platform_url, first)
    # what is there to make the app's triggers whole comes before what takes long
    assert any("function files applied: " in line for line in said)
    with pytest.raises(psycopg.Error, match="generations_retried_key is not there") as caught:
        _editor(platform_url, last)
    assert caught.value.sqlstate == WrongScript.code

    statements = _statements(indexes)
    assert len(statements) == 2
    for statement in statements * 2:
        _editor(platform_url, statement)
    said = _editor(platform_url, last)

    assert any("generations_pasted_idx was dropped again" in line for line in said)
    found = {name for (name,) in _rows(platform_url, _INDEXES)}
    assert "generations_retried_key" in found
    assert "generations_pasted_idx" not in found
    assert "nothing to do" in _dump(platform_url, db_dir=indexes_dir)
    # once more, all of it
    _paste(platform_url, first)
    _editor(platform_url, last)
    assert {name for (name,) in _rows(platform_url, _INDEXES)} == found


def test_psql_runs_all_parts_at_once(platform_url: str, indexes_dir: Path) -> None:
    done = _psql(platform_url, _dump(kind="adopt", db_dir=indexes_dir))
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in _dump(platform_url, db_dir=indexes_dir)


def test_a_half_done_index_is_built_again(platform_url: str, indexes_dir: Path) -> None:
    *first, indexes, last = _parts(kind="adopt", db_dir=indexes_dir)
    _paste(platform_url, first)
    statement = _statements(indexes)[1]
    with psycopg.connect(re.sub(r"//\w+@", "//postgres@", platform_url), autocommit=True) as connection:
        connection.execute("update public.generations set retry_of = gen_random_uuid()")
        connection.execute(statement.encode())
        connection.execute(
            "update pg_index set indisvalid = false where indexrelid = 'public.generations_retried_key'::regclass"
        )
    with pytest.raises(psycopg.Error, match="not there, or not whole"):
        _editor(platform_url, last)

    said = _paste(platform_url, first)
    assert any("generations_retried_key was half-done, and was dropped" in line for line in said)
    for each in _statements(indexes):
        _editor(platform_url, each)
    _editor(platform_url, last)
    assert ("generations_retried_key",) in _rows(platform_url, _INDEXES)


def test_a_new_database_needs_no_part_of_its_own_for_indexes(empty_database_url: str, indexes_dir: Path) -> None:
    _paste(empty_database_url, _parts(kind="new", db_dir=indexes_dir))
    assert ("generations_retried_key",) in _rows(empty_database_url, _INDEXES)


def test_parts_can_be_had_one_by_one_and_as_files(tmp_path: Path, indexes_dir: Path) -> None:
    parts = _parts(kind="adopt", db_dir=indexes_dir)
    said = _dump(kind="adopt", db_dir=indexes_dir, out=tmp_path / "parts")
    files = sorted((tmp_path / "parts").iterdir())
    assert [f"wrote {file}" for file in files] == [line.partition(": ")[0] for line in said.splitlines()]
    assert [file.read_text().strip() for file in files] == [part.strip() for part in parts]
    assert _dump(kind="adopt", db_dir=indexes_dir, part=2).strip() == parts[1].strip()
    with pytest.raises(UsageError, match=f"there is no part {len(parts) + 1}"):
        _dump(kind="adopt", db_dir=indexes_dir, part=len(parts) + 1)
    with pytest.raises(UsageError, match="is there already"):
        _dump(kind="adopt", db_dir=indexes_dir, out=tmp_path / "parts")


def test_without_a_database_it_says_what_to_do() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        _dump("postgresql://postgres@127.0.0.1:1/postgres")
    assert "--adopt or --new" in caught.value.hint


# for Supabase's CLI


def _export(folder: Path, **options: Any) -> list[Path]:
    return paste.export(folder, echo=lambda *_: None, **options)


def test_the_files_make_the_same_database(
    tmp_path: Path, empty_database_url: str, migrated: list[tuple[Any, ...]]
) -> None:
    files = _export(tmp_path / "migrations", kind="new")
    assert [re.sub(r"^\d{14}_", "", file.name) for file in files[:2]] == [
        "basepool_ledger.sql",
        "basepool_0001_create_roles.sql",
    ]
    assert len({file.name[:14] for file in files}) == len(files)
    _push(empty_database_url, tmp_path / "migrations")
    assert _schema(empty_database_url) == migrated
    said: list[str] = []
    migrate(empty_database_url, echo=said.append)
    assert "nothing to do" in said[-1]


def test_a_statement_that_can_be_in_no_transaction_has_a_file_of_its_own(
    tmp_path: Path, platform_url: str, indexes_dir: Path
) -> None:
    (tmp_path / "20990101000000_of_the_app.sql").write_text("select 1;\n")
    files = _export(tmp_path, kind="adopt", db_dir=indexes_dir)
    assert all(file.name > "20990101000000" for file in files)
    alone = [file for file in files if re.search("^create .*index concurrently", file.read_text(), re.M)]
    assert [len(_statements(file.read_text())) for file in alone] == [1, 1]
    _push(platform_url, tmp_path)
    found = {name for (name,) in _rows(platform_url, _INDEXES)}
    assert "generations_retried_key" in found
    assert "generations_pasted_idx" not in found
    assert "nothing to do" in _dump(platform_url, db_dir=indexes_dir)


def test_a_second_export_writes_only_what_changed(tmp_path: Path, database_url: str, db_dir: Path) -> None:
    folder = tmp_path / "migrations"
    first = {file: file.read_text() for file in _export(folder, kind="new", db_dir=db_dir)}
    assert _export(folder, db_dir=db_dir) == []

    now = db_dir / "functions" / "shared" / "now.sql"
    now.write_text(now.read_text() + "-- a word more\n")
    (db_dir / "functions" / "operate" / "health.sql").unlink()
    (db_dir / "migrations" / "9000_add_something.sql").write_text("-- later\ncreate table basepool.later ();\n")
    second = _export(folder, db_dir=db_dir)

    assert [re.sub(r"^\d{14}_", "", file.name) for file in second] == [
        "basepool_9000_add_something.sql",
        "basepool_functions.sql",
    ]
    assert min(second) > max(first)
    assert re.findall(r"basepool_function\('([^']+)'", second[1].read_text()) == ["functions/shared/now.sql"]
    assert {file: file.read_text() for file in first} == first
    assert _export(folder, db_dir=db_dir) == []
    # where migrate has done all that, pushing it does nothing
    migrate(database_url, db_dir=db_dir, echo=lambda *_: None)
    before = _rows(database_url, _VERSIONS)
    _push(database_url, folder)
    assert _rows(database_url, _VERSIONS) == before


def test_what_was_exported_is_not_edited_and_not_of_another_kind(tmp_path: Path, db_dir: Path) -> None:
    _export(tmp_path, kind="new", db_dir=db_dir)
    with pytest.raises(UsageError, match="made with --new"):
        _export(tmp_path, kind="adopt", db_dir=db_dir)
    with pytest.raises(UsageError, match="for which database"):
        _export(tmp_path / "another", db_dir=db_dir)
    file = db_dir / "migrations" / "0003_adopt_app_tables.sql"
    file.write_text(file.read_text() + "\n-- a second thought\n")
    with pytest.raises(MigrationEdited):
        _export(tmp_path, db_dir=db_dir)
    shutil.rmtree(db_dir / "migrations")
    (db_dir / "migrations").mkdir()
    (db_dir / "migrations" / "0001_create_roles.sql").write_text("-- another\n")
    with pytest.raises((DatabaseNewer, MigrationEdited)):
        _export(tmp_path, db_dir=db_dir)


def test_the_real_cli_runs_the_files(tmp_path: Path, platform_url: str, indexes_dir: Path) -> None:
    """Found on the PATH only (npm install supabase): it is 140 MB. What it did in its older versions, _push does."""
    program = shutil.which("supabase")
    if program is None:
        pytest.skip("the CLI of Supabase is not here")
    _export(tmp_path / "supabase" / "migrations", kind="adopt", db_dir=indexes_dir)
    (tmp_path / "supabase" / "config.toml").write_text('project_id = "basepool"\n')
    done = subprocess.run(
        [program, "db", "push", "--yes", "--skip-vault", f"--remote={platform_url}?sslmode=disable"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "DO_NOT_TRACK": "1",
            "SUPABASE_TELEMETRY_DISABLED": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in _dump(platform_url, db_dir=indexes_dir)
    found = {name for (name,) in _rows(platform_url, _INDEXES)}
    assert "generations_retried_key" in found
    assert "generations_pasted_idx" not in found


def test_the_commands_need_no_database(tmp_path: Path) -> None:
    done = basepool("migrate", "--dump-sql", "--adopt", DATABASE_URL="")
    assert "-- Part 1 of" in done.stdout
    assert done.returncode == 0
    done = basepool("migrations", "export", "--new", "--out", str(tmp_path / "migrations"), DATABASE_URL="")
    assert done.stdout.count("wrote ") == len(list((tmp_path / "migrations").iterdir()))
    for wrong in (("--dump-sql", "--adopt", "--new"), ("--adopt",), ("--dump-sql", "--dry-run")):
        assert basepool("migrate", *wrong, DATABASE_URL="").returncode == 2
