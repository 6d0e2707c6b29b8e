-- The same leaf as before, byte for byte, as one expression without a subquery: PostgreSQL then writes it into the statement that asks,
-- instead of starting a query of its own for each fact.
create or replace function fact_leaf(fact facts) returns bytea language sql stable parallel safe
  return sha256('\x01'::bytea || convert_to(
    octet_length(fact.id::text) || ':' || fact.id::text
    || octet_length(((extract(epoch from fact.at) * 1000000)::bigint)::text) || ':' || ((extract(epoch from fact.at) * 1000000)::bigint)::text
    || octet_length(fact.kind) || ':' || fact.kind
    || octet_length(fact.actor_kind) || ':' || fact.actor_kind
    || octet_length(coalesce(fact.actor_id::text, '')) || ':' || coalesce(fact.actor_id::text, '')
    || octet_length(coalesce(fact.ticket_id::text, '')) || ':' || coalesce(fact.ticket_id::text, '')
    || octet_length(fact.about::text) || ':' || fact.about::text
    || octet_length(coalesce(encode(fact.details_hash, 'hex'), '')) || ':' || coalesce(encode(fact.details_hash, 'hex'), ''), 'UTF8'));
