-- Locks: public.generations, public.replicate_tokens
-- What waits, what runs, and what came in. The attempt in flight is the lease: nothing counts leases, so nothing drifts.

create table basepool.user_limits (
  user_id uuid primary key,
  max_active integer check (max_active >= 0),
  weight integer not null default 1 check (weight between 1 and 1000),
  priority smallint not null default 0,
  finish_tag bigint not null default 0
) with (fillfactor = 50);

comment on table basepool.user_limits is
'One row per user who ever submitted; its lock makes the limit exact. Rows appear by themselves.';
comment on column basepool.user_limits.max_active is 'Overrides settings.user_active_limit for this user.';
comment on column basepool.user_limits.weight is 'Share of the pool relative to other users.';
comment on column basepool.user_limits.priority is 'Higher goes first, whatever the shares.';
comment on column basepool.user_limits.finish_tag is 'Virtual time at which all that this user submitted is served.';

create table basepool.queue (
  generation_id uuid primary key references public.generations (id) on delete cascade,
  user_id uuid not null,
  priority smallint not null,
  tag bigint not null,
  run_after timestamptz,
  queued_at timestamptz not null
);

comment on table basepool.queue is 'One narrow row per generation that waits; gone when it is claimed or no longer pending.';
comment on column basepool.queue.tag is
'Start-time fair queueing: the user''s own virtual time, so that a thousand rows of one user do not delay another''s first.';
comment on column basepool.queue.run_after is 'A retry waits until then; null once it is due.';

create index queue_head_idx on basepool.queue (priority desc, tag, generation_id) where run_after is null;
create index queue_delayed_idx on basepool.queue (run_after) where run_after is not null;

create table basepool.slots (
  token_id integer not null references public.replicate_tokens (id) on delete cascade,
  slot_no integer not null check (slot_no > 0),
  primary key (token_id, slot_no)
);

comment on table basepool.slots is
'The numbered places of a token: as many rows as max_in_flight. A lease points at one and no two leases at the same, so no
code, ours or anybody''s, can have more in flight.';

create table basepool.attempts (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid references public.generations (id) on delete set null,
  attempt_no integer not null check (attempt_no > 0),
  token_id integer not null,
  account_id bigint not null references basepool.accounts (id),
  slot_no integer,
  state text not null check (
    state in ('submitting', 'running', 'unknown', 'succeeded', 'failed', 'canceled', 'aborted', 'rejected')
  ),
  worker text not null,
  model text not null,
  queue_tag bigint not null,
  queued_at timestamptz not null,
  leased_at timestamptz not null,
  answer_due_at timestamptz not null,
  submitted_at timestamptz,
  finished_at timestamptz,
  prediction_id text unique,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text references basepool.error_rules (name) on update cascade,
  decision text,
  has_webhook boolean not null default true,
  heard_at timestamptz,
  check_at timestamptz,
  checks integer not null default 0,
  found_by_search boolean not null default false,
  cancel_requested_at timestamptz,
  cancel_done_at timestamptz,
  foreign key (token_id, slot_no) references basepool.slots (token_id, slot_no),
  constraint attempts_in_flight_has_slot check (
    (state in ('submitting', 'running', 'unknown')) = (slot_no is not null)
  ),
  constraint attempts_over_has_end check ((slot_no is null) = (finished_at is not null))
) with (fillfactor = 70);

comment on table basepool.attempts is
'One row per try at Replicate. While slot_no is set it is the lease on that slot of the token.';
comment on column basepool.attempts.token_id is
'The token that was used. History outlives tokens, so only a lease (slot_no) is tied to one by a foreign key.';
comment on column basepool.attempts.state is
'submitting: the call is under way. running: Replicate has it. unknown: the answer was lost, it may exist. rejected:
Replicate said no. The others are how a prediction ended (aborted: before it started, free of charge).';
comment on column basepool.attempts.answer_due_at is 'When a call that has not been answered counts as lost.';
comment on column basepool.attempts.prediction_status is 'Replicate''s last word, also where we do not know the word.';
comment on column basepool.attempts.predict_seconds is 'metrics.predict_time: what Replicate charges for.';
comment on column basepool.attempts.decision is 'What followed from error_rule, in words.';
comment on column basepool.attempts.check_at is 'When Replicate is asked, should no webhook have come.';
comment on column basepool.attempts.has_webhook is 'Whether a webhook was ordered; without one the prediction is polled.';
comment on column basepool.attempts.checks is 'How often it was asked for; the pauses grow with it.';
comment on column basepool.attempts.heard_at is 'When Replicate last said something about it.';
comment on column basepool.attempts.found_by_search is
'Its prediction was recognised by model and input, not named by an answer or a webhook. Equal ones are interchangeable.';
comment on column basepool.attempts.cancel_requested_at is 'The glue cancels the prediction at Replicate until cancel_done_at.';

