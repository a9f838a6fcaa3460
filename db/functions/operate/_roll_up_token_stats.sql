-- The tokens' own counters follow what is counted here, so that no claim writes them.
create or replace function basepool._roll_up_token_stats()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  v_count := basepool._count_attempts();
  perform basepool._count_uses();
  return v_count;
end
$$;

revoke all on function basepool._roll_up_token_stats() from public, anon, authenticated, service_role;

comment on function basepool._roll_up_token_stats() is
'Counts what is new (_count_attempts) and brings request_count and last_used_at of the tokens up to date. Returns how many rows of
token_stats were written. Part of the job rollup. For the owner and basepool.run_job.';
