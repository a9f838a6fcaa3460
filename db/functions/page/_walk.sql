-- A list of any length is read along an index that is there anyway, a bounded number of rows at a time; what is to be shown of them
-- is looked up. The indexes know times only, and a bulk insert gives thousands of rows the same one: those go by their ids.
create or replace function basepool._walk(
  p_list text,
  p_user uuid,
  p_at timestamptz,
  p_id uuid,
  p_until timestamptz,
  p_max integer
)
returns table (at timestamptz, id uuid, is_one boolean)
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  -- of one time more than these are not sorted, but looked for along the key
  v_many constant integer := 2000;
  v_forward constant boolean := p_list in ('active', 'active of user');
  v_from constant text := case when p_list = 'attempts' then 'basepool.attempts' else 'public.generations' end;
  v_time constant text := case when p_list = 'attempts' then 'w.finished_at' else 'w.created_at' end;
  v_where constant text := case p_list
    when 'active' then $q$w.status in ('pending', 'queued', 'processing')$q$
    when 'active of user' then $q$w.status in ('pending', 'queued', 'processing') and w.user_id = $4$q$
    when 'failed or cancelled' then $q$w.status in ('failed', 'cancelled')$q$
    when 'of user' then 'w.user_id = $4'
    else 'true'
  end;
  v_after constant text := case when v_forward then '>' else '<' end;
  v_order constant text := case when v_forward then 'asc' else 'desc' end;
  v_times timestamptz [];
  v_ids uuid [];
  v_at timestamptz := p_at;
  v_id uuid := p_id;
  v_is_within boolean := p_id is not null;
  v_found integer := 0;
  v_count integer;
begin
  loop
    -- what has the time at which the page before ended, or at which this one would
    if v_is_within then
      execute format('select count(*) from (select from %s as w where %s and %s = $1 limit %s) as n', v_from, v_where, v_time
        , v_many + 1) into v_count using v_at, v_id, p_max, p_user;
      if v_count <= v_many then
        return query execute format(
          'with same as materialized (select w.id from %1$s as w where %2$s and %3$s = $1 limit %4$s)
          select $1, s.id, true from same as s where $2 is null or s.id %5$s $2 order by s.id %6$s limit $3'
          , v_from, v_where, v_time, v_many, v_after, v_order
        ) using v_at, v_id, p_max - v_found, p_user;
        get diagnostics v_count = row_count;
      else
        return query execute format(
          'with next as materialized (
            select w.id, %2$s and %3$s = $1 as is_one, row_number() over (order by w.id %6$s) as n from %1$s as w
            where %7$s order by w.id %6$s limit %4$s
          )
          select $1, e.id, coalesce(e.is_one, false) from next as e where e.is_one or e.n = %4$s order by e.n'
          , v_from, v_where, v_time, v_many, v_after, v_order
          , case when v_id is null then 'true' else format('w.id %s $2', v_after) end
        ) using v_at, v_id, p_max, p_user;
        get diagnostics v_count = row_count;
        exit when v_count > 0;
      end if;
      v_found := v_found + v_count;
    end if;
    exit when v_found >= p_max;

    execute format(
      'select array_agg(o.at), array_agg(o.id) from (
        select %3$s as at, w.id from %1$s as w where %2$s and %3$s %5$s $1 and %3$s %7$s $2 order by %3$s %6$s limit $3
      ) as o'
      , v_from, v_where, v_time, v_many, v_after, v_order, case when v_forward then '<' else '>=' end
    ) into v_times, v_ids using v_at, p_until, p_max - v_found + 1, p_user;
    v_count := coalesce(cardinality(v_times), 0);
    exit when v_count = 0;
    v_is_within := v_count > p_max - v_found;
    -- there may be more of the last one's time
    v_at := v_times[v_count];
    v_id := null;
    return query
      select o.at, o.id, true
      from unnest(v_times, v_ids) as o (at, id)
      where not v_is_within or o.at <> v_at
      order by
        case when v_forward then o.at end, case when v_forward then o.id end
        , case when not v_forward then o.at end desc, case when not v_forward then o.id end desc;
    get diagnostics v_count = row_count;
    v_found := v_found + v_count;
    exit when not v_is_within or v_found >= p_max;
  end loop;
end
$$;

revoke all on function basepool._walk(text, uuid, timestamptz, uuid, timestamptz, integer)
from public, anon, authenticated, service_role;

comment on function basepool._walk(text, uuid, timestamptz, uuid, timestamptz, integer) is
'About p_max rows of a list in its order, by time and id: active and active of user (generations, oldest first), failed or
cancelled, of user (generations, newest first), attempts (those that are over, the last one first). They come after p_at, or after
p_id among those of that time where p_id is not null, and before p_until (newest first: not before it). A row of is_one false is
none, but as far as was looked. At most some 4,000 rows are read.';
