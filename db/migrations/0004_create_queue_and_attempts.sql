-- Locks: public.replicate_tokens
-- What waits, what runs, what was, and what came in. Nothing counts leases, so nothing drifts.

create table basepool.user_limits (
  user_id uuid primary key,
  max_active integer check (max_active >= 0),
  submits_per_minute integer check (submits_per_minute between 1 and 1000000),
  recent_submits timestamptz [] not null default '{}',
  weight integer not null default 1 check (weight between 1 and 1000),
  priority smallint not null default 0,
  finish_tag bigint not null default 0
) with (fillfactor = 50);

comment on table basepool.user_limits is
'One row per user who ever submitted; its lock makes the limit exact. Rows appear by themselves.';
comment on column basepool.user_limits.max_active is 'Overrides settings.user_active_limit for this user.';
comment on column basepool.user_limits.submits_per_minute is 'Overrides settings.user_submits_per_minute for this user.';
comment on column basepool.user_limits.recent_submits is
'When this user has submitted within the minute before the last time: as many entries as the limit at most.';
comment on column basepool.user_limits.weight is 'Share of the pool relative to other users.';
comment on column basepool.user_limits.priority is 'Higher goes first, whatever the shares.';
comment on column basepool.user_limits.finish_tag is 'Virtual time at which all that this user submitted is served.';

