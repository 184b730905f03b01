-- Events keep the `traceparent` of the request that caused them, for their webhook requests.

-- A server that has one sets it for the transaction, and the default takes it from there: statements that write
-- events need not know.
alter table helpdesk.events
  add column traceparent text default nullif(current_setting('helpdesk.traceparent', true), ''),
  add constraint events_traceparent_check check (octet_length(traceparent) <= 64) not valid;
comment on column helpdesk.events.traceparent is
  'The traceparent (W3C Trace Context) of the request that caused the event; null: it had none.';
