-- where there is Vault, the secret is there, by itself or under its name, and what was put there by us goes with us
begin;
select plan(8);
\ir ../../helpers.psql
\ir ../../net.psql
\ir ../../vault.psql

select vault.create_secret('the secret of the owner', 'basepool_cron_secret');
select basepool.schedule_glue('https://gen.example.com');
select is(
  (select s.secret from basepool.glue_schedule as s)
  , (select 'vault:' || v.id from vault.secrets as v
where v.name = 'basepool_cron_secret'), 'a reference'
);
select basepool._call_glue('probe');
select is(
  (select r.headers ->> 'Authorization' from net.http_request_queue as r), 'Bearer the secret of the owner', 'read when needed'
);
select basepool.schedule_glue('https://gen.example.com', 'another one of sixteen characters');
select matches((select s.secret from basepool.glue_schedule as s), '^vault:', 'one that was passed is put there');
select is((select count(*) from vault.secrets), 2::bigint, 'beside the owner''s');
select basepool.schedule_glue('https://gen.example.com', 'a third one of sixteen characters');
select is((select count(*) from vault.secrets), 2::bigint, 'the former one is gone');
select basepool.add_token('r8_token_number_1', 'sim-1', 'user', null, 1);
select basepool.remove_token(t.id) from public.replicate_tokens as t;
select basepool._call_glue('probe');
select is(
  (select r.headers ->> 'Authorization' from net.http_request_queue as r
order by r.id desc limit 1)
  , 'Bearer a third one of sixteen characters', 'what is forgotten of tokens leaves it alone'
);
select basepool.unschedule_glue();
select set_eq('select v.name from vault.secrets as v', array['basepool_cron_secret'], 'the owner''s stays, ours goes');
select is_empty(
  $$select a.target from basepool.audit as a where (a.target || a.details::text) ~ 'sixteen|of the owner'$$, 'nobody wrote it down'
);

select * from finish();
rollback;
