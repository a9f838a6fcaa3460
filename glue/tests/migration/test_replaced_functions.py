"""The app's functions that ours replace answer as before, and are kept for the way back."""

from __future__ import annotations

import psycopg
import pytest

from basepool.migrate import migrate

_USER = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def adopted(platform_url: str) -> psycopg.Connection:
    """An adopted database with segments of a keyframe job, as the app's server."""
    with psycopg.connect(platform_url) as connection:
        connection.execute(
            "alter table public.generations add column if not exists is_keyframe_segment boolean default false"
        )
        connection.execute(
            "insert into public.generations"
            " (user_id, action, model_id, model_name, replicate_model, status, is_keyframe_segment)"
            " select %s, 'video_create', 'm', 'M', 'a/b', 'processing', true from generate_series(1, 3)",
            [_USER],
        )
    migrate(platform_url, echo=lambda *_: None)
    return psycopg.connect(platform_url, autocommit=True)


def test_they_answer_as_before_and_are_kept(adopted: psycopg.Connection) -> None:
    with adopted as connection:
        own = connection.execute(
            "select count(*) from public.generations where user_id = %s and is_keyframe_segment is not true", [_USER]
        ).fetchone()
        connection.execute("set role service_role")
        counted = connection.execute(
            "select all_count from public.get_generation_counts(p_user_id => %s)", [_USER]
        ).fetchone()
        assert counted == own

        # the app pauses its tokens by itself, and takes "none" for an answer
        connection.execute("update public.replicate_tokens set is_active = false")
        assert connection.execute("select id, token from public.get_next_replicate_token()").fetchall() == []
        connection.execute("update public.replicate_tokens set is_active = true")
        assert len(connection.execute("select id, token from public.get_next_replicate_token()").fetchall()) == 1
        connection.execute(
            "insert into public.replicate_tokens (token) select token from public.replicate_tokens"
            " on conflict (token) do nothing"
        )
        for name in ("get_next_replicate_token()", f"get_generation_counts('{_USER}')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select basepool.replaced_{name}".encode())
        connection.execute("reset role")
        kept = connection.execute(
            "select proname, proacl::text not like '%%service_role%%' from pg_proc"
            " where pronamespace = 'basepool'::regnamespace and proname like 'replaced%%' order by 1"
        ).fetchall()
        assert kept == [("replaced_get_generation_counts", True), ("replaced_get_next_replicate_token", True)]
