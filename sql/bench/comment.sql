-- The statements of POST /tickets/:ticketId/comments, for pgbench. Small tables give the key and the
-- ticket.
\set key random(1, 20000)
\set ticket (:key - 1) / 1000 * 500 + random(1, 500)
\set client random(1, 50)
select a.org_id, (select b.id from bench_tickets b where b.n = :ticket) as ticket_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset
select * from helpdesk.add_comment(
  :org_id::text, :ticket_id::text, 'Thank you for the report, we have identified the cause.',
  'client' || :client::int || '@example.com');
