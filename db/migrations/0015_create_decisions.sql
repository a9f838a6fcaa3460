-- What an operator has looked at and not done yet.

-- a bulk action does what was seen, and to nothing else: what it would take is fixed here when it is looked at
create table basepool.dry_runs (
  id uuid primary key default gen_random_uuid(),
  actor text,
  action text not null check (action in ('retry', 'cancel')),
  filter jsonb not null,
  generations uuid [] not null,
  until timestamptz not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  done_at timestamptz
);

comment on table basepool.dry_runs is
'One row per dry run of act_on_generations: what its id commits, once and within its time, for the same operator and filter. Pruned
after settings.keep_history_for.';
comment on column basepool.dry_runs.actor is 'The operator whose it is; null where the caller named none.';
comment on column basepool.dry_runs.filter is 'As it was passed.';
comment on column basepool.dry_runs.generations is 'What it would take, at most 1,000.';
comment on column basepool.dry_runs.until is 'What was created after this was not looked at.';
comment on column basepool.dry_runs.done_at is 'When it was carried out; null: it was not.';

create index dry_runs_made_idx on basepool.dry_runs (made_at);

alter table basepool.dry_runs enable row level security;
revoke all on basepool.dry_runs from public, anon, authenticated, basepool_glue;
