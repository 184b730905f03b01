-- A function for what fills databases of scripts/bench: makes an organization with 50 clients, an
-- agent, tickets of 3 comments a minute apart, 50 conversations, and 1,000 keys.
create function public.bench_organization(name text, tickets int, rate_limit int, out org text, out keys text[])
language plpgsql as $$
begin
  org := ops.create_org(name, 'pro');
  perform ops.create_user(org, 'agent@example.com', 'Agent', 'agent');
  insert into helpdesk.users (org_id, id, name, email, role)
  select org, helpdesk.new_id(clock_timestamp()), 'client' || n, 'client' || n || '@example.com', 'client'
    from generate_series(1, 50) n;
  insert into helpdesk.tickets
    (org_id, id, number, subject, description, priority, tags, created_by, assignee_id, created_at, updated_at,
     comment_count)
  select org, helpdesk.new_id(at), n, 'The login page shows a blank screen, case ' || n,
         repeat('When I try to log in using Safari, nothing happens. ', 6),
         (array['LOW', 'MEDIUM', 'HIGH', 'URGENT'])[n % 4 + 1], array['bug', 'safari'], people.clients[n % 50 + 1],
         case when n % 2 = 0 then people.agent end, at, at, 3
    from generate_series(1, tickets) n,
         lateral (select clock_timestamp() - (tickets - n) * interval '1 minute' as at) clock,
         (select array_agg(u.id) filter (where u.role = 'client') as clients,
                 min(u.id) filter (where u.role = 'agent') as agent
            from helpdesk.users u where u.org_id = org) people;
  update helpdesk.ticket_counters set last_number = tickets, open = tickets where org_id = org;
  insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
  select org, helpdesk.new_id(at), t.id, t.created_by,
         'Comment ' || n || ': thank you for the report, we have identified the cause.', at
    from helpdesk.tickets t, generate_series(1, 3) n,
         lateral (select t.created_at + n * interval '1 second' as at) clock
   where t.org_id = org;
  insert into helpdesk.conversations (org_id, id, visitor_name, created_at, updated_at, message_count)
  select org, helpdesk.new_id(clock_timestamp()), 'Visitor ' || n, clock_timestamp(), clock_timestamp(), 0
    from generate_series(1, 50) n;
  update helpdesk.conversation_counters set active = 50 where org_id = org;
  keys := array(select ops.create_api_key(org, 'bench', array['*'], rate_limit) from generate_series(1, 1000));
end
$$;
