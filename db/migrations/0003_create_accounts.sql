-- Limits, credit, cooldown and the webhook secret belong to an account at Replicate; tokens only open its door.

create table basepool.accounts (
  id bigint generated always as identity primary key,
  username text unique check (username <> ''),
  kind text check (kind in ('user', 'organization')),
  webhook_secret text check (webhook_secret <> ''),
  previous_webhook_secret text check (previous_webhook_secret <> ''),
  creates_per_minute integer not null default 600 check (creates_per_minute > 0),
  creates_spent_until timestamptz,
  burst integer check (burst > 0),
  reads_per_minute integer not null default 3000 check (reads_per_minute > 0),
  reads_spent_until timestamptz,
  credit text not null default 'ok' check (credit in ('ok', 'low', 'none')),
  throttled_per_minute integer check (throttled_per_minute > 0),
  throttled_until timestamptz,
  cooled_at timestamptz,
  cooldown_until timestamptz,
  cooldown_reason text,
  failure_streak integer not null default 0 check (failure_streak >= 0),
  created_at timestamptz not null default now(),
  check ((cooldown_until is null) = (cooled_at is null)),
  check ((throttled_until is null) = (throttled_per_minute is null))
) with (fillfactor = 50);

comment on table basepool.accounts is
'One row per Replicate account. A new token starts in an account of its own, without a name, until Replicate was asked.';
comment on column basepool.accounts.username is 'As GET /v1/account says; null until somebody asked.';
comment on column basepool.accounts.webhook_secret is 'whsec_…, or a reference into Vault where there is one.';
comment on column basepool.accounts.previous_webhook_secret is 'Still accepted while Replicate rotates the secret.';
comment on column basepool.accounts.creates_per_minute is
'Creates Replicate allows in any 60 seconds (600, https://replicate.com/docs/topics/predictions/rate-limits).';
comment on column basepool.accounts.creates_spent_until is
'Theoretical arrival time of the rate limiter (GCRA): how far into the future the creates granted so far reach.';
comment on column basepool.accounts.burst is 'Creates at once, at most; null: a tenth of creates_per_minute.';
comment on column basepool.accounts.reads_per_minute is
'Everything else Replicate allows in any 60 seconds (3,000, the same source).';
comment on column basepool.accounts.reads_spent_until is 'The same as creates_spent_until, for everything else.';
comment on column basepool.accounts.credit is
'As Replicate''s answers say: low (it throttles), none (402); ok again when it has accepted a create.';
comment on column basepool.accounts.throttled_per_minute is
'The lower limit Replicate announced (6 a minute with little credit); counts until throttled_until.';
comment on column basepool.accounts.cooldown_until is
'No lease before. Only ever extended; once it has passed one lease probes the account, and its success resets this.';
comment on column basepool.accounts.failure_streak is 'Cooldowns in a row without a success; the backoff grows with it.';

alter table basepool.accounts enable row level security;
