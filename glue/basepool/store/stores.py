"""Which store it is, by STORE_URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from basepool.config import Settings
from basepool.errors import ConfigError
from basepool.store.base import OpenStore
from basepool.store.files import FileStore


def open_store(settings: Settings, *, makes_links: bool = True) -> OpenStore:
    """The store of `settings`; to be closed. Nothing is asked of it yet. Raises ConfigError where it `makes_links`, and
    they would lead nowhere."""
    parts = urlsplit(settings.effective_store_url)
    bucket, prefix = parts.netloc, parts.path.strip("/")
    is_private = settings.store_visibility == "private"

    def links(own: str, within: str) -> str:
        return _links(settings, own, within) if makes_links else ""

    if parts.scheme == "file":
        return FileStore(Path(unquote(parts.path)), links("", ""), is_private=is_private)
    seconds, concurrency = settings.store_timeout_seconds, settings.store_concurrency
    if parts.scheme == "s3":
        # 16 MB that only those need who have it
        from basepool.store.s3 import S3Store

        given = {
            "endpoint": settings.store_endpoint,
            "region": settings.store_region,
            "access_key_id": _text(settings.store_access_key_id),
            "secret_access_key": _text(settings.store_secret_access_key),
        }
        return S3Store(
            bucket,
            prefix,
            links("", prefix),
            is_private=is_private,
            seconds=seconds,
            concurrency=concurrency,
            **{name: value for name, value in given.items() if value},
        )
    from basepool.store.supabase import SupabaseStore

    assert settings.supabase_url
    assert settings.supabase_service_key
    return SupabaseStore(
        settings.supabase_url,
        settings.supabase_service_key,
        bucket,
        prefix,
        links(f"{settings.supabase_url}/storage/v1/object/public/{bucket}", prefix),
        is_private=is_private,
        seconds=seconds,
        concurrency=concurrency,
    )


@asynccontextmanager
async def opened(settings: Settings, *, makes_links: bool = True) -> AsyncIterator[OpenStore]:
    """The same, closed at the end."""
    store = open_store(settings, makes_links=makes_links)
    try:
        yield store
    finally:
        await store.close()


def _links(settings: Settings, own: str, within: str) -> str:
    """What links begin with. `own`: those of the store itself; `within`: the folder there. Signed ones lead to `basepool
    serve`, which knows the secret."""
    if settings.store_visibility == "public" and (base := settings.store_public_url or own):
        return f"{base}/{within}".rstrip("/")
    if settings.store_public_url:
        return settings.store_public_url
    if settings.public_url:
        return f"{settings.public_url}/outputs"
    raise ConfigError(
        "PUBLIC_URL is not set, so nobody could open what is stored",
        "Set PUBLIC_URL to where basepool serve is reached, or STORE_URL to a store of your own.",
    )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