create unique index attempts_slot_key on basepool.attempts (token_id, slot_no) where slot_no is not null;
create unique index attempts_one_in_flight_key on basepool.attempts (generation_id) where slot_no is not null;
create unique index attempts_number_key on basepool.attempts (generation_id, attempt_no);
create index attempts_account_idx on basepool.attempts (account_id);
create index attempts_error_rule_idx on basepool.attempts (error_rule) where error_rule is not null;
create index attempts_leased_idx on basepool.attempts (leased_at);
create index attempts_unanswered_idx on basepool.attempts (answer_due_at) where state = 'submitting';
create index attempts_check_idx on basepool.attempts (account_id, check_at) where slot_no is not null and prediction_id is not null;
create index attempts_ended_idx on basepool.attempts (finished_at) where state = 'succeeded';
create index attempts_cancel_idx on basepool.attempts (account_id, cancel_requested_at)
where cancel_requested_at is not null and cancel_done_at is null;

create table basepool.searches (
  id bigint generated always as identity primary key,
  account_id bigint not null references basepool.accounts (id) on delete cascade,
  worker text not null,
  started_at timestamptz not null,
  leased_until timestamptz not null,
  created_after timestamptz not null,
  created_before timestamptz not null,
  attempts integer not null check (attempts > 0),
  pages integer not null default 0,
  ended_at timestamptz,
  is_complete boolean not null default false,
  error text,
  constraint searches_complete_has_end check (not is_complete or ended_at is not null)
);

comment on table basepool.searches is
'One row per listing of an account''s predictions that looks for lost ones. At most one is under way per account.';
comment on column basepool.searches.leased_until is
'Prolonged with every page; after it the worker counts as dead, and the next claim ends the search.';
comment on column basepool.searches.created_after is 'It lists what was created from then on, and until created_before.';
comment on column basepool.searches.attempts is 'How many lost attempts it looks for.';
comment on column basepool.searches.pages is 'How many pages were compared with them so far.';
comment on column basepool.searches.is_complete is
'Whether every page was seen: only then does it prove that something is not there.';
comment on column basepool.searches.error is 'Why it is not complete.';

create unique index searches_one_under_way_key on basepool.searches (account_id) where ended_at is null;
create index searches_account_idx on basepool.searches (account_id);
create index searches_ended_idx on basepool.searches (ended_at);

create table basepool.lost_attempts (
  attempt_id uuid primary key references basepool.attempts (id) on delete cascade,
  account_id bigint not null,
  leased_at timestamptz not null,
  lost_at timestamptz not null,
  search_at timestamptz not null,
  searches integer not null default 0,
  search_id bigint references basepool.searches (id) on delete set null,
  doubt_prediction_id text,
  is_absent boolean not null default false
);

comment on table basepool.lost_attempts is
'One narrow row per attempt whose answer was lost and whose prediction is looked for; gone when it is found, proved absent or
given up.';
comment on column basepool.lost_attempts.account_id is
'The attempt''s account, in whose list it is looked for. No foreign key: it would lock the account out of turn.';
comment on column basepool.lost_attempts.leased_at is 'When its call began: if it was sent at all, then after.';
comment on column basepool.lost_attempts.lost_at is 'When its answer counted as lost: if it was sent at all, then before.';
comment on column basepool.lost_attempts.search_at is 'When the next search looks for it.';
comment on column basepool.lost_attempts.searches is 'How often it was looked for; the pauses grow with it.';
comment on column basepool.lost_attempts.search_id is
'The last search that looked for it, under way or not; the next two columns are what that one found out.';
comment on column basepool.lost_attempts.doubt_prediction_id is
'What that search saw and what may be this attempt''s: of its model and time, and its input equal or not to be compared.';
comment on column basepool.lost_attempts.is_absent is 'That search was complete and late enough, and there was nothing.';

create index lost_attempts_due_idx on basepool.lost_attempts (account_id, search_at);
create index lost_attempts_search_idx on basepool.lost_attempts (search_id);

create table basepool.webhook_events (
  webhook_id text primary key,
  attempt_id uuid not null,
  prediction_id text,
  prediction_status text,
  received_at timestamptz not null,
  outcome text not null
);

comment on table basepool.webhook_events is
'The inbox, unique by webhook-id: what came in and what became of it, refused ones too. No foreign key to attempts,
because what names an unknown attempt is to be seen here as well.';

create index webhook_events_received_idx on basepool.webhook_events (received_at);
create index webhook_events_attempt_idx on basepool.webhook_events (attempt_id);

alter table basepool.user_limits enable row level security;
alter table basepool.queue enable row level security;
alter table basepool.slots enable row level security;
alter table basepool.attempts enable row level security;
alter table basepool.searches enable row level security;
alter table basepool.lost_attempts enable row level security;
alter table basepool.webhook_events enable row level security;

insert into basepool.slots (token_id, slot_no)
select
  t.id,
  s.slot_no
from public.replicate_tokens as t
cross join lateral generate_series(1, t.max_in_flight) as s (slot_no);
