-- What operators look at: what claims have decided, and what would be done to many and is not done yet.

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

-- how a claim paired what waited with tokens, as it saw them: written beside it, so it is small, and no WAL is written for it
create unlogged table basepool.decisions (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  worker text not null,
  asked integer not null,
  answer text not null check (answer in ('lease', 'busy', 'dead')),
  reason text,
  busy_until timestamptz,
  tokens integer [] not null,
  states text [] not null,
  free integer [] not null,
  turns bigint [] not null,
  untils timestamptz [] not null,
  reasons text [] not null,
  given_tokens integer [],
  given_turns bigint [],
  given uuid []
);

comment on table basepool.decisions is
'One row per claim that had something to decide, at most some 50 a second, and fewer where there are more than ten tokens; of claims
that found no token, one when that changes, and one a minute. Kept for settings.keep_decisions; empty after a crash. No prompts, no
secrets.';
comment on column basepool.decisions.asked is 'How many generations the worker wanted.';
comment on column basepool.decisions.answer is 'As claim_generations answered.';
comment on column basepool.decisions.tokens is
'All tokens, in order; states, free, turns, untils and reasons are of each, as they were before the lease.';
comment on column basepool.decisions.states is 'As _token_state says.';
comment on column basepool.decisions.free is 'How many leases of those that were asked for each could have taken.';
comment on column basepool.decisions.turns is 'The turn of its seat that is next in the round; null: none is free.';
comment on column basepool.decisions.untils is 'When that state ends, if time ends it.';
comment on column basepool.decisions.reasons is 'What is known of it, of those that can''t be leased.';
comment on column basepool.decisions.given_tokens is
'For each lease its token, in the order of their turns; null: there was no lease.';
comment on column basepool.decisions.given_turns is 'And which turn it was.';
comment on column basepool.decisions.given is 'The generations that got them, in the order of the queue.';

create index decisions_refused_idx on basepool.decisions (id) where answer <> 'lease';

alter table basepool.decisions enable row level security;
revoke all on basepool.decisions from public, anon, authenticated, basepool_glue;
