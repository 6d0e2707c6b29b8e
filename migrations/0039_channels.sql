-- Limits on acknowledgements count name+1@ and name+2@ as one mailbox (src/server/channels/acknowledgement-limits.ts).
create index acknowledgements_by_box on acknowledgements (regexp_replace(address, '^([^@+]+)\+[^@]*@', '\1@'), at desc);
