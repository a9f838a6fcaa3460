-- Locks: public.generations, public.replicate_tokens
-- What hangs on the app's tables. A trigger locks its table when it is made, so it is made once, here; its function is a file of
-- db/functions/ like every other, applied right after the migrations. Until then a stand-in lets everything through.

do $stand_ins$
declare
  v_name text;
begin
  foreach v_name in array array[
    '_admit_generation', '_enqueue_generation', '_dequeue_generation', '_mark_settled', '_announce_settled', '_prepare_token'
    , '_sync_seats', '_keep_taken_seat', '_mark_priority', '_forget_secrets', '_let_go_of_generation', '_gate_queue', '_give_back'
    , '_guard_generation', '_release_generation'
  ] loop
    execute format(
      $function$create function basepool.%I() returns trigger language plpgsql set search_path = ''
      as 'begin return coalesce(new, old); end'$function$, v_name
    );
    execute format('revoke all on function basepool.%I() from public', v_name);
  end loop;
end
$stand_ins$;

-- Whatever users may write, what basepool runs is not theirs to change, nor is what it notes in their other rows. The condition
-- keeps everybody else from the price of a call.
create trigger _guard_insert before insert on public.generations
for each row when (
  current_user in ('anon', 'authenticated')
  and (new.queued_at is not null or new.settled_at is not null or new.retry_of is not null)
)
execute function basepool._guard_generation();

create trigger _guard_update before update on public.generations
for each row when (
  current_user in ('anon', 'authenticated')
  and (
    old.queued_at is not null or new.queued_at is not null or new.settled_at is distinct from old.settled_at
    or new.retry_of is distinct from old.retry_of or new.idempotency_key is distinct from old.idempotency_key
  )
)
execute function basepool._guard_generation();

-- a generation comes in: the door, then the queue
create trigger admit_generation before insert on public.generations
for each row when (new.status = 'pending' and new.replicate_prediction_id is null)
execute function basepool._admit_generation();

create trigger enqueue_generation after insert on public.generations
for each row when (new.queued_at is not null and new.status = 'pending' and new.replicate_prediction_id is null)
execute function basepool._enqueue_generation();

-- the app hands over one that it has inserted for itself, or takes back one that waits
create trigger admit_handed_over before update of queued_at on public.generations
for each row when (old.queued_at is null and new.queued_at is not null)
execute function basepool._admit_generation();

create trigger enqueue_handed_over after update of queued_at on public.generations
for each row when (old.queued_at is null and new.queued_at is not null)
execute function basepool._enqueue_generation();

create trigger release_generation before update of queued_at on public.generations
for each row when (old.queued_at is not null and new.queued_at is null and old.status in ('pending', 'queued', 'processing'))
execute function basepool._release_generation();

-- whoever takes or ends one that waits takes it off the queue
create trigger dequeue_generation after update of status on public.generations
for each row when (old.status = 'pending' and new.status is distinct from 'pending')
execute function basepool._dequeue_generation();

create trigger dequeue_deleted_generation after delete on public.generations
for each row when (old.status = 'pending')
execute function basepool._dequeue_generation();

-- it ends for the first time: marked in the same row version, then the app hears of it
create trigger mark_settled before update of status on public.generations
for each row when (
  old.settled_at is null
  and old.status in ('pending', 'queued', 'processing') and new.status in ('completed', 'failed', 'cancelled')
)
execute function basepool._mark_settled();

create trigger announce_settled after update of status on public.generations
for each row when (old.settled_at is null and new.settled_at is not null)
execute function basepool._announce_settled();

-- one that is deleted while it is active ends like one that is cancelled
create trigger announce_deleted after delete on public.generations
for each row when (old.settled_at is null and old.status in ('pending', 'queued', 'processing'))
execute function basepool._announce_settled();

-- whoever cancels or deletes it, the app itself or a cascade, what runs at Replicate is cancelled there
create trigger let_go_of_cancelled after update of status on public.generations
for each row when (old.status in ('pending', 'queued', 'processing') and new.status = 'cancelled')
execute function basepool._let_go_of_generation();

-- the same where the app fails it, as its own timeouts do; when we do, what is in flight is our affair
create trigger let_go_of_failed after update of status on public.generations
for each row when (
  new.queued_at is not null and old.status in ('pending', 'queued', 'processing') and new.status = 'failed'
  and current_setting('basepool.settling', true) is distinct from new.id::text
)
execute function basepool._let_go_of_generation();

-- the app runs one again that was over: from now on it is the app's
create trigger give_back_retried before update of status on public.generations
for each row when (
  old.queued_at is not null and old.status in ('completed', 'failed', 'cancelled')
  and new.status in ('pending', 'queued', 'processing')
)
execute function basepool._give_back();

create trigger let_go_of_deleted after delete on public.generations
for each row when (old.status in ('pending', 'queued', 'processing'))
execute function basepool._let_go_of_generation();

-- what may be in flight of a model changes: what waits does so where it has to from now on
create trigger gate_queue after insert or update or delete on basepool.models
for each statement execute function basepool._gate_queue();

-- a user gets a priority of his own
create trigger mark_priority after insert or update of priority on basepool.user_limits
for each row when (new.priority <> 0)
execute function basepool._mark_priority();

-- a token comes in or changes
create trigger prepare_token before insert or update of token, is_active on public.replicate_tokens
for each row execute function basepool._prepare_token();

-- whatever became of it, what no row refers to is forgotten
create trigger forget_secrets after insert or delete or update of token or truncate on public.replicate_tokens
for each statement execute function basepool._forget_secrets();

create trigger forget_secrets after delete or update of webhook_secret, former_webhook_secret or truncate on basepool.accounts
for each statement execute function basepool._forget_secrets();

create trigger sync_seats after insert or delete or update of max_in_flight, weight, is_active on public.replicate_tokens
for each row execute function basepool._sync_seats();

-- whoever deletes a token, what is in flight on it must not vanish
create trigger keep_taken_seat before delete on basepool.seats
for each row when (old.attempt_id is not null)
execute function basepool._keep_taken_seat();

create trigger keep_taken_seats before truncate on basepool.seats
for each statement execute function basepool._keep_taken_seat();
