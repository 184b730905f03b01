-- :count events of a ticket's size for scripts/bench, in the organization :'org'; each makes a delivery
-- for every endpoint there that is subscribed to ticket.merged.
select coalesce((select t.id from helpdesk.tickets t where t.org_id = :'org' limit 1),
                (select t.id from helpdesk.create_ticket(
                   :'org', 'Queue', 'What its events are of', 'MEDIUM', '{}', 'client@example.com') t)) as ticket \gset
select count(helpdesk.write_event(
         :'org', 'ticket.merged', :'ticket', clock_timestamp(),
         format('{"number":%s,"text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25))))
  from generate_series(1, :count) n \g /dev/null
