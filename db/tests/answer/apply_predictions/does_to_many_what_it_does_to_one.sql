-- the two forms of what is plain, and whatever is not, leave the same behind
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 20);
create temporary table life (n integer, step integer, source text, status text, output jsonb, has_webhook boolean);
insert into life values
(1, 1, 'answer', 'starting', null, true)
, (1, 2, 'webhook', 'processing', null, true)
, (1, 3, 'webhook', 'succeeded', '["https://x/1.png"]', true)
, (2, 1, 'answer', 'starting', null, false)
, (2, 2, 'poll', 'processing', null, true)
, (3, 1, 'webhook', 'starting', null, true)
, (3, 2, 'poll', 'starting', null, true)
, (4, 1, 'poll', 'succeeded', '["a ", "text"]', true)
, (4, 2, 'webhook', 'succeeded', '["a ", "text"]', true)
, (5, 1, 'answer', 'processing', null, true)
, (5, 2, 'webhook', 'starting', null, true)
, (6, 1, 'answer', 'starting', null, true)
, (6, 2, 'webhook', 'processing', null, true)
, (7, 1, 'answer', 'starting', null, true)
, (7, 2, 'webhook', 'canceled', null, true)
, (8, 1, 'answer', 'starting', null, true)
, (8, 2, 'cancel', 'processing', null, true)
, (8, 3, 'poll', 'succeeded', '"https://x/8.png"', true);
create temporary table attempt as
select
  f.form,
  n.n,
  pg_temp.start(n.n + case f.form when 'one' then 0 else 100 end) as id
from (values ('one'), ('many')) as f (form)
cross join (select distinct l.n from life as l) as n;
create temporary table outcome (form text, n integer, step integer, outcome text);

create function pg_temp.said(p_form text, p_life life) returns jsonb
language sql as $$
  select pg_temp.prediction(p_form || '-' || p_life.n, p_life.status, null, p_life.output)
$$;

create function pg_temp.webhook(p_form text, p_life life) returns text
language sql as $$
  select case p_life.source when 'webhook' then format('%s-%s-%s', p_form, p_life.n, p_life.step) end
$$;

create function pg_temp.take(p_step integer) returns void
language plpgsql as $$
begin
  insert into outcome
  select a.form, l.n, l.step, case l.source
    when 'answer' then basepool.record_submitted(a.id, pg_temp.said('one', l), l.has_webhook)
    else basepool.apply_prediction(a.id, pg_temp.said('one', l), l.source, pg_temp.webhook('one', l)) end
  from (select * from life as l where l.step = p_step order by l.n offset 0) as l
  inner join attempt as a on a.n = l.n and a.form = 'one';

  insert into outcome
  select 'many', i.n, p_step, r.outcome
  from (
    select jsonb_agg(jsonb_build_object(
      'attempt', a.id, 'prediction', pg_temp.said('many', l), 'has_webhook', l.has_webhook) order by l.n) as items
      , array_agg(l.n order by l.n) as ns
    from life as l inner join attempt as a on a.n = l.n and a.form = 'many'
    where l.step = p_step and l.source = 'answer'
  ) as s
  cross join lateral basepool.record_answers(coalesce(s.items, '[]')) as r
  cross join lateral (select s.ns[r.nth] as n) as i;

  insert into outcome
  select 'many', i.n, p_step, r.outcome
  from (
    select jsonb_agg(jsonb_build_object(
      'attempt', a.id, 'prediction', pg_temp.said('many', l), 'source', l.source, 'webhook_id', pg_temp.webhook('many', l)
    ) order by l.n) as items, array_agg(l.n order by l.n) as ns
    from life as l inner join attempt as a on a.n = l.n and a.form = 'many'
    where l.step = p_step and l.source <> 'answer'
  ) as s
  cross join lateral basepool.apply_predictions(coalesce(s.items, '[]')) as r
  cross join lateral (select s.ns[r.nth] as n) as i;
  perform pg_temp.pass('1 second');
end
$$;

select pg_temp.take(1);
-- the user's, after its create was accepted; nobody hears of it before Replicate says more
update public.generations as g
set status = 'cancelled'
from attempt as a inner join basepool._all_attempts() as t on a.id = t.id
where a.n = 6 and g.id = t.generation_id;
select pg_temp.take(2);
select pg_temp.take(3);

-- names and places differ, and nothing else may
create function pg_temp.left_by(p_form text, p_table text) returns setof text
language plpgsql as $$
begin
  return query execute format($query$
    select replace((jsonb_build_object('n', a.n) || to_jsonb(t)
      - '{id,generation_id,seat_id,token_id,account_id,turn,attempt_id,user_id,replicate_token_index,queue_tag}'::text[]
      )::text, %1$L || '-', '')
    from attempt as a
    inner join basepool._all_attempts() as o on o.id = a.id
    inner join %2$s on %3$s
    where a.form = %1$L
  $query$, p_form, p_table, case p_table
    when 'public.generations as t' then 't.id = o.generation_id'
    when 'basepool.attempts as t' then 't.id = o.id'
    else 't.attempt_id = o.id' end);
end
$$;

select results_eq(
  $$select n, step, coalesce(nullif(outcome, 'recorded'), 'applied') from outcome where form = 'many' order by 1, 2$$,
  $$select n, step, coalesce(nullif(outcome, 'recorded'), 'applied') from outcome where form = 'one' order by 1, 2$$,
  'outcomes'
);
select isnt_empty($$select from outcome where form = 'many' and outcome = 'stale'$$, 'what is not plain was among them');
select bag_eq(
  $$select pg_temp.left_by('many', 'basepool.seats as t')$$, $$select pg_temp.left_by('one', 'basepool.seats as t')$$, 'seats'
);
select bag_eq(
  $$select pg_temp.left_by('many', 'basepool.attempts as t')$$, $$select pg_temp.left_by('one', 'basepool.attempts as t')$$,
  'history'
);
select bag_eq(
  $$select pg_temp.left_by('many', 'public.generations as t')$$,
  $$select pg_temp.left_by('one', 'public.generations as t')$$, 'generations'
);
select bag_eq(
  $$select pg_temp.left_by('many', 'basepool.webhook_events as t')$$,
  $$select pg_temp.left_by('one', 'basepool.webhook_events as t')$$, 'inbox'
);

select * from finish();
rollback;
