-- Who could have sent a mail is reckoned from the peer's address and from what it called itself, so the ledger keeps both; and what the
-- checks of the sender found (SPF, DKIM, DMARC), so that a person can see later why a mail was held.
alter table intake_items add greeting text;
alter table intake_items add authentication jsonb;
