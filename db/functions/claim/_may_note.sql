-- A claim that is one of very many leaves no row of what it saw: the others of that second have seen the same. Nobody counts,
-- since a counter would be one row that all claims write.
create or replace function basepool._may_note(p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_since constant timestamptz := p_now - interval '1 second';
  v_at timestamptz;
  v_tokens integer;
begin
  select d.at, cardinality(d.tokens) into v_at, v_tokens from basepool.decisions as d order by d.id desc limit 1;
  -- a clock that was set back stops nothing
  if v_at is null or v_at < v_since or v_at > p_now then
    return true;
  end if;
  select d.at into v_at from basepool.decisions as d order by d.id desc offset 500 / greatest(10, v_tokens) - 1 limit 1;
  return not found or v_at < v_since;
end
$$;

revoke all on function basepool._may_note(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._may_note(timestamptz) is
'Whether a claim at p_now leaves a row in basepool.decisions: while there are fewer than 50 of the last second, or than 500
divided by the number of tokens where there are more than ten, since a row has something of each.';
