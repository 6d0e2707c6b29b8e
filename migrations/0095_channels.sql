-- Whether a number is refused again and again is asked each time that it is.
create index outbox_texts_failed on outbox (address, id desc) where state = 'failed' and channel = 'sms';
