-- The way back: what waits is the app's again, which takes it like any pending row of its own. In steps of which each commits; what
-- somebody is working on at this moment is left for the next time, and what is in flight ends here.
create or replace function basepool.give_back(p_pattern text, p_cursor uuid default null, p_max integer default 500)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_pattern constant text := basepool._check_cutover(p_pattern, null);
  v_max constant integer := least(greatest(p_max, 1), 1000);
  v_page uuid[];
  v_found uuid[];
  v_locked uuid[];
  v_waiting uuid[];
  v_busy integer;
begin
  v_page := array(
    select q.generation_id from basepool.queue as q
    where q.generation_id > coalesce(p_cursor, '00000000-0000-0000-0000-000000000000')
    order by q.generation_id
    limit v_max
  );
  v_found := array(
    select g.id from public.generations as g
    where
      g.id = any(v_page) and g.queued_at is not null and g.status = 'pending' and g.replicate_prediction_id is null
      and basepool._pattern_counts(v_pattern, g.replicate_model)
    order by g.id
  );
  -- the generation before its place on the queue, and a new statement for each: who has one of them is waited for by nobody
  v_locked := array(
    select g.id from public.generations as g
    where g.id = any(v_found) and g.queued_at is not null and g.status = 'pending' and g.replicate_prediction_id is null
    order by g.id
    for no key update skip locked
  );
  v_waiting := array(
    select q.generation_id from basepool.queue as q where q.generation_id = any(v_locked) for update skip locked
  );
  -- which takes them off the queue (_release_generation)
  update public.generations as g set queued_at = null where g.id = any(v_waiting);
  v_busy := (
    select count(*) from basepool.queue as q where q.generation_id = any(v_found) and q.generation_id <> all(v_waiting)
  );
  if cardinality(v_waiting) > 0 then
    perform basepool._audit('give back', v_pattern, jsonb_build_object('generations', cardinality(v_waiting)));
  end if;
  return jsonb_build_object(
    'given_back', cardinality(v_waiting),
    'busy', v_busy,
    'cursor', case when cardinality(v_page) = v_max then v_page[v_max] end
  );
end
$$;

revoke all on function basepool.give_back(text, uuid, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.give_back(text, uuid, integer) to basepool_glue;

comment on function basepool.give_back(text, uuid, integer) is
'Gives what waits of the models p_pattern back to the app, those that were submitted by function included: queued_at is null again,
and the generation stays pending. What a more specific pattern of basepool.cutover is about stays. Each call looks at up to p_max
(1000) of what waits, from p_cursor on; call it again with the cursor of each answer until that is null. Returns {given_back, busy
(somebody held them), cursor}. What is in flight, or is tried again later, ends here. Set the percentage to 0 before (cut_over), or
more comes in. Raises PT400. For the owner and the glue.';
