-- What is counted, so that it can be summed and asked for at any size: usage by hour, throughput by minute, and counters that only
-- rise, whatever is pruned. All of it is written by basepool._count_attempts, which takes each attempt once.

create table basepool.counted (
  id boolean primary key default true check (id),
  snapshot pg_snapshot not null default '1:1:',
  since timestamptz not null default '-infinity',
  counted_at timestamptz not null default '-infinity',
  counted_by xid8 not null default '0',
  server bigint
) with (fillfactor = 20);

comment on table basepool.counted is
'The one row: how far _count_attempts has come. Its lock makes it one at a time.';
comment on column basepool.counted.snapshot is
'What the last count could see: what was written by others (attempts.xact) is new, however long it took to commit.';
comment on column basepool.counted.since is
'All that ended before is counted. It stays where it is while somebody has been writing since the count before the last.';
comment on column basepool.counted.counted_by is
'The transaction that counted last. What has its number and was counted, too, is marked as older than all.';
comment on column basepool.counted.server is
'Which server gave out those numbers (its system identifier): after a restore from a dump it is another one, with others.';

insert into basepool.counted default values;

-- an attempt that was counted may change all the same: what it was is taken out of the sums again
create table basepool.recounts (like basepool.attempts, primary key (id, xact));

comment on table basepool.recounts is
'Attempts as they were before something that is counted of them changed, until _count_attempts has seen that.';

create table basepool.usage_stats (
  -- with a publication for all tables, rows of a table without a key can't be deleted, and a key has no nulls
  id bigint generated always as identity primary key,
  hour timestamptz not null,
  account_id bigint not null,
  token_id integer not null,
  model text not null,
  user_id uuid,
  count integer not null,
  seconds numeric not null,
  usd numeric,
  constraint usage_stats_key unique nulls not distinct (hour, account_id, token_id, model, user_id)
);

comment on table basepool.usage_stats is
'Who used what: the predictions that ended in an hour (UTC), by account, token, model and user. Kept for
settings.keep_attempts_for.';
comment on column basepool.usage_stats.model is 'Without its version.';
comment on column basepool.usage_stats.user_id is 'Null where the generation was deleted before it was counted.';
comment on column basepool.usage_stats.count is 'Predictions; a create that Replicate refused is none.';
comment on column basepool.usage_stats.seconds is 'Of metrics.predict_time.';
comment on column basepool.usage_stats.usd is
'By the prices of basepool.models when they were counted; null where the model has none.';

create table basepool.minute_stats (
  minute timestamptz primary key,
  leased integer not null,
  succeeded integer not null,
  failed integer not null,
  rejected integer not null,
  queue_buckets jsonb not null
) with (fillfactor = 50);

comment on table basepool.minute_stats is
'Throughput by minute, of the last day: what _minutes shows. What is in flight is not in it.';
comment on column basepool.minute_stats.leased is 'Attempts leased in it that are over; the next three are those that ended in it.';
comment on column basepool.minute_stats.failed is 'Whatever else than succeeded or rejected: cancelled ones, too.';
comment on column basepool.minute_stats.queue_buckets is 'How long those that were leased had waited, as in basepool.token_stats.';

create table basepool.model_uses (
  model text primary key,
  uses double precision not null
);

comment on table basepool.model_uses is
'How much each model was used lately, to know the 50 most used: attempts, of which a half is forgotten each day.';

create table basepool.counters (
  name text not null,
  label text not null,
  model text not null,
  value double precision not null,
  primary key (name, label, model)
);

comment on table basepool.counters is
'What get_metrics shows as counters. Nothing ever takes away from them, so that they do not fall when history is pruned.';
comment on column basepool.counters.name is 'attempts, seconds, rejections, webhooks, results, waits, waited.';
comment on column basepool.counters.label is 'Of attempts and webhooks the outcome, of rejections the rule, of waits the bucket.';
comment on column basepool.counters.model is
'Of attempts and seconds: one of the 50 models most used when it was counted, else other.';

alter table basepool.counted enable row level security;
alter table basepool.recounts enable row level security;
alter table basepool.usage_stats enable row level security;
alter table basepool.minute_stats enable row level security;
alter table basepool.model_uses enable row level security;
alter table basepool.counters enable row level security;
revoke all on basepool.counted, basepool.recounts, basepool.usage_stats, basepool.minute_stats, basepool.model_uses
, basepool.counters
from public, anon, authenticated, basepool_glue;

-- a view needs its function; the file of db/functions/ that replaces this comes right after the migrations
create function basepool.get_metrics()
returns table (name text, kind text, help text, labels jsonb, value double precision)
language sql set search_path = ''
as 'select null::text, null::text, null::text, null::jsonb, null::double precision where false';
revoke all on function basepool.get_metrics() from public;

create view basepool.metrics with (security_invoker = true) as
select
  m.name,
  m.kind,
  m.help,
  m.labels,
  m.value
from basepool.get_metrics() as m;

comment on view basepool.metrics is
'What get_metrics says, for whoever has Postgres only: one row per series. For basepool_metrics and its members.';

revoke all on basepool.metrics from public, anon, authenticated, service_role, basepool_glue;
grant usage on schema basepool to basepool_metrics;
grant select on basepool.metrics to basepool_metrics;
