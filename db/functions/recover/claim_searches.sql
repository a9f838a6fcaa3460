-- A lost prediction is looked for in the list of its account, which only one worker reads at a time.
create or replace function basepool.claim_searches(p_worker text, p_max integer)
returns table (
  search_id bigint,
  account_id bigint,
  token text,
  created_after timestamptz,
  created_before timestamptz,
  attempts integer
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_account bigint;
  v_search basepool.searches;
  v_found integer := 0;
begin
  if coalesce(p_worker, '') = '' then
    raise exception using
      errcode = 'PT400', message = 'p_worker is empty', hint = 'Name the worker, for example host:pid.';
  end if;
  perform basepool._end_silent_searches();
  for v_account in
    select b.account_id
    from basepool._lock_reads((
      select array_agg(c.id) from basepool.accounts as c
      where exists (select from basepool.lost_attempts as l where l.account_id = c.id and l.search_at <= v_now)
    )) as b
    where b.permits > 0
  loop
    exit when v_found >= p_max;
    v_search := basepool._begin_search(v_account, p_worker);
    continue when v_search.id is null;
    v_found := v_found + 1;

    search_id := v_search.id;
    account_id := v_account;
    token := basepool._secret_of_account(v_account);
    created_after := v_search.created_after;
    created_before := v_search.created_before;
    attempts := v_search.attempts;
    return next;
  end loop;
end
$$;

revoke all on function basepool.claim_searches(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_searches(text, integer) to basepool_glue;

comment on function basepool.claim_searches(text, integer) is
'Begins up to p_max searches, one per account: with which token its list of predictions is read (null
where none can be used), and between which times of
creation. p_worker lists them, passes each page to match_predictions, applies what that returns (apply_prediction, source
search) and reports conclude_search, within settings.lease_time from page to page. Raises PT400.';
