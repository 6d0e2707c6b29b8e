-- Provinces and regencies/cities by Kemendagri code, and holidays as editable data.
create table regions (
  code text primary key check (code ~ '^[0-9]{2}(\.[0-9]{2})?$'),
  parent_code text references regions,
  level text not null check (level in ('province', 'regency')),
  name text not null,
  time_zone text not null,
  iso_code text,
  check ((level = 'province') = (parent_code is null))
);
create index regions_by_parent on regions (parent_code, code);

create table holidays (
  date date not null,
  kind text not null check (kind in ('national', 'cuti_bersama')),
  name text not null,
  decree text not null,
  primary key (date, kind)
);
grant select on regions, holidays to pandu_web, pandu_worker;
grant update (name) on regions to pandu_web;
grant insert, update, delete on holidays to pandu_web;
grant insert, update on regions to pandu_worker;
grant insert, update, delete on holidays to pandu_worker;
