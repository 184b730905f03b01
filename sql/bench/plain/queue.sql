-- :count events of a ticket's size, each with a delivery to every endpoint.
insert into endpoints
select n, 1, 'https://example.com/' || n, '{ticket.merged}' from generate_series(1, 20) n on conflict do nothing;
with event as (
  insert into events (org_id, type, body, created_at)
  select 1, 'ticket.merged', format('{"number":%s,"text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25)),
         now()
    from generate_series(1, :count) n
  returning id
)
insert into deliveries (endpoint_id, event_id, next_attempt_at) select p.id, e.id, now() from event e, endpoints p;
