-- a URL that something is sent to is a secret: the page shows its host, so that is what an operator has seen of it
begin;
select plan(4);
\ir ../../helpers.psql

alter table basepool.settings add column bell_url text default 'https://a.example/services/secret';
comment on column basepool.settings.bell_url is 'Where it rings.';
select is(
  basepool.act_on_setting('bob', 'bell_url', '"https://b.example/hidden?too=1"', '"https://a.example/…"')
  , '{"name": "bell_url", "was": "https://a.example/…", "value": "https://b.example/…"}', 'what the page shows of it counts'
);
select is((select s.bell_url from basepool.settings as s), 'https://b.example/hidden?too=1', 'it is kept as it is');
select throws_ok(
  $$select basepool.act_on_setting('bob', 'bell_url', '"https://c.example/x"', '"https://a.example/…"')$$, 'PT409'
  , 'bell_url is ''https://b.example/…'' by now', 'another one'
);
select is_empty($$select from basepool.audit as a where a.details::text ~ 'secret|hidden'$$, 'no row of the audit has it');

select * from finish();
rollback;
