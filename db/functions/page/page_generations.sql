-- What waits, runs, failed: a page at a time, at the same price at any size. The order is that of an index which is there, and what
-- no index knows is looked for among a bounded number of rows.
create or replace function basepool.page_generations(
  p_filter jsonb default '{}',
  p_cursor text default null,
  p_limit integer default 50
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_most integer := 2000;
  v_limit constant integer := basepool._page_limit(p_limit);
  v_filter record;
  v_list text;
  v_at timestamptz;
  v_id uuid;
  v_end timestamptz;
  v_looks_at_attempts boolean;
  v_chunk integer;
  v_walked integer;
  v_looked integer := 0;
  v_found jsonb;
  v_rows jsonb := jsonb_build_array();
  v_last jsonb;
begin
  select f.* into v_filter from basepool._page_filter(p_filter) as f;
  v_looks_at_attempts := v_filter.token_id is not null or v_filter.rule is not null or v_filter.worker is not null;
  v_list := case
    when v_filter.tab = 'in_flight' then 'in flight'
    when v_filter.tab = 'waiting' then case when v_filter.user_id is null then 'active' else 'active of user' end
    when v_filter.user_id is not null then 'of user'
    when v_filter.tab in ('failed', 'cancelled') then 'failed or cancelled'
    else 'attempts'
  end;
  select c.at, c.id into v_at, v_id from basepool._page_cursor(p_cursor, v_filter.tab) as c;

  if v_list = 'in flight' then
    -- as many as the pool has seats
    select coalesce(jsonb_agg(to_jsonb(p) order by p.at desc, p.id desc), '[]') into v_rows
    from (
      select
        s.leased_at as at, s.generation_id as place, s.generation_id as id, g.status, s.model, s.user_id, g.created_at, s.queued_at
        , s.leased_at as started_at, null::timestamptz as ended_at, s.attempt_no, s.attempt_id, s.token_id, s.worker
        , s.error_rule as rule, basepool._printable(s.error) as error, s.state
      from (
        select o.*
        from basepool.seats as o
        where
          o.attempt_id is not null
          and (v_at is null or (o.leased_at, o.generation_id) < (v_at, v_id))
          and o.leased_at >= v_filter.since and o.leased_at < v_filter.until
          and (v_filter.user_id is null or o.user_id = v_filter.user_id)
          and (v_filter.model is null or o.model = v_filter.model or starts_with(o.model, v_filter.model || ':'))
          and (v_filter.token_id is null or o.token_id = v_filter.token_id)
          and (v_filter.rule is null or o.error_rule = v_filter.rule)
          and (v_filter.worker is null or o.worker = v_filter.worker)
        order by o.leased_at desc, o.generation_id desc
        limit v_limit + 1
      ) as s
      left join lateral (
        select o.status, o.created_at from public.generations as o where o.id = s.generation_id limit 1
      ) as g on true
    ) as p;
    v_at := null;
  else
    if v_at is null then
      v_at := case when v_list like 'active%' then v_filter.since - interval '1 microsecond' else v_filter.until end;
    end if;
    v_end := case when v_list like 'active%' then v_filter.until else v_filter.since end;
    if v_looks_at_attempts or v_list = 'attempts' then
      v_most := 1000;
    end if;
    if v_filter.tab = 'waiting' then
      -- those that are in flight are older, as a rule, and there are no more than seats
      v_most := v_most + (select count(*) from basepool.seats as s where s.attempt_id is not null);
    end if;
    v_chunk := greatest(250, v_limit + 1);
    loop
      with walked as materialized (
        select w.*, row_number() over () as n
        from basepool._walk(v_list, v_filter.user_id, v_at, v_id, v_end, v_chunk) as w
      ),

      candidates as materialized (
        select
          w.n, w.at, w.id as place, g.id, g.status, g.replicate_model as model, g.user_id, g.created_at, g.queued_at, g.started_at
          , coalesce(g.completed_at, g.settled_at) as ended_at, g.error_message, a.id as attempt_id
        from walked as w
        -- looked up one by one, whatever the statistics are; first whether it waits, because what is in flight does not
        cross join lateral (
          select
          where
            w.is_one
            and (v_filter.tab <> 'waiting' or exists (select from basepool.queue as q where q.generation_id = w.id))
          limit 1
        ) as o
        left join lateral (
          select o.id, o.generation_id, o.state from basepool.attempts as o where v_list = 'attempts' and o.id = w.id limit 1
        ) as a on true
        cross join lateral (
          select
            o.id, o.status, o.replicate_model, o.user_id, o.created_at, o.queued_at, o.started_at, o.completed_at, o.settled_at
            , o.error_message
          from public.generations as o
          where o.id = case when v_list = 'attempts' then a.generation_id else w.id end
          limit 1
        ) as g
        where
          case v_filter.tab
            when 'attempts' then true
            when 'waiting' then true
            when 'completed' then g.status = 'completed' and (a.id is null or a.state = 'succeeded')
            else g.status = v_filter.tab
          end
          and (
            v_filter.model is null or g.replicate_model = v_filter.model or starts_with(g.replicate_model, v_filter.model || ':')
          )
        order by w.n
        limit case when not v_looks_at_attempts then v_limit + 1 - jsonb_array_length(v_rows) end
      ),

      shown as (
        select
          c.n, c.at, c.place, c.id, c.status, coalesce(t.model, c.model) as model, c.user_id, c.created_at
          , case when v_filter.tab = 'attempts' then t.queued_at else coalesce(q.queued_at, c.queued_at) end as queued_at
          , case when v_filter.tab = 'attempts' then t.leased_at else c.started_at end as started_at
          , case when v_filter.tab = 'attempts' then t.finished_at else c.ended_at end as ended_at
          , t.attempt_no, t.id as attempt_id, t.token_id, t.worker, t.error_rule as rule
          , basepool._printable(case when v_filter.tab in ('failed', 'cancelled') then c.error_message else t.error end) as error
          , case
            when v_filter.tab <> 'waiting' then t.state
            when q.parked_for is not null then 'paused'
            when q.run_after = 'infinity' then 'model'
            when q.run_after is not null then 'retry'
            else 'waiting'
          end as state
          , q.run_after
        from candidates as c
        left join lateral (
          select a.* from basepool._all_attempts() as a
          where a.generation_id = c.id and (c.attempt_id is null or a.id = c.attempt_id)
          order by a.attempt_no desc
          limit case when v_filter.tab = 'attempts' then 100 else 1 end
        ) as t on true
        left join lateral (
          select o.queued_at, o.run_after, o.parked_for from basepool.queue as o
          where v_filter.tab = 'waiting' and o.generation_id = c.id
          limit 1
        ) as q on true
        where
          (v_filter.tab <> 'attempts' or t.id is not null)
          and (v_filter.token_id is null or t.token_id = v_filter.token_id)
          and (v_filter.rule is null or t.error_rule = v_filter.rule)
          and (v_filter.worker is null or t.worker = v_filter.worker)
      )

      select
        (select count(*) from walked as w)
        , (
          select coalesce(jsonb_agg(to_jsonb(r) - 'n' order by r.n, r.attempt_no desc), '[]')
          from (
            select s.* from shown as s
            order by s.n, s.attempt_no desc
            limit v_limit + 1 - jsonb_array_length(v_rows)
          ) as r
        )
        , l.at, l.id
      into v_walked, v_found, v_at, v_id
      from (select 1) as o
      left join (select w.at, w.id from walked as w order by w.n desc limit 1) as l on true;

      v_rows := v_rows || v_found;
      v_looked := v_looked + v_walked;
      exit when v_walked = 0 or v_looked >= v_most or jsonb_array_length(v_rows) > v_limit;
      v_chunk := least(2 * v_chunk, 1250, v_most - v_looked);
    end loop;
  end if;

  if jsonb_array_length(v_rows) > v_limit then
    -- of one generation's attempts all are on one page, if they fit
    v_last := v_rows -> v_limit;
    select coalesce(jsonb_agg(r.row order by r.n) filter (where r.row -> 'place' <> v_last -> 'place'), v_rows - v_limit)
    into v_rows
    from jsonb_array_elements(v_rows) with ordinality as r (row, n)
    where r.n <= v_limit;
    v_last := v_rows -> -1;
    v_at := (v_last ->> 'at')::timestamptz;
    v_id := (v_last ->> 'place')::uuid;
  end if;
  return jsonb_build_object(
    'rows', (
      select coalesce(jsonb_agg(r.row - array['at', 'place'] order by r.n), '[]')
      from jsonb_array_elements(v_rows) with ordinality as r (row, n)
    )
    , 'next', case when v_at is not null then basepool._next_cursor(v_filter.tab, v_at, v_id) end
    -- the page ended because enough was looked at, and not because it is full or there is no more
    , 'complete', v_at is null or v_last is not null
    , 'tabs', basepool._count_tabs()
  );
end
$$;

revoke all on function basepool.page_generations(jsonb, text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.page_generations(jsonb, text, integer) to basepool_glue, basepool_operator;

comment on function basepool.page_generations(jsonb, text, integer) is
'Generations as the operator''s page lists them: {rows, next, complete, tabs}. p_filter: tab (waiting, in_flight, failed, cancelled,
completed, attempts: all that ended, generation by generation where a user is named), and any of user_id, model (with all its
versions), token_id, rule, worker (of the last attempt), since and until (ISO times: when it was created, leased where it is in
flight, ended where attempts or completed are listed). Waiting ones are listed oldest first, all others newest first. p_limit: rows
of a page, 1 to 100. p_cursor: next of the page before. A row: id, status, model, user_id, created_at, queued_at, started_at,
ended_at, attempt_no, attempt_id, token_id, worker, rule, error, state (of the attempt; of what waits: waiting, retry, paused,
model), run_after. complete is false where 2,000 rows (1,000 where attempts have to be looked at) were looked at and the filter let
too few through: next goes on behind them, null: that was all. tabs: _count_tabs. Completed ones are found by their attempts, as long
as those are kept. Raises PT400.';
