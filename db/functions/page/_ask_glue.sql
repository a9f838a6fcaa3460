-- What needs Replicate can't be done here. Who can be asked to is, and whoever waits for it is told the truth.
create or replace function basepool._ask_glue(p_job text, out is_asked boolean, out says text)
returns record
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  if exists (select from basepool.glue_schedule) then
    begin
      is_asked := basepool._call_glue(p_job) is not null;
      says := case
        when is_asked then 'the glue is called at this moment'
        when p_job in ('dispatch', 'store') then 'there is nothing to do'
        else 'the glue can''t be called: its secret can''t be read'
      end;
    exception when others then
      is_asked := false;
      says := 'the glue can''t be called: ' || basepool._printable(sqlerrm);
    end;
  elsif exists (
    select from basepool.workers as w where w.heard_at > v_now - basepool._silence_of_workers() and w.doing not like 'can''t%'
  ) then
    is_asked := true;
    says := 'the workers do it in their next turn, within seconds';
  else
    is_asked := false;
    says := format('no worker is heard of: start basepool work, or run basepool run-job %s', p_job);
  end if;
  -- whoever sleeps looks again
  perform pg_catalog.pg_notify('basepool_queue', '');
end
$$;

revoke all on function basepool._ask_glue(text) from public, anon, authenticated, service_role;

comment on function basepool._ask_glue(text) is
'Has a job of the glue done by whoever can: calls the glue, where schedule_glue counts, else wakes the workers, who do them all
the time. is_asked: whether there is anybody to do it; says: who, in words.';
