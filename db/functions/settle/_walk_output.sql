-- Models nest what they make in objects and lists of their own design. Whoever looks for something in them walks the whole tree
-- in its order; by levels, because a tree can be deeper than a stack.
create or replace function basepool._walk_output(p_output jsonb)
returns table (place integer [], name text, kind text, content text, is_listed boolean, is_echo boolean)
language plpgsql
immutable
set search_path = ''
as $$
begin
  return query
    with recursive node as (
      select
        array[]::integer[] as place, null::text as name, p_output as value, basepool._is_stream(p_output) as is_stream
        , false as is_listed, false as is_echo
      union all
      select
        n.place || c.nth, c.name, c.value, basepool._is_stream(c.value)
        , n.is_listed or jsonb_typeof(n.value) = 'array'
        , n.is_echo or lower(coalesce(c.name, '')) in ('input', 'inputs', 'parameters', 'params', 'settings', 'config', 'request')
      from node as n
      cross join lateral (
        select o.nth::integer, o.name, o.value
        from jsonb_each(case when jsonb_typeof(n.value) = 'object' then n.value else '{}' end)
          with ordinality as o (name, value, nth)
        union all
        select a.nth::integer, null, a.value
        from jsonb_array_elements(case when jsonb_typeof(n.value) = 'array' then n.value else '[]' end)
          with ordinality as a (value, nth)
      ) as c
      where not n.is_stream and jsonb_typeof(c.value) in ('string', 'array', 'object')
    )

    select
      n.place, n.name
      , case when n.is_stream then 'stream' when basepool._is_file(n.value #>> '{}') then 'file' else 'text' end
      , case
        when n.is_stream then (
          select string_agg(e.piece, '' order by e.nth)
          from jsonb_array_elements_text(n.value) with ordinality as e (piece, nth)
        )
        else n.value #>> '{}'
      end
      , n.is_listed, n.is_echo
    from node as n
    where n.is_stream or jsonb_typeof(n.value) = 'string';
end
$$;

revoke all on function basepool._walk_output(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._walk_output(jsonb) is
'The strings of an output, and its streams as a whole. Returns for each its place in the tree (sorts in the tree''s order), the
name under which it stands (null in a list), its kind (file, text or stream), its content (of a stream the pieces joined),
whether it stands somewhere in a list (is_listed), and whether under the name of what was sent (is_echo). The order of names is
that of jsonb, shorter ones first: their order at Replicate is not kept.';
