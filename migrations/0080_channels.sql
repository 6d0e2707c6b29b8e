-- Words that Meta approved, for WhatsApp outside its 24 hours: one for each kind of notice and language. Nobody's secret: whoever gets them reads them.
create table whatsapp_templates (
  notice text not null check (notice in ('answer', 'solved', 'notice', 'offer')),
  language text not null check (language in ('id', 'en')),
  -- as Meta knows it
  name text not null check (name ~ '^[a-z0-9_]{1,512}$'),
  code text not null check (code ~ '^[a-z]{2,3}(_[A-Z]{2})?$'),
  body text not null check (length(body) between 1 and 1024),
  saved_at timestamptz not null,
  primary key (notice, language)
);
grant select on whatsapp_templates to pandu_worker;
grant select, insert, update, delete on whatsapp_templates to pandu_web;
