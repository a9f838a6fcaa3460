-- Where the seconds and the money went, from what was summed up by the hour: nothing of it is counted while somebody looks.
create or replace function basepool.page_money(p_by text default 'model', p_days integer default 7)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_most constant integer := 10000;
  v_by constant text := coalesce(p_by, 'model');
  v_days constant integer := coalesce(p_days, 7);
  v_now constant timestamptz := basepool.now();
  v_today constant timestamptz := date_trunc('day', v_now, 'UTC');
  v_from timestamptz := v_today - (v_days - 1) * interval '24 hours';
  v_since timestamptz;
  v_rows jsonb := jsonb_build_array();
  v_is_complete boolean := true;
begin
  if v_by not in ('model', 'user', 'token', 'account') then
    raise exception using
      errcode = 'PT400',
      message = format('p_by is %s', basepool._quote(p_by)),
      hint = 'Pass model, user, token or account.';
  elsif v_days not between 1 and 31 then
    raise exception using
      errcode = 'PT400',
      message = format('p_days is %s', p_days),
      hint = 'Pass 1 to 31.';
  end if;

  -- of hundreds of accounts a month may be more than can be added up while somebody waits
  select s.hour + interval '1 hour' into v_since from basepool.spending as s
  where s.hour >= v_from
  order by s.hour desc
  offset 24000
  limit 1;
  v_is_complete := v_since is null;
  v_since := coalesce(v_since, v_from);
  v_from := v_since;

  if v_by <> 'account' then
    -- of many users there are many rows: the newest are enough to see who it is
    with newest as materialized (
      select u.* from basepool.usage_stats as u where u.hour >= v_from order by u.hour desc limit v_most
    ),

    bound as (
      select case when count(*) < v_most then v_from else min(n.hour) end as since, count(*) < v_most as is_whole from newest as n
    ),

    used as (
      select
        case v_by when 'model' then n.model when 'token' then n.token_id::text else n.user_id::text end collate "C" as key
        , sum(n.count) as count, sum(n.seconds) as seconds, sum(n.usd) as usd
      from newest as n
      group by 1
      order by seconds desc, key
      limit 100
    )

    select
      b.since, b.is_whole and v_is_complete, coalesce((
        select jsonb_agg(jsonb_build_object(
          'key', o.key
          , 'label', basepool._printable(coalesce(
            case when v_by = 'token' then (select t.name from public.replicate_tokens as t where t.id::text = o.key) end
            , case when v_by = 'token' then 'token ' || o.key else o.key end
            , 'deleted'
          ))
          , 'count', o.count, 'seconds', round(o.seconds, 1), 'usd', round(o.usd, 4)
        ) order by o.seconds desc, o.key)
        from used as o
      ), '[]')
    into v_since, v_is_complete, v_rows
    from bound as b;
  end if;

  return (
    with spent as materialized (
      select
        s.account_id, date_bin('1 day', s.hour, '2000-01-01 00:00:00+00') as day, sum(s.runs) as runs, sum(s.seconds) as seconds
        , sum(s.usd) as usd
      from basepool.spending as s
      where s.hour >= v_from
      group by 1, 2
    ),

    price as (
      select exists (
        select from basepool.models as m where m.usd_per_run is not null or m.usd_per_second is not null
      ) as is_set
    )

    select jsonb_build_object(
      'at', v_now, 'by', v_by, 'since', v_since, 'complete', v_is_complete, 'has_prices', p.is_set
      , 'rows', case when v_by <> 'account' then v_rows else (
        select coalesce(jsonb_agg(jsonb_build_object(
          'key', o.account_id::text, 'label', basepool._printable(coalesce(
            (select a.username from basepool.accounts as a where a.id = o.account_id), 'account ' || o.account_id
          ))
          , 'count', o.runs, 'seconds', round(o.seconds, 1), 'usd', case when p.is_set then round(o.usd, 4) end
        ) order by o.seconds desc, o.account_id), '[]')
        from (
          select s.account_id, sum(s.runs) as runs, sum(s.seconds) as seconds, sum(s.usd) as usd
          from spent as s
          group by s.account_id
          order by seconds desc
          limit 100
        ) as o
      ) end
      , 'days', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'day', to_char(o.day at time zone 'UTC', 'YYYY-MM-DD'), 'count', o.runs, 'seconds', round(o.seconds, 1)
          , 'usd', case when p.is_set then round(o.usd, 4) end
        ) order by o.day), '[]')
        from (
          select s.day, sum(s.runs) as runs, sum(s.seconds) as seconds, sum(s.usd) as usd
          from spent as s
          group by s.day
        ) as o
      )
      , 'hours', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'hour', o.hour, 'count', o.runs, 'seconds', round(o.seconds, 1), 'usd', case when p.is_set then round(o.usd, 4) end
        ) order by o.hour), '[]')
        from (
          select s.hour, sum(s.runs) as runs, sum(s.seconds) as seconds, sum(s.usd) as usd
          from basepool.spending as s
          where s.hour > v_now - interval '48 hours'
          group by s.hour
        ) as o
      )
      , 'budgets', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'account_id', b.account_id, 'account', basepool._printable(b.account), 'seconds', round(b.seconds, 1)
          , 'usd', round(b.usd, 4), 'expected_seconds', round(b.expected_seconds, 1), 'expected_usd', round(b.expected_usd, 4)
          , 'budget_seconds', b.budget_seconds, 'budget_usd', b.budget_usd, 'share', round(b.share, 3), 'until', b.until
        ) order by b.account_id nulls first), '[]')
        from basepool._list_budgets(v_now) as b
      )
    )
    from price as p
  );
end
$$;

revoke all on function basepool.page_money(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.page_money(text, integer) to basepool_glue, basepool_operator;

comment on function basepool.page_money(text, integer) is
'Who used what, as the operator''s page shows it: {at, by, since, complete, has_prices, rows, days, hours, budgets}. p_by: model,
user, token or account; p_days: today (UTC) and so many less one before, 1 to 31. rows: the 100 that used most since then: key,
label, count, seconds, usd (null where no price is set). complete is false where a time has so many users or accounts that only its
newest 10,000 or 24,000 sums were looked at; since says from when. days and hours (the last 48): of all accounts together. budgets:
as list_budgets. As new as the last roll-up. Raises PT400.';
