-- Search for a common word: a third of its time went into planning the walk anew with each search, into asking for one document at a time, and into
-- joining a thousand frequent words to tell how frequent the asked ones are. The walk is made of statements whose plans are kept now, and takes
-- few tickets first. Their ids come from the index that begins with the desk: by the other, whoever works at a small desk walked past
-- the tickets of the whole country.
create or replace function find_tickets(query tsquery, most int) returns table (ticket_id uuid, rank real)
language plpgsql stable security definer set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
declare
  -- So many of the newest are walked; the first step is enough for a word of every fourth request.
  steps constant int[] := array[300, 3000];
  -- Of all documents. Below, the index meets few enough.
  common constant real := 0.05;
  wanted constant int := least(most, 1001);
  everything constant boolean := actor_sees_all();
  desks constant uuid[] := actor_desks();
  own text := replace(actor_person()::text, '-', '');
  lexemes text[];
  mine tsquery := query;
  words text[];
  shares real[];
  walks boolean := false;
  step int;
  newest uuid[];
  found uuid[] := '{}';
  walked int := 0;
begin
  if not everything then
    lexemes := array(select 'zdesk' || replace(d::text, '-', '') from unnest(desks) d);
    if own is not null then lexemes := lexemes || array['zperson' || own, 'zgrant' || own]; end if;
    if cardinality(lexemes) = 0 then return; end if;
    mine := query && to_tsquery('simple', array_to_string(lexemes, ' | '));
  end if;

  -- A list that goes deep meets so many that the index is the quicker way for a desk. What is said with "not" or "or" has no share of its own
  -- here; such a query asks the index.
  if (everything or (wanted <= 200 and cardinality(desks) > 0)) and query::text !~ '[!|]' then
    select p.most_common_elems::text::text[], p.most_common_elem_freqs into words, shares from pg_stats p
      where p.schemaname = 'public' and p.tablename = 'search_documents' and p.attname = 'tsv';
    walks := (select bool_and(coalesce(shares[array_position(words, asked.lexeme)], 0) >= common)
      from unnest(tsvector_to_array(to_tsvector('simple', querytree(query)))) as asked (lexeme));
  end if;

  if walks then
    foreach step in array steps loop
      if everything then
        newest := array(select s.ticket_id from search_documents s order by s.at desc, s.ticket_id limit step);
      else
        newest := array(select distinct t.ticket_id from unnest(desks) as at (desk_id) cross join lateral (
            select d.ticket_id from ticket_desks d where d.desk_id = at.desk_id order by d.ticket_id desc limit step) t
          order by t.ticket_id desc limit step);
      end if;
      -- One by one, in this order, until there are enough ("offset 0"); a ticket may have no document.
      found := found || array(select n.id from unnest(newest[walked + 1:]) as n (id)
        cross join lateral (select from search_documents s where s.ticket_id = n.id and s.tsv @@ query offset 0) hit
        limit wanted - cardinality(found));
      walked := cardinality(newest);
      exit when cardinality(found) >= wanted or walked < step;
    end loop;
    if cardinality(found) >= wanted or walked < step then
      return query select id, null::real from unnest(found) id
        union select given.id, null::real from (
          with hits as materialized (select s.ticket_id as id, s.at from search_documents s
            where not everything and s.tsv @@ (query && to_tsquery('simple', format('zperson%s | zgrant%s', own, own))))
          select hits.id from hits order by hits.at desc, hits.id limit wanted) given;
      return;
    end if;
  end if;

  return query with hits as materialized (select s.ticket_id as id, s.at from search_documents s where s.tsv @@ mine)
    select hits.id, null::real from hits order by hits.at desc, hits.id limit wanted;
end $$;
