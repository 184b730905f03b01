-- Events of a ticket's size for scripts/bench, and a delivery of each to the endpoint :'endpoint', which is the only
-- one of its organization that is subscribed to ticket.merged.
select e.org_id,
       coalesce((select t.id from helpdesk.tickets t where t.org_id = e.org_id limit 1),
                (select t.id from helpdesk.create_ticket(
                   e.org_id, 'Queue', 'What its events are of', 'MEDIUM', '{}', 'client@example.com') t)) as ticket
  from helpdesk.endpoints e where e.id = :'endpoint' \gset
select count(helpdesk.write_event(
         :'org_id', 'ticket.merged', :'ticket', clock_timestamp(),
         format('{"number":%s,"text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25))))
  from generate_series(1, :count) n \g /dev/null
