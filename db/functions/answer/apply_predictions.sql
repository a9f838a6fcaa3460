-- What Replicate says, by webhook or because it was asked, as it comes in: many in one commit.
create or replace function basepool.apply_predictions(p_items jsonb)
returns table (nth integer, outcome text, error jsonb)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform basepool._check_items(p_items);
  return query select a.nth, a.outcome, a.error from basepool._apply_items(p_items, null) as a order by a.nth;
end
$$;

revoke all on function basepool.apply_predictions(jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.apply_predictions(jsonb) to basepool_glue;

comment on function basepool.apply_predictions(jsonb) is
'apply_prediction for a JSON array of up to 1000 items: {attempt, prediction, source, webhook_id}, named as its arguments.
Returns one row per item: nth (from 1), and outcome, or error (code, message, detail, hint) where it would have raised one. An
item that fails changes nothing and spoils no other. Raises PT400 when it is not such an array.';
