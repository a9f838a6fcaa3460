"""What `pip install` brings: the package with its db/, and nothing else; it works where there is no checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from basepool.version import DB_DIR
from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS, environment

_PACKAGE = PROJECT / "glue" / "basepool"


def _run(*command: object, cwd: Path, **variables: str) -> str:
    """What a command that must succeed says."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _build(target: str, source: Path, folder: Path) -> Path:
    _run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    [built] = folder.iterdir()
    return built


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def _payload(wheel: Path) -> list[str]:
    """What is installed but for the wheel's own metadata."""
    return [name for name in _names(wheel) if not re.match(r"basepool-[\w.]+\.dist-info/", name)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return _build("wheel", PROJECT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that has the wheel, what it says that it needs, and nothing else. What it needs is taken
    from the checkout's .venv, so that the test needs no network; `pip check` says whether that is all."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "bin" / "python"]
    _run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    [site] = folder.glob("lib/python*/site-packages")
    [basepool] = metadata.distributions(name="basepool", path=[str(site)])
    for distribution in _needed(basepool, set()).values():
        _copy(distribution, site)
    _run(*pip, "check", cwd=folder)
    return folder / "bin"


def _needed(distribution: metadata.Distribution, extras: set[str]) -> dict[str, metadata.Distribution]:
    """What `distribution` requires, and what that requires."""
    found: dict[str, metadata.Distribution] = {}
    for requirement in map(Requirement, distribution.requires or []):
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            wanted = metadata.distribution(requirement.name)
            found |= {requirement.name: wanted} | _needed(wanted, requirement.extras)
    return found


def _copy(distribution: metadata.Distribution, site: Path) -> None:
    for file in distribution.files or []:
        # what lies outside of site-packages are commands of others
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), site / file)


def test_it_has_the_package_and_db_and_nothing_else(wheel: Path) -> None:
    package = [path.relative_to(_PACKAGE).as_posix() for path in _PACKAGE.rglob("*") if path.is_file()]
    files = [name for name in package if "__pycache__" not in name]
    files += [path.relative_to(PROJECT).as_posix() for path in (PROJECT / "db" / "migrations").glob("*.sql")]
    files += [path.relative_to(PROJECT).as_posix() for path in (PROJECT / "db" / "functions").glob("*/*.sql")]
    files += ["db/jobs.sql", "db/uninstall.sql"]

    assert _payload(wheel) == sorted(f"basepool/{name}" for name in files)


def test_it_has_one_top_level_package(wheel: Path) -> None:
    """A second one would overwrite that of somebody else, and take it away when it is uninstalled."""
    assert {name.split("/")[0] for name in _payload(wheel)} == {"basepool"}


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(_build("sdist", PROJECT, tmp_path / "sdist"), tmp_path / "source")
    [source] = (tmp_path / "source").iterdir()
    assert _names(_build("wheel", source, tmp_path / "wheel")) == _names(wheel)


def test_a_checkout_uses_its_own_db(tmp_path: Path) -> None:
    """An editable install has no copy of it, which would grow old."""
    assert DB_DIR == PROJECT / "db"
    assert _payload(_build("wheel:editable", PROJECT, tmp_path)) == ["_basepool.pth"]
    assert [str(file) for file in metadata.files("basepool") or [] if file.suffix == ".sql"] == []


def test_it_is_imported_where_there_is_no_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import basepool, basepool.version; print(basepool.__file__); print(basepool.version.DB_DIR)"
    places = _run(installed / "python", "-c", code, cwd=tmp_path).splitlines()
    assert [Path(place).is_relative_to(installed.parent) for place in places] == [True, True]


def test_its_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    assert "Usage: basepool" in _run(installed / "basepool", "--help", cwd=tmp_path)


def test_it_migrates_an_empty_database(installed: Path, tmp_path: Path, empty_database_url: str) -> None:
    def migrate(*options: str) -> str:
        return _run(installed / "basepool", "migrate", *options, cwd=tmp_path, DATABASE_URL=empty_database_url)

    assert "would apply migration  0001_create_roles.sql" in migrate("--dry-run")
    assert "migration   0001_create_roles.sql" in migrate()
    assert "nothing to do" in migrate()


def test_it_draws_thumbnails(installed: Path, tmp_path: Path) -> None:
    """In a process of its own, which is started by the path of a file."""
    code = (
        "import asyncio\nfrom pathlib import Path\n"
        "from basepool.simulator import media\nfrom basepool.store import kinds, pictures\n"
        "Path('a.png').write_bytes(media.picture('png', 'x').content)\n"
        "print(asyncio.run(pictures.make_thumbnail(Path('a.png'), kinds.PNG, Path('a.webp'))))"
    )
    said = _run(installed / "python", "-c", code, cwd=tmp_path)
    assert said.strip() == "Picture(width=16, height=16, seconds=None, has_thumbnail=True)"
    assert (tmp_path / "a.webp").read_bytes().startswith(b"RIFF")


def test_it_simulates_replicate(installed: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [installed / "basepool", "simulate", "--port", "0"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout
            greeting = process.stdout.readline()
            found = re.search(r"http://\S+", greeting)
            assert found, greeting + process.stdout.read()
            state = httpx.get(f"{found[0]}/_sim/state", timeout=PATIENCE_SECONDS, trust_env=False)
            assert len(state.json()["accounts"]) == 3
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()
