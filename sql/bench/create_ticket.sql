-- What POST /api/external/tickets does, for pgbench: key look-up and limiter, then the server's own
-- statement. Which key, small tables tell.
\set key random(1, 20000)
\set client random(1, 50)
select a.org_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset

with found as materialized (
  select u.id, u.name, u.email, u.role from helpdesk.users u
   where u.org_id = :org_id::text and helpdesk.email_key(u.email) collate "C" = helpdesk.email_key('client' || :client::int || '@example.com')
), made as (
  insert into helpdesk.users as u (org_id, id, name, email, role)
  select :org_id::text, helpdesk.new_id(clock_timestamp()), 'client' || :client::int, 'client' || :client::int || '@example.com', 'client'
   where not exists (select from found) and true
  on conflict do nothing
  returning u.id, u.name, u.email, u.role
), creator as materialized (
  select * from found union all select * from made
),
counter as (
  update helpdesk.ticket_counters
     set last_number = last_number + 1, open = open + 1
   where org_id = :org_id::text and exists (select from creator)
  returning last_number, clock_timestamp() as at
), ticket as (
  insert into helpdesk.tickets
    (org_id, id, number, subject, description, priority, tags, created_by, created_at, updated_at,
     comment_count)
  select :org_id::text, helpdesk.new_id(n.at), n.last_number, 'The login page shows a blank screen', repeat('When I try to log in using Safari, nothing happens. ', 6), 'MEDIUM', array['bug', 'safari'], creator.id, n.at, n.at, 0
    from counter n, creator
  returning *
), emitted as materialized (
  select helpdesk.new_id(t.created_at) as id, 'ticket.created' as type, t.id as ticket_id,
         t.created_at as at, json_build_object(
           'ticket', json_build_object(
  'id', t.id, 'ticketNumber', t.number, 'subject', t.subject,
  'description', t.description, 'status', t.status, 'priority', t.priority,
  'source', t.source, 'tags', t.tags,
  'createdAt', helpdesk.rfc3339(t.created_at),
  'updatedAt', helpdesk.rfc3339(t.updated_at),
  'resolvedAt', helpdesk.rfc3339(t.resolved_at),
  'closedAt', helpdesk.rfc3339(t.closed_at), 'mergedIntoId', t.merged_into_id,
  'createdBy', json_build_object('id', creator.id, 'name', creator.name, 'email', creator.email, 'role', creator.role), 'assignee', null)) as data
    from ticket t, creator
), event as (
  insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
  select :org_id::text, e.id, e.type, e.ticket_id,
         json_build_object('id', e.id, 'type', e.type, 'timestamp', helpdesk.rfc3339(e.at),
                           'data', e.data)::text,
         e.at
    from emitted e
), endpoint as materialized (
  select p.id, p.events, p.disabled_at from helpdesk.endpoints p
   where p.org_id = :org_id::text and p.events && (select array_agg(e.type) from emitted e)
   order by p.id for share of p
), delivery as (
  insert into helpdesk.deliveries
    (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  select :org_id::text, helpdesk.new_id(due.at), p.id, e.id,
         case when p.disabled_at is null then 'pending' else 'held' end,
         due.at, case when p.disabled_at is null then due.at end
    from emitted e join endpoint p on e.type = any (p.events)
   cross join lateral (select least(e.at, clock_timestamp()) as at) due
  returning state
)
select t.id, t.number, t.subject,
t.description,
t.status, t.priority, t.source, t.tags, t.created_at, t.updated_at,
t.resolved_at, t.closed_at, t.merged_into_id,
creator.id, creator.name, creator.email, creator.role, nobody.id, nobody.name, nobody.email, nobody.role, 'ok' as outcome, exists (select from delivery where state = 'pending')
  from ticket t cross join creator
  left join (select null::text as id, null::text as name, null::text as email,
                    null::text as role) nobody on false;
