-- PostgreSQL counts no further than 255 in a regular expression: every name was an error.
alter table whatsapp_templates drop constraint whatsapp_templates_name_check;
alter table whatsapp_templates add constraint whatsapp_templates_name_check check (name ~ '^[a-z0-9_]+$' and length(name) <= 512);
