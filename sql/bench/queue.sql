-- For scripts/bench: :count events of a ticket's size in each organization :'name'. Each event makes a
-- delivery for every endpoint there that is subscribed to ticket.merged.
select count(helpdesk.create_ticket(o.id, 'Queue', 'The ticket that the events tell of', 'MEDIUM', '{}',
                                    'client@example.com'))
  from helpdesk.organizations o
 where o.name = :'name' and not exists (select from helpdesk.tickets t where t.org_id = o.id) \g /dev/null
select count(helpdesk.write_event(
         o.id, 'ticket.merged', t.id, clock_timestamp(),
         format('{"number":%s,"text":"%s"}', n, repeat('When I try to log in, nothing happens. ', 25))))
  from helpdesk.organizations o
 cross join lateral (select t.id from helpdesk.tickets t where t.org_id = o.id limit 1) t,
       generate_series(1, :count) n
 where o.name = :'name' \g /dev/null
