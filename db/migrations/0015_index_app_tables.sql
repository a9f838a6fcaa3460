-- Outside transactions: each statement by itself, so that nobody waits while an index is made, however large the table is.
-- One that does the same under another name is as good; one that was left half-done is made anew.
--
-- The user's own list, the per-user limit, the cleanup, a submit that is repeated, and a generation that is run again once.

create index concurrently if not exists generations_user_created_idx on public.generations (user_id, created_at desc);
create index concurrently if not exists generations_user_active_idx on public.generations (user_id, created_at)
where status in ('pending', 'queued', 'processing');
create index concurrently if not exists generations_active_idx on public.generations (created_at)
where status in ('pending', 'queued', 'processing');
create index concurrently if not exists generations_deletable_idx on public.generations (created_at)
where status in ('failed', 'cancelled');
create unique index concurrently if not exists generations_idempotency_key on public.generations (user_id, idempotency_key)
where idempotency_key is not null;
create unique index concurrently if not exists generations_retry_key on public.generations (retry_of) where retry_of is not null;
