-- Without rights of its own: the API shows no function that has more than its caller. Its body is parsed when it is made, because
-- its callers have no usage of the schema basepool.
create or replace function public.get_output_urls(p_generation uuid, p_seconds integer default 3600)
returns table (
  nth integer,
  url text,
  thumb_url text,
  content_type text,
  size bigint,
  width integer,
  height integer,
  seconds numeric
)
language sql
volatile
set search_path = ''
begin atomic
  select
    o.nth,
    o.url,
    o.thumb_url,
    o.content_type,
    o.size,
    o.width,
    o.height,
    o.seconds
  from basepool.get_own_output_urls(p_generation, p_seconds) as o;
end;

revoke all on function public.get_output_urls(uuid, integer) from public, anon, authenticated, service_role;
grant execute on function public.get_output_urls(uuid, integer) to authenticated, service_role;

comment on function public.get_output_urls(uuid, integer) is
'The files of a generation, in the order of output_urls: where each can be fetched, its thumbnail (null where there is none), and
what it is, as far as it is known. A public one has its lasting URL; a private one a link that is signed and ends after p_seconds
(1 to 604800, that is 7 days); one that is not kept, or not yet, what output_urls has. Raises PT400, PT404. For authenticated and
service_role.';
