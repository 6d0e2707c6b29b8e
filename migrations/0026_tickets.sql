-- Search for a word that stands in every third request. Looked up in the index, such a word and the desk meet tens of thousands of times, and
-- each meeting is read to put it in order. So where the statistics call every word common, the newest tickets are walked instead and each
-- is asked whether it holds the words: a list shows fifty, and a common word is found soon. Whoever works on a desk walks that desk's own
-- tickets (their ids are in the order of time). A walk that finds too little ends, and the index is asked after all; "materialized"
-- keeps PostgreSQL from walking all documents for a rare word of somebody who sees everything.
grant select on ticket_desks to pandu_search;
create policy search_reads on ticket_desks for select to pandu_search using (true);

create or replace function find_tickets(query tsquery, most int) returns table (ticket_id uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  walked_max constant int := 3000;
  -- Of all documents. Below, the index meets few enough.
  common constant real := 0.05;
  wanted constant int := least(most, 1001);
  everything constant boolean := actor_sees_all();
  own text := replace(actor_person()::text, '-', '');
  lexemes text[];
  mine tsquery := query;
  walks boolean;
  document record;
  found uuid[] := '{}';
  walked int := 0;
begin
  if not everything then
    lexemes := array(select 'zdesk' || replace(d::text, '-', '') from unnest(actor_desks()) d);
    if own is not null then lexemes := lexemes || array['zperson' || own, 'zgrant' || own]; end if;
    if cardinality(lexemes) = 0 then return; end if;
    mine := query && to_tsquery('simple', array_to_string(lexemes, ' | '));
  end if;

  -- What is said with "not" or "or" has no share of its own here; such a query asks the index.
  select bool_and(coalesce(share.of_all, 0) >= common) into walks
    from unnest(tsvector_to_array(to_tsvector('simple', querytree(query)))) as asked (lexeme)
    left join (select s.lexeme, s.of_all from pg_stats p,
        unnest(p.most_common_elems::text::text[], p.most_common_elem_freqs) as s (lexeme, of_all)
      where p.schemaname = 'public' and p.tablename = 'search_documents' and p.attname = 'tsv') share on share.lexeme = asked.lexeme
    where query::text !~ '[!|]';

  -- A list that goes deep meets so many that the index is the quicker way for a desk.
  if walks and (everything or (wanted <= 200 and cardinality(actor_desks()) > 0)) then
    for document in execute case when everything
        then 'select s.ticket_id, s.tsv @@ $1 as hit from public.search_documents s order by s.at desc, s.ticket_id limit $3'
        else 'select d.ticket_id, s.tsv @@ $1 as hit
          from (select distinct ticket_id from public.ticket_desks where desk_id = any ($2) order by ticket_id desc limit $3) d
          join public.search_documents s on s.ticket_id = d.ticket_id order by d.ticket_id desc' end
      using query, actor_desks(), walked_max
    loop
      walked := walked + 1;
      if document.hit then found := found || document.ticket_id; end if;
      exit when cardinality(found) >= wanted;
    end loop;
    if cardinality(found) >= wanted or walked < walked_max then
      return query select id, null::real from unnest(found) id
        union select hits.ticket_id, null::real from (
          select s.ticket_id from public.search_documents s
          where not everything and s.tsv @@ (query && to_tsquery('simple', format('zperson%s | zgrant%s', own, own)))
          order by s.at desc, s.ticket_id limit wanted) hits;
      return;
    end if;
  end if;

  return query with hits as materialized (select s.ticket_id as id, s.at from public.search_documents s where s.tsv @@ mine)
    select hits.id, null::real from hits order by hits.at desc, hits.id limit wanted;
end $$;
