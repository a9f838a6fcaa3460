-- What may be submitted, and what it costs.
create or replace function basepool.list_models()
returns setof jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select to_jsonb(m) || jsonb_build_object(
    'timeout', extract(epoch from m.timeout)
    , 'in_flight', (
      select count(*) from basepool.seats as s where s.attempt_id is not null and (basepool._find_model(s.model)).pattern = m.pattern
    )
  )
  from basepool.models as m
  order by m.pattern
$$;

revoke all on function basepool.list_models() from public, anon, authenticated, service_role;
grant execute on function basepool.list_models() to basepool_glue;

comment on function basepool.list_models() is
'The rows of basepool.models as JSON, timeout in seconds, with how many of each are in flight (in_flight).';
