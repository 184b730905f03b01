-- :count events of a ticket's size for each of :organizations organizations, each event with a delivery to
-- every one of the organization's :endpoints endpoints.
insert into organizations select 1000 + n, 'Queue ' || n from generate_series(1, :organizations) n
on conflict do nothing;
insert into endpoints
select o * 100 + n, 1000 + o, 'https://example.com/' || n, '{ticket.merged}'
  from generate_series(1, :organizations) o, generate_series(1, :endpoints) n on conflict do nothing;
with event as (
  insert into events (org_id, type, body, created_at)
  select 1000 + o, 'ticket.merged',
         format('{"number":%s,"text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25)), now()
    from generate_series(1, :organizations) o, generate_series(1, :count) n
  returning id, org_id
)
insert into deliveries (endpoint_id, event_id, next_attempt_at)
select p.id, e.id, now()
  from event e join endpoints p on p.org_id = e.org_id and p.id % 100 <= :endpoints;
