-- How long a prediction may be silent before Replicate is asked: half as long again as nearly all of its model take.
create or replace function basepool._expected_silence(p_model text)
returns interval
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(
      (
        select greatest(interval '10 seconds', least(1.5 * m.p95, s.check_at_most_every))
        from basepool.model_stats as m where m.model = p_model
      ),
      s.check_after
    )
    from basepool.settings as s
  );
end
$$;

revoke all on function basepool._expected_silence(text) from public, anon, authenticated, service_role;

comment on function basepool._expected_silence(text) is
'How long a prediction of p_model may be silent: 1.5 times the 95th percentile of basepool.model_stats (10 seconds to
settings.check_at_most_every), or settings.check_after while nothing is known.';
