-- The answers to creates as they come in, accepted or not: many in one commit.
create or replace function basepool.record_answers(p_items jsonb)
returns table (nth integer, outcome text, rule text, retry_at timestamptz, error jsonb)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform basepool._check_items(p_items);
  return query
    select a.nth, case when a.outcome = 'applied' then 'recorded' else a.outcome end, a.rule, a.retry_at, a.error
    from basepool._apply_items(p_items, 'answer') as a
    order by a.nth;
end
$$;

revoke all on function basepool.record_answers(jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.record_answers(jsonb) to basepool_glue;

comment on function basepool.record_answers(jsonb) is
'record_submitted and record_rejected for a JSON array of up to 1000 items: {attempt, prediction, has_webhook} where Replicate
accepted the create, {attempt, source, status, body} where not; named as their arguments. Returns one row per item: nth (from
1), outcome (recorded, unchanged, stale; or the decision retry, fail, find_out, cancelled, with rule and retry_at), or error (code,
message, detail, hint) where they would have raised one. An item that fails changes nothing and spoils no other. Raises PT400
when it is not such an array.';
