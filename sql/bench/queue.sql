-- Events of a ticket's size for scripts/bench, and a delivery of each to the endpoint :'endpoint'.
with event as (
  insert into helpdesk.events (org_id, id, type, body, created_at)
  select e.org_id, helpdesk.new_id(clock_timestamp()), 'webhook.test',
         format('{"id":"%s","text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25)),
         clock_timestamp()
    from helpdesk.endpoints e, generate_series(1, :count) n where e.id = :'endpoint'
  returning *
)
insert into helpdesk.deliveries
  (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
select org_id, helpdesk.new_id(created_at), :'endpoint', id, 'pending', created_at, created_at
  from event;
