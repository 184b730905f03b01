-- For scripts/bench: an organization :'name' with :tickets tickets, 50 conversations and 1,000 keys
-- whose limit no run reaches.
set synchronous_commit = off;
insert into growth_orgs select :'name', ops.create_org(:'name', 'pro') returning id as org \gset
select ops.create_user(:'org', 'agent@example.com', 'Agent', 'agent');
insert into helpdesk.users (org_id, id, name, email, role)
select :'org', helpdesk.new_id(clock_timestamp()), 'client' || n, 'client' || n || '@example.com',
       'client' from generate_series(1, 50) n;
insert into helpdesk.tickets
  (org_id, id, number, subject, description, priority, tags, created_by, created_at, updated_at,
   comment_count)
select :'org', helpdesk.new_id(at), n, 'The login page shows a blank screen, case ' || n,
       repeat('When I try to log in using Safari, nothing happens. ', 6), 'MEDIUM',
       array['bug', 'safari'], clients.ids[n % 50 + 1], at, at, 3
  from generate_series(1, :tickets) n,
       lateral (select clock_timestamp() - (:tickets - n) * interval '1 second' as at) clock,
       (select array_agg(id) as ids from helpdesk.users
         where org_id = :'org' and role = 'client') clients;
update helpdesk.ticket_counters set last_number = :tickets, open = :tickets where org_id = :'org';
insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
select t.org_id, helpdesk.new_id(at), t.id, t.created_by,
       'Comment ' || n || ': thank you for the report, we have identified the cause.', at
  from helpdesk.tickets t, generate_series(1, 3) n,
       lateral (select t.created_at + n * interval '1 second' as at) clock
 where t.org_id = :'org';
insert into helpdesk.conversations
  (org_id, id, visitor_name, created_at, updated_at, message_count)
select :'org', helpdesk.new_id(clock_timestamp()), 'Visitor ' || n, clock_timestamp(),
       clock_timestamp(), 0 from generate_series(1, 50) n;
update helpdesk.conversation_counters set active = 50 where org_id = :'org';
insert into growth_keys
select :'name', ops.create_api_key(:'org', 'bench', array['*'], 1000000)
  from generate_series(1, 1000) n;
vacuum (analyze, freeze);
