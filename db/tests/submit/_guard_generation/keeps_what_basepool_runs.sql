-- where users may write any column, what basepool runs and what it notes is not among them; the app's own rows are
begin;
select plan(27);
\ir ../../helpers.psql

select basepool.configure('{"enforce_user_rights": false}');
alter table public.generations add column title text;
grant all on public.generations to authenticated;
create policy all_inserts on public.generations for insert to authenticated with check (user_id = (select auth.uid()));
create function pg_temp.insert(p_columns text, p_values text) returns uuid
language plpgsql as $$
declare
  v_id uuid;
begin
  execute format(
    'insert into public.generations (user_id, action, model_id, model_name, replicate_model, %s)'
    ' values (auth.uid(), ''create'', ''m'', ''M'', ''acme/painter'', %s) returning id', p_columns, p_values
  ) into v_id;
  return v_id;
end
$$;
create temporary table ours as select pg_temp.submit(1) as id;
grant select on ours to authenticated;

select pg_temp.sign_in(1);
-- the app's own
create temporary table own as select pg_temp.insert('replicate_prediction_id', '''first''') as id;
select lives_ok(
  $$update public.generations set replicate_prediction_id = 'flow', status = 'processing' where id = (select id from own)$$,
  'the flow editor writes its own row'
);
select lives_ok(
  $$update public.generations set status = 'failed', error_message = 'Generation failed' where id = (select id from own)$$,
  'to the end'
);
select lives_ok($$select pg_temp.insert('status', '''processing''')$$, 'with whatever status');
select lives_ok($$select pg_temp.insert('status, output_urls', '''completed'', ''{x}''')$$, 'and result');
select throws_ok(
  $$update public.generations set settled_at = null where id = (select id from own)$$, 'PT403'
  , 'settled_at of a generation that basepool runs is not the user''s to write', 'but the hook is called once'
);
select throws_ok($$update public.generations set queued_at = now() where id = (select id from own)$$, 'PT403');
select throws_ok($$update public.generations set retry_of = id where id = (select id from own)$$, 'PT403');
select throws_ok($$update public.generations set idempotency_key = 'k' where id = (select id from own)$$, 'PT403');

-- what basepool runs
select throws_ok(
  $$update public.generations set status = 'completed' where id = (select id from ours)$$, 'PT403'
  , 'status of a generation that basepool runs is not the user''s to write'
);
select throws_ok($$update public.generations set output_urls = '{x}' where id = (select id from ours)$$, 'PT403');
select throws_ok($$update public.generations set cost_credits = 0 where id = (select id from ours)$$, 'PT403');
select throws_ok($$update public.generations set queued_at = null where id = (select id from ours)$$, 'PT403');
select throws_ok(
  $$update public.generations set is_keyframe_segment = true where id = (select id from ours)$$, 'PT403', null
  , 'a segment counts against no limit'
);
select throws_ok(
  $$update public.generations set replicate_input = '{}' where id = (select id from ours)$$, 'PT403', null, 'what is sent'
);
select lives_ok(
  $$update public.generations set viewed = true, is_favorite = true, title = 't', status = status where id = (select id from ours)$$
  , 'marks and the app''s columns are his, and what stays the same'
);
select lives_ok($$select public.submit_generation('acme/painter', '{}')$$, 'a submit');
select throws_ok(
  $$select pg_temp.insert('queued_at, retry_of', 'now(), gen_random_uuid()')$$, 'PT403', null, 'a retry is free: not his to say'
);
select throws_ok($$select pg_temp.insert('queued_at, status', 'now(), ''completed''')$$, 'PT403');
select throws_ok($$select pg_temp.insert('queued_at, cost_credits, replicate_input', 'now(), 0, ''{}''')$$, 'PT403');
select throws_ok($$select pg_temp.insert('queued_at, output_urls', 'now(), ''{x}''')$$, 'PT403');
-- what he inserts plainly and basepool takes over is priced as if he had submitted it
create temporary table plain as select pg_temp.insert(
  'status, replicate_input, cost_credits, cost_usd, output_urls, title', '''pending'', ''{}'', 100000, 5, ''{x}'', ''t'''
) as id;
select results_eq(
  $$select g.cost_credits, g.cost_usd, g.output_urls, g.title, g.queued_at is not null
  from public.generations as g where g.id = (select p.id from plain as p)$$
  , $$values (1, null::numeric, null::text [], 't', true)$$, 'a refund is not his to choose, nor a result'
);
select lives_ok($$select pg_temp.insert('replicate_input, cost_credits', '''{}'', -5')$$, 'nothing of the app''s fails for it');
select lives_ok($$select public.cancel_generation((select id from ours))$$, 'a cancel is a function''s');
select pg_temp.sign_out();

-- the default is the app's
alter table public.generations alter column cost_credits set default 1 + 2;
select pg_temp.sign_in(1);
create temporary table again as select pg_temp.insert('replicate_input, cost_credits', '''{}'', 0') as id;
select pg_temp.sign_out();
select is(
  (select g.cost_credits from public.generations as g
where g.id = (select a.id from again as a)), 3, 'whatever the table says'
);
select set_config('role', 'service_role', true);
create temporary table served (credits integer);
with inserted as (
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, cost_credits)
  values (pg_temp.user_id(2), 'create', 'm', 'M', 'acme/painter', '{}', 7) returning cost_credits
)

insert into served select i.cost_credits from inserted as i;
select is((select s.credits from served as s), 7, 'the app''s server says what it likes');
select lives_ok(
  $$update public.generations set status = 'failed', error_message = 'Generation timed out' where status = 'pending'$$
  , 'the app''s server may'
);
select set_config('role', 'none', true);
select is((select count(*) from basepool.queue), 0::bigint, 'and what it ends does not wait any more');

select * from finish();
rollback;
