-- How many paid parts of texts went on a day of Jakarta: what the limits text.paid_day and text.paid_month are held against. A sum of the whole installation,
-- like counts; nobody's data, so no policy.
create table paid_texts (
  day date primary key,
  parts bigint not null default 0
);
grant select, insert, update on paid_texts to pandu_worker;
grant select on paid_texts to pandu_web;
