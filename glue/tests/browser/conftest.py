"""Chromium, where there is one, and what npm installs for the pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basepool.errors import SetupError
from dev import node

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def library() -> Path:
    """The file of supabase-js that the gallery loads."""
    try:
        return node.install_packages() / "@supabase" / "supabase-js" / "dist" / "umd" / "supabase.js"
    except SetupError as error:
        pytest.skip(f"{error.message}. {error.hint}")


@pytest.fixture(scope="session")
def axe(library: Path) -> str:
    """axe-core's script."""
    return (library.parents[4] / "axe-core" / "axe.min.js").read_text()


# as long as it is open, there is a running event loop, and no test of coroutines may come
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(
            "there is no Chromium here; make test installs Debian's where it may (scripts/setup --with-browser)"
        )
    try:
        playwright = api.sync_playwright().start()
    except Exception as error:
        pytest.skip(f"Playwright does not start here ({error}); scripts/setup --with-browser installs what it needs")
    try:
        # whoever is root, as in a container, has no sandbox
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()
    finally:
        playwright.stop()
