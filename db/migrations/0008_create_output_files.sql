-- Locks: public.generations
-- What was made lasts. Replicate deletes its files an hour after the end, so each is copied into the store: here is which, by when,
-- and what became of it.

create table basepool.output_files (
  generation_id uuid not null,
  nth integer not null check (nth > 0),
  user_id uuid not null,
  source_url text,
  source_bytes integer check (source_bytes > 0),
  since timestamptz not null,
  deadline timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'storing', 'stored', 'failed', 'deleting')),
  tries integer not null default 0 check (tries >= 0),
  again_at timestamptz,
  worker text,
  begun_at timestamptz,
  lease uuid,
  key text check (key <> ''),
  url text check (url <> ''),
  is_private boolean,
  size bigint check (size >= 0),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  content_type text,
  width integer check (width > 0),
  height integer check (height > 0),
  seconds numeric check (seconds >= 0),
  thumb_key text check (thumb_key <> ''),
  thumb_url text check (thumb_url <> ''),
  error_code text,
  error text,
  stored_at timestamptz,
  failed_at timestamptz,
  primary key (generation_id, nth),
  constraint output_files_one_source check ((source_url is null) = (source_bytes is not null)),
  constraint output_files_leased_whole check (
    state <> 'storing' or (lease is not null and worker is not null and begun_at is not null and again_at is not null)
  ),
  constraint output_files_lease_is_live check (lease is null or state in ('storing', 'deleting')),
  constraint output_files_stored_whole check (
    state <> 'stored' or (
      key is not null and is_private is not null and size is not null and sha256 is not null and content_type is not null
      and stored_at is not null and (is_private or url is not null)
    )
  ),
  constraint output_files_failed_whole check (state <> 'failed' or (error_code is not null and failed_at is not null)),
  constraint output_files_deleting_whole check (state <> 'deleting' or again_at is not null)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

comment on table basepool.output_files is
'One row per file of a generation''s output that is kept, from its end until nothing of it is left in the store. No foreign key:
when a generation is deleted, its files have yet to be.';
comment on column basepool.output_files.nth is 'Its place in output_urls, from 1.';
comment on column basepool.output_files.source_url is
'Where Replicate has it. Null for a data: URL, which may be megabytes and stays in output_urls until it is stored.';
comment on column basepool.output_files.source_bytes is 'How long that data: URL is, so that a claim hands out no more than fits.';
comment on column basepool.output_files.since is 'Since when it is to be stored.';
comment on column basepool.output_files.deadline is
'When it should be stored: an hour after the end at Replicate, less settings.output_margin. A data: URL is ours, and has a day.';
comment on column basepool.output_files.state is
'waiting: for a claim. storing: a worker has it. stored, failed: over. deleting: its generation is gone, and it is to leave the
store.';
comment on column basepool.output_files.tries is 'How often it was tried; while deleting, how often that was.';
comment on column basepool.output_files.again_at is
'waiting, deleting: not before; null: it is due. storing: when the lease is over. stored, failed: when its generation, which
somebody held, is told of it; null: it was.';
comment on column basepool.output_files.worker is 'Who has it, or had it last.';
comment on column basepool.output_files.begun_at is 'When that one began with it.';
comment on column basepool.output_files.lease is
'What a worker shows to record its result; another claim makes another one. Kept while deleting: what its worker has put into the
store by then is to be deleted, too.';
comment on column basepool.output_files.key is 'Its name in the store: user/generation/nth.extension.';
comment on column basepool.output_files.url is
'Where it can be fetched from now on; of a private one, before it is signed (public.get_output_urls).';
comment on column basepool.output_files.seconds is 'How long a video, a sound or an animation lasts.';
comment on column basepool.output_files.error_code is
'Why the last try failed. For good: source_gone, bad_source, too_large, bad_type, store_refused, expired. Until the deadline:
source_failed, store_failed. interrupted: its worker stopped.';

-- what is due, nearest deadline first: what waits for its next try is not among it, however much that is
create index output_files_due_idx on basepool.output_files (deadline) where state = 'waiting' and again_at is null;
create index output_files_again_idx on basepool.output_files (state, again_at) where again_at is not null;
create unique index output_files_lease_key on basepool.output_files (lease) where lease is not null;
create index output_files_stored_idx on basepool.output_files (stored_at) where stored_at is not null;
create index output_files_failed_idx on basepool.output_files (failed_at) where state = 'failed';

create table basepool.output_secret (
  id boolean primary key default true check (id),
  secret text check (secret <> '')
);

comment on table basepool.output_secret is
'The one row: what links to private files are signed with. Null until it is needed first.';
comment on column basepool.output_secret.secret is 'The secret, or a reference into Vault where there is one.';

insert into basepool.output_secret default values;

alter table basepool.output_files enable row level security;
alter table basepool.output_secret enable row level security;
revoke all on basepool.output_files, basepool.output_secret from public, anon, authenticated, basepool_glue;

-- a trigger needs its function; the file of db/functions/ that replaces this comes right after the migrations
create function basepool._let_go_of_files() returns trigger language plpgsql set search_path = ''
as 'begin return null; end';
revoke all on function basepool._let_go_of_files() from public;

create trigger let_go_of_files after delete on public.generations
for each row when (old.output_urls is not null or old.status = 'completed')
execute function basepool._let_go_of_files();
