-- A generation is settled once, and the app hears of it in the same transaction. The mark is on the row itself. What ended before
-- this migration has none and needs none: only what is active can be settled.

alter table public.generations add column if not exists settled_at timestamptz;

comment on column public.generations.settled_at is
'When it ended for the first time, and public.on_generation_settled was called. A late success does not change it.';

alter table basepool.settings
add column stuck_grace interval not null default '10 minutes'
constraint settings_stuck_grace_check check (stuck_grace >= '0 seconds');

comment on column basepool.settings.stuck_grace is
'How much longer a stuck generation waits for Replicate to be asked about it, before it is failed without an answer.';