create table basepool.queue (
  generation_id uuid primary key,
  user_id uuid not null,
  priority smallint not null,
  tag bigint not null,
  place bigint not null generated always as identity,
  tries integer not null default 0,
  run_after timestamptz,
  parked_for text,
  gate text,
  queued_at timestamptz not null,
  constraint queue_parked_is_off check (parked_for is null or run_after = 'infinity')
) with (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

comment on table basepool.queue is
'One narrow row per generation that waits; gone when it is claimed or no longer pending. No foreign key: its check would lock
the app''s wide row; the trigger dequeue_generation does what a cascade would.';
comment on column basepool.queue.tag is
'Start-time fair queueing: the user''s own virtual time, so that a thousand rows of one user do not delay another''s first.';
comment on column basepool.queue.place is
'The order of those with the same tag: as they came. Ids would not do, because whoever inserts a row chooses its id.';
comment on column basepool.queue.tries is 'How often it was tried before.';
comment on column basepool.queue.run_after is
'A retry waits until then; null once it is due. infinity: it is parked, or waits until there is room for its model (_open_gates).';
comment on column basepool.queue.gate is 'The pattern in basepool.models that bounds how many of its model are in flight.';
comment on column basepool.queue.parked_for is
'What holds it back (user, or model, and its name): it was met at the head and is out of the way of claims until that is over.';

create index queue_head_idx on basepool.queue (priority, tag, place) where run_after is null;
create index queue_delayed_idx on basepool.queue (run_after) where run_after is not null;
create index queue_parked_idx on basepool.queue (parked_for, tag, place) where parked_for is not null;
create index queue_gated_idx on basepool.queue (gate, tag, place) where gate is not null;

create table basepool.pauses (
  kind text not null check (kind in ('pool', 'model', 'user')),
  name text not null default '',
  since timestamptz not null,
  until timestamptz,
  reason text,
  paused_by text not null,
  primary key (kind, name),
  constraint pauses_pool_has_no_name check ((kind = 'pool') = (name = ''))
);

comment on table basepool.pauses is
'What a person has paused: nothing new of it begins, what is in flight ends. Empty as a rule, which is all that a claim looks at
then. Written by basepool.pause and basepool.resume.';
comment on column basepool.pauses.name is 'The model (owner/name, whatever version), or the user''s id.';
comment on column basepool.pauses.until is 'Null: until it is resumed.';
comment on column basepool.pauses.paused_by is 'Who did it: what the command said of its user, and the role that he came as.';

create table basepool.breakers (
  name text primary key,
  failures integer not null check (failures > 0),
  failed_at timestamptz not null,
  failed_generation uuid not null,
  rule text not null,
  error text not null,
  opened_at timestamptz,
  open_until timestamptz,
  tries integer not null default 0,
  probe_generation uuid,
  probed_at timestamptz,
  constraint breakers_open_whole check ((opened_at is null) = (open_until is null)),
  constraint breakers_probe_whole check (
    (probe_generation is null) = (probed_at is null) and (probed_at is null or opened_at is not null)
  )
);

comment on table basepool.breakers is
'What fails and is nobody''s fault here: the provider, or one model of it. While a breaker is open nothing is asked for but one
create at a time, whose success closes it. None is open as a rule, which is all that a claim looks at then.';
comment on column basepool.breakers.name is 'The model (owner/name, whatever version); empty: the provider.';
comment on column basepool.breakers.failures is
'How many have come in a row until it opened; the next four columns are of the last.';
comment on column basepool.breakers.opened_at is 'Null: it only counts.';
comment on column basepool.breakers.open_until is 'Nothing is asked for before; then one create tries it.';
comment on column basepool.breakers.tries is 'How many creates have tried it in vain since it opened; the pauses grow with it.';
comment on column basepool.breakers.probe_generation is
'Whose create tries it at this moment; null: nobody''s. What became of that is read from its attempt (_judge_probe).';
comment on column basepool.breakers.probed_at is 'Its attempt was leased then or later.';

create index breakers_open_idx on basepool.breakers (name) where opened_at is not null;

alter table basepool.breakers enable row level security;

create table basepool.marks (
  priority smallint primary key,
  scan_from bigint not null default 0,
  scan_from_place bigint not null default 0,
  floor bigint not null default 0,
  is_noted boolean not null default false,
  moved_at timestamptz not null default '-infinity',
  recovered_at timestamptz not null default '-infinity'
) with (fillfactor = 20);

comment on table basepool.marks is
'One row per priority: where the queue begins. What was claimed lies before it and is not read again, even while an old
transaction keeps vacuum from removing it.';
comment on column basepool.marks.scan_from is 'Claims look from this tag on, and of those with this tag from scan_from_place on.';
comment on column basepool.marks.floor is
'No tag that is given out is lower. scan_from follows once everybody who submits knows it.';
comment on column basepool.marks.is_noted is
'Whether this version of the row was written after the floor could be seen: who is older than it may not know the floor.';
comment on column basepool.marks.moved_at is 'When one of the three steps was taken last.';
comment on column basepool.marks.recovered_at is 'When what lay before scan_from all the same was last looked for.';

insert into basepool.marks (priority) values (0);

create table basepool.wake_up (
  id boolean primary key default true check (id),
  is_wanted boolean not null default true
) with (fillfactor = 20);

comment on table basepool.wake_up is
'Whether a worker has found nothing to do and wants to be told. A notification in every transaction would let only one of them
commit at a time, so that there is none while the workers are busy.';

insert into basepool.wake_up default values;

-- the place in the pool and the lease on it are one row, so that no counter can drift from what is in flight
create table basepool.seats (
  id integer primary key,
  token_id integer not null references public.replicate_tokens (id) on delete cascade,
  turn bigint not null,
  attempt_id uuid,
  generation_id uuid,
  user_id uuid,
  attempt_no integer,
  state text check (state in ('submitting', 'running', 'unknown')),
  worker text,
  model text,
  route text,
  input_hash bigint,
  queue_tag bigint,
  queued_at timestamptz,
  leased_at timestamptz,
  answer_due_at timestamptz,
  submitted_at timestamptz,
  prediction_id text,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text,
  decision text,
  has_webhook boolean,
  heard_at timestamptz,
  check_at timestamptz,
  checks integer,
  found_by_search boolean,
  constraint seats_id_is_place check (id / 1000 = token_id),
  constraint seats_taken_whole check (
    (attempt_id is null) = (generation_id is null)
    and (attempt_id is null or (attempt_no > 0 and state is not null and answer_due_at is not null))
  )
) with (fillfactor = 40, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

comment on table basepool.seats is
'The numbered places of a token: as many rows as max_in_flight. A free one holds its turn in the round, a taken one all that is
live of an attempt: the seat is the lease. What is left in a free one is of the attempt before.';
comment on column basepool.seats.id is
'token_id * 1000 and the number of the place. An attempt''s id begins with it (_seat_of).';
comment on column basepool.seats.turn is
'Its place in the round, as virtual time: the lowest turn of those that are free is next.';
comment on column basepool.seats.attempt_id is 'Null while it is free.';
comment on column basepool.seats.state is
'submitting: the call is under way. running: Replicate has it. unknown: the answer was lost, it may exist.';
comment on column basepool.seats.route is 'By which route of Replicate''s it was sent; see _parse_model and model_routes.';
comment on column basepool.seats.input_hash is
'Of the text that was to be sent as input. The app may change the generation meanwhile, and what was not sent is no evidence.';
comment on column basepool.seats.answer_due_at is 'When a call that has not been answered counts as lost.';
comment on column basepool.seats.prediction_status is 'Replicate''s last word, also where we do not know the word.';
comment on column basepool.seats.has_webhook is 'Whether a webhook was ordered; without one the prediction is polled.';
comment on column basepool.seats.heard_at is 'When Replicate last said something about it.';
comment on column basepool.seats.check_at is 'When Replicate is asked, should no webhook have come.';
comment on column basepool.seats.checks is 'How often it was asked for; the pauses grow with it.';
comment on column basepool.seats.found_by_search is
'Its prediction was recognised by model and input, not named by an answer or a webhook. Equal ones are interchangeable.';

-- what a name means to Replicate is learnt from its answers
create table basepool.model_routes (
  model text primary key,
  route text not null check (route in ('predictions', 'latest')),
  learned_at timestamptz not null
);

comment on table basepool.model_routes is
'The models (owner/name) that the route of official models does not serve, and the route that is taken for each instead. What
is older than settings.keep_history_for is forgotten and learnt anew.';
comment on column basepool.model_routes.route is
'predictions: the name is sent as version. latest: the latest version is asked for, and sent.';

alter table basepool.model_routes enable row level security;

create index seats_free_idx on basepool.seats (token_id, turn) where attempt_id is null;
create unique index seats_generation_key on basepool.seats (generation_id) where generation_id is not null;

-- what names them is written once per try, after its end: no index is changed while it runs
create table basepool.attempts (
  id uuid primary key,
  generation_id uuid not null,
  attempt_no integer not null check (attempt_no > 0),
  seat_id integer not null,
  token_id integer not null,
  account_id bigint not null,
  state text not null check (state in ('succeeded', 'failed', 'canceled', 'aborted', 'rejected')),
  worker text not null,
  model text not null,
  queue_tag bigint not null,
  queued_at timestamptz not null,
  leased_at timestamptz not null,
  submitted_at timestamptz,
  finished_at timestamptz not null,
  prediction_id text unique,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text references basepool.error_rules (name) on update cascade,
  decision text,
  found_by_search boolean not null default false,
  xact xid8 not null default pg_current_xact_id()
) with (fillfactor = 90);

comment on table basepool.attempts is
'The history: one row per try at Replicate, written when it is over. What is in flight is in basepool.seats;
basepool._all_attempts() shows both. No foreign keys to generations, tokens and accounts: history outlives them.';
comment on column basepool.attempts.seat_id is 'Where it was while it ran.';
comment on column basepool.attempts.state is
'rejected: Replicate said no. The others are how a prediction ended (aborted: before it started, free of charge).';
comment on column basepool.attempts.prediction_status is 'Replicate''s last word, also where we do not know the word.';
comment on column basepool.attempts.predict_seconds is 'metrics.predict_time: what Replicate charges for.';
comment on column basepool.attempts.decision is 'What followed from error_rule, in words.';
comment on column basepool.attempts.found_by_search is 'As in basepool.seats.';
comment on column basepool.attempts.xact is
'The transaction that wrote it, or last changed what is counted of it: which attempts are new follows from that (_count_attempts).';

create unique index attempts_number_key on basepool.attempts (generation_id, attempt_no);
create index attempts_finished_idx on basepool.attempts (finished_at);
create index attempts_error_rule_idx on basepool.attempts (error_rule) where error_rule is not null;

-- apart from the history, which is wide and long: what still costs counts against its user's limit at every submit
create table basepool.cancellations (
  id uuid primary key,
  generation_id uuid not null,
  user_id uuid,
  account_id bigint,
  model text,
  prediction_id text,
  requested_at timestamptz not null,
  again_at timestamptz not null,
  over_at timestamptz not null,
  tries integer not null default 0,
  is_held boolean not null default false
) with (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

comment on table basepool.cancellations is
'One narrow row per attempt whose generation is over and whose prediction may still run at Replicate; gone when its end is
confirmed. Until then it counts against its user''s limit. No foreign keys: their checks would lock rows out of turn.';
comment on column basepool.cancellations.id is
'The attempt''s. Or the generation''s, while a claim has it in hand whose attempt can''t be seen yet.';
comment on column basepool.cancellations.prediction_id is 'What to cancel; null until it is known (basepool.lost_attempts).';
comment on column basepool.cancellations.again_at is 'When Replicate is asked to cancel it, next.';
comment on column basepool.cancellations.over_at is
'When Replicate itself has ended it (settings.cancel_after): from then on it counts no more.';
comment on column basepool.cancellations.tries is 'How often Replicate was asked; the pauses grow with it.';
comment on column basepool.cancellations.is_held is
'Somebody was at the attempt when its generation ended, and was not waited for: it has yet to be ended here.';

create index cancellations_due_idx on basepool.cancellations (account_id, again_at) where prediction_id is not null;
create index cancellations_user_idx on basepool.cancellations (user_id);

create table basepool.token_uses (
  -- with a publication for all tables, rows of a table without a key can't be deleted
  id bigint generated always as identity primary key,
  token_id integer not null,
  used_at timestamptz not null,
  uses integer not null default 1
);

comment on table basepool.token_uses is
'Uses of tokens, until the roll-up has added them to request_count: for a call of the app''s own (get_next_replicate_token), and the
leases that _count_attempts has found.';

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
  skipped integer not null default 0,
  skipped_what text,
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
comment on column basepool.searches.skipped is
'How many of the predictions in the list could not be read whole: too large, or no JSON. They prove nothing, whosever they are.';
comment on column basepool.searches.skipped_what is 'What was wrong with the first of them.';
comment on column basepool.searches.is_complete is
'Whether every page was seen: only then does it prove that something is not there.';
comment on column basepool.searches.error is 'Why it is not complete.';

create unique index searches_one_under_way_key on basepool.searches (account_id) where ended_at is null;
create index searches_account_idx on basepool.searches (account_id);
create index searches_ended_idx on basepool.searches (ended_at);

create table basepool.lost_attempts (
  attempt_id uuid primary key,
  account_id bigint not null,
  leased_at timestamptz not null,
  lost_at timestamptz not null,
  input_hash bigint,
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
comment on column basepool.lost_attempts.input_hash is 'As in basepool.seats; null where it is not known any more.';
comment on column basepool.lost_attempts.search_at is 'When the next search looks for it.';
comment on column basepool.lost_attempts.searches is 'How often it was looked for; the pauses grow with it.';
comment on column basepool.lost_attempts.search_id is
'The last search that looked for it, under way or not; the next two columns are what that one found out.';
comment on column basepool.lost_attempts.doubt_prediction_id is
'What that search saw and what may be this attempt''s: of its model and time, and its input equal or not to be compared.';
comment on column basepool.lost_attempts.is_absent is 'That search was complete and late enough, and there was nothing.';

create index lost_attempts_due_idx on basepool.lost_attempts (account_id, search_at);
create index lost_attempts_search_idx on basepool.lost_attempts (search_id);

-- what Replicate has ended and the app's hook has not let end: it holds no seat, and is settled as soon as the hook works
create table basepool.unsettled (
  generation_id uuid primary key,
  status text not null check (status in ('completed', 'failed', 'cancelled')),
  error_message text,
  prediction jsonb,
  token_id integer,
  leased_at timestamptz,
  outcome text,
  details jsonb,
  reason text not null,
  since timestamptz not null,
  tries integer not null default 0,
  again_at timestamptz not null
);

comment on table basepool.unsettled is
'One row per generation that has ended at Replicate and could not be settled, because the app''s hook fails (TP024). It
stays active until that function works. No foreign key: its check would lock the app''s wide row.';
comment on column basepool.unsettled.status is 'How it is to end; the next four columns are what is to be written with it.';
comment on column basepool.unsettled.outcome is
'What the hook is to be told, with details, of one that was deleted: nothing else is to be done for it. Null for all others.';
comment on column basepool.unsettled.reason is 'What the function said last.';
comment on column basepool.unsettled.tries is 'How often it was tried again; the pauses grow with it.';

create index unsettled_again_idx on basepool.unsettled (again_at);

-- what the app runs itself and has not ended: Replicate is asked before the cleanup fails it
create table basepool.app_checks (
  generation_id uuid primary key,
  prediction_id text not null,
  since timestamptz not null,
  again_at timestamptz not null,
  asked bigint [] not null default '{}',
  absent bigint [] not null default '{}',
  said text
);

comment on table basepool.app_checks is
'One row per stuck generation that the app runs and whose prediction one of our accounts may have made. No foreign key: its check
would lock the app''s wide row.';
comment on column basepool.app_checks.since is 'When the cleanup met it first; settings.stuck_grace counts from here.';
comment on column basepool.app_checks.again_at is 'When it may be asked about again.';
comment on column basepool.app_checks.asked is 'The accounts that were asked, the last one last.';
comment on column basepool.app_checks.absent is
'The accounts that do not have it, by their own answer or because another one has it.';
comment on column basepool.app_checks.said is 'What the last answer was, unless it was its end.';

create index app_checks_again_idx on basepool.app_checks (again_at);

create table basepool.webhook_events (
  webhook_id text primary key,
  attempt_id uuid not null,
  prediction_id text,
  prediction_status text,
  received_at timestamptz not null,
  outcome text not null,
  xact xid8 not null default pg_current_xact_id()
);

comment on table basepool.webhook_events is
'The inbox, unique by webhook-id: what came in and what became of it, refused ones too. No foreign key to attempts,
because what names an unknown attempt is to be seen here as well.';
comment on column basepool.webhook_events.xact is 'As in basepool.attempts.';

create index webhook_events_received_idx on basepool.webhook_events (received_at);
create index webhook_events_refused_idx on basepool.webhook_events (received_at) where outcome like 'refused%';

alter table basepool.user_limits enable row level security;
alter table basepool.queue enable row level security;
alter table basepool.marks enable row level security;
alter table basepool.pauses enable row level security;
alter table basepool.wake_up enable row level security;
alter table basepool.seats enable row level security;
alter table basepool.attempts enable row level security;
alter table basepool.token_uses enable row level security;
alter table basepool.searches enable row level security;
alter table basepool.lost_attempts enable row level security;
alter table basepool.unsettled enable row level security;
alter table basepool.app_checks enable row level security;
alter table basepool.cancellations enable row level security;
alter table basepool.webhook_events enable row level security;

-- a sequence per token gives out its turns: no row is locked or written for one, however many predictions end at once
do $turns$
declare
  v_token integer;
begin
  for v_token in select id from public.replicate_tokens order by id loop
    execute format('create sequence basepool.turns_%s', v_token);
  end loop;
end
$turns$;

insert into basepool.seats (id, token_id, turn)
select
  t.id * 1000 + s.number,
  t.id,
  nextval(format('basepool.turns_%s', t.id)::regclass) * (1000000 / t.weight)
from public.replicate_tokens as t
cross join lateral generate_series(0, t.max_in_flight - 1) as s (number);
