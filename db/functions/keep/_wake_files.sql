-- A file whose pause is over waits with the others, by its deadline; so does one whose worker has fallen silent.
create or replace function basepool._wake_files(p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_state text;
  v_places tid [];
begin
  foreach v_state in array array['waiting', 'storing'] loop
    select array_agg(d.place) into v_places
    from (
      select f.ctid as place from basepool.output_files as f
      where f.state = v_state and f.again_at <= p_now
      order by f.again_at
      limit 1000
      for update skip locked
    ) as d;
    if v_places is not null then
      update basepool.output_files as f
      set state = 'waiting', again_at = null, lease = null
        , error_code = case when f.state = 'storing' then 'interrupted' else f.error_code end
        , error = case when f.state = 'storing' then format('worker %s fell silent', basepool._printable(f.worker)) else f.error end
      where f.ctid = any(v_places);
    end if;
  end loop;
end
$$;

revoke all on function basepool._wake_files(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._wake_files(timestamptz) is
'Has up to 1000 files whose pause is over at p_now, and as many whose lease is, wait for a claim.';
