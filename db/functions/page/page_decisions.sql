-- How the last claims paired what waited with tokens, to choose one of them to look into.
create or replace function basepool.page_decisions(p_cursor text default null, p_limit integer default 50)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set jit = off
as $$
declare
  v_before constant bigint := substring(p_cursor from '^[0-9]{1,18}$')::bigint;
  v_limit constant integer := basepool._page_limit(p_limit);
  v_rows jsonb;
begin
  if p_cursor is not null and v_before is null then
    raise exception using
      errcode = 'PT400',
      message = format('p_cursor is no place in this list: %s', basepool._quote(p_cursor)),
      hint = 'Pass next of the page before, or null for the first page.';
  end if;
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', d.id, 'at', d.at, 'worker', d.worker, 'asked', d.asked, 'given', coalesce(cardinality(d.given), 0), 'answer', d.answer
    , 'says', case
      when d.answer = 'lease' then (
        select string_agg(format('%s to token %s', g.count, g.token_id), ', ' order by g.token_id)
        from (select t.token_id, count(*) as count from unnest(d.given_tokens) as t (token_id) group by t.token_id) as g
      )
      else d.reason
    end
  ) order by d.id desc), '[]')
  into v_rows
  from (
    select o.* from basepool.decisions as o
    where o.id < coalesce(v_before, 9223372036854775807)
    order by o.id desc
    limit v_limit + 1
  ) as d;
  return jsonb_build_object(
    'rows', case when jsonb_array_length(v_rows) > v_limit then v_rows - v_limit else v_rows end
    , 'next', case when jsonb_array_length(v_rows) > v_limit then v_rows -> (v_limit - 1) ->> 'id' end
  );
end
$$;

revoke all on function basepool.page_decisions(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.page_decisions(text, integer) to basepool_operator, basepool_glue;

comment on function basepool.page_decisions(text, integer) is
'The claims of basepool.decisions, newest first: {rows: [{id, at, worker, asked, given (how many leases), answer (lease, busy,
dead), says (how many each token got, or why there was none)}], next}. p_limit: 1 to 100; p_cursor: next of the page before.
Raises PT400.';
