-- Locks: public.generations
-- A user's page hears of its generations without asking, and without a publication of the wide row, whose every version would go
-- through the WAL twice. What changed is noted here until the transaction commits, which then tells each user once; nothing of it
-- outlives the transaction, so that it needs no WAL. Without settings.realtime nothing is noted at all.

create unlogged table basepool.unsent_changes (
  transaction_id xid8 not null,
  user_id uuid not null,
  generation_id uuid not null,
  primary key (transaction_id, user_id, generation_id)
) with (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

comment on table basepool.unsent_changes is
'The generations that changed in a transaction which has not committed yet, and whose they are. Always empty for everybody else.';

alter table basepool.unsent_changes enable row level security;
revoke all on basepool.unsent_changes from public, anon, authenticated, basepool_glue;

-- stand-ins until db/functions/ is applied, as in 0006
do $stand_ins$
declare
  v_name text;
begin
  foreach v_name in array array['_note_change', '_send_changes'] loop
    execute format(
      $function$create function basepool.%I() returns trigger language plpgsql set search_path = ''
      as 'begin return null; end'$function$, v_name
    );
    execute format('revoke all on function basepool.%I() from public', v_name);
  end loop;
end
$stand_ins$;

create trigger note_new_generation after insert on public.generations
for each row execute function basepool._note_change();

-- its status, or its files were kept: lasting links take the place of Replicate's
create trigger note_change after update of status, output_urls on public.generations
for each row when (old.status is distinct from new.status or old.output_urls is distinct from new.output_urls)
execute function basepool._note_change();

-- at the commit: what is rolled back is told to nobody
create constraint trigger send_changes after insert on basepool.unsent_changes deferrable initially deferred
for each row execute function basepool._send_changes();
