-- A lost answer is found out: a lease is short and renewed by who holds it, what was lost is looked for in the account's list
-- of predictions, and nothing is bought again before Replicate is known not to have it.

alter table basepool.settings
add column lease_time interval not null default '30 seconds'
constraint settings_lease_time_check check (lease_time between '3 seconds' and '10 minutes'),
add column absence_after interval not null default '60 seconds'
constraint settings_absence_after_check check (absence_after >= '0 seconds');

comment on column basepool.settings.lease_time is
'How long a worker may be silent about a call under way before the call counts as lost; it renews its leases as long as
it lives. submit_timeout still bounds the whole call, from its claim on.';
comment on column basepool.settings.absence_after is
'How long after a call was given up a complete list without it proves that Replicate never had it: a request may still be on
its way, and a list may lag.';

alter table basepool.accounts add column search_until timestamptz;

comment on column basepool.accounts.search_until is 'Until then somebody searches its list of predictions; one search at a time.';

alter table basepool.attempts
add column lost_at timestamptz,
add column search_at timestamptz,
add column searches integer not null default 0,
add column searched_at timestamptz,
add column doubt_prediction_id text,
add column is_absent boolean not null default false,
add column found_by_search boolean not null default false;

comment on column basepool.attempts.lost_at is 'When its answer counted as lost: if it was sent at all, then before.';
comment on column basepool.attempts.search_at is 'When its prediction is looked for in its account''s list; null: it need not be.';
comment on column basepool.attempts.searches is 'How often it was looked for; the pauses grow with it.';
comment on column basepool.attempts.searched_at is 'When the last search that included it began: the name of that search.';
comment on column basepool.attempts.doubt_prediction_id is
'What that search saw and what may be this attempt''s: of its model and time, with an input that can''t be compared.';
comment on column basepool.attempts.is_absent is 'That search was complete and late enough, and there was nothing.';
comment on column basepool.attempts.found_by_search is
'Its prediction was recognised by model and input, not named by an answer or a webhook. Equal ones are interchangeable.';

create index attempts_search_idx on basepool.attempts (account_id, search_at) where search_at is not null;

update basepool.attempts
set lost_at = now(), search_at = now()
where state = 'unknown';

-- replaced by a wider one at once: every row it allowed stays allowed
-- squawk-ignore ban-drop-constraint
alter table basepool.error_rules drop constraint error_rules_source_check;
alter table basepool.error_rules add constraint error_rules_source_check
check (source in ('http', 'transport', 'prediction', 'search'));
comment on column basepool.error_rules.source is
'http: an answer to a create; transport: no answer; prediction: the error of a prediction that ended; search: what the search for
a lost prediction found out.';

insert into basepool.error_rules
(position, name, source, statuses, pattern, concerns, action, retry_after, max_retries, cool_down, evidence)
values
(400, 'never-arrived', 'search', null, '^absent', 'provider', 'retry', '0 s', 3, null,
  '[O] a complete list of the account, begun after the request could arrive, without a prediction that could be it'),
(410, 'never-found', 'search', null, null, 'unknown', 'retry', '0 s', 1, null,
  '[O] Cancel-After: whatever it was has ended by now');
