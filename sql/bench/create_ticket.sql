-- The statements of POST /tickets, for pgbench. Small tables give the key.
\set key random(1, 20000)
\set client random(1, 50)
select a.org_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset
select * from helpdesk.create_ticket(
  :org_id::text, 'The login page shows a blank screen',
  repeat('When I try to log in using Safari, nothing happens. ', 6), 'MEDIUM', array['bug', 'safari'],
  'client' || :client::int || '@example.com');
