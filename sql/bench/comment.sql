-- What POST /api/external/tickets/:ticketId/comments does, for pgbench: key look-up and limiter, then the server's own
-- statement. Which key, which ticket, small tables tell.
\set key random(1, 20000)
\set ticket (:key - 1) / 1000 * 500 + random(1, 500)
\set client random(1, 50)
select a.org_id, (select b.id from bench_tickets b where b.n = :ticket) as ticket_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset

with target as materialized (
  select merged_into_id, comment_count from helpdesk.tickets where org_id = :org_id::text and id = :ticket_id::text
), found as materialized (
  select u.id, u.name, u.email, u.role from helpdesk.users u
   where u.org_id = :org_id::text and helpdesk.email_key(u.email) collate "C" = helpdesk.email_key('client' || :client::int || '@example.com')
), made as (
  insert into helpdesk.users as u (org_id, id, name, email, role)
  select :org_id::text, helpdesk.new_id(clock_timestamp()), 'client' || :client::int, 'client' || :client::int || '@example.com', 'client'
   where not exists (select from found) and exists (
           select from target where merged_into_id is null and comment_count < 5000)
  on conflict do nothing
  returning u.id, u.name, u.email, u.role
), author as materialized (
  select * from found union all select * from made
),
ticket as (
  update helpdesk.tickets t
     set updated_at = helpdesk.next_moment(t.updated_at), comment_count = t.comment_count + 1
   where t.org_id = :org_id::text and t.id = :ticket_id::text and t.merged_into_id is null
     and t.comment_count < 5000
     and exists (select from author)
  returning t.*
), comment as (
  insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
  select :org_id::text, helpdesk.new_id(t.updated_at), t.id, author.id, 'Thank you for the report, we have identified the cause.', t.updated_at
    from ticket t, author
  returning *
), emitted as materialized (
  select helpdesk.new_id(t.updated_at) as id, 'ticket.commented' as type, t.id as ticket_id,
         t.updated_at as at, json_build_object(
           'ticket', json_build_object(
  'id', t.id, 'ticketNumber', t.number, 'subject', t.subject,
  'description', t.description, 'status', t.status, 'priority', t.priority,
  'source', t.source, 'tags', t.tags,
  'createdAt', helpdesk.rfc3339(t.created_at),
  'updatedAt', helpdesk.rfc3339(t.updated_at),
  'resolvedAt', helpdesk.rfc3339(t.resolved_at),
  'closedAt', helpdesk.rfc3339(t.closed_at), 'mergedIntoId', t.merged_into_id,
  'createdBy', json_build_object('id', requester.id, 'name', requester.name, 'email', requester.email, 'role', requester.role), 'assignee', case when assignee.id is not null then json_build_object('id', assignee.id, 'name', assignee.name, 'email', assignee.email, 'role', assignee.role) end),
           'comment', json_build_object(
             'id', c.id, 'content', c.content, 'author', json_build_object('id', author.id, 'name', author.name, 'email', author.email, 'role', author.role),
             'createdAt', helpdesk.rfc3339(c.created_at))) as data
    from comment c, author, ticket t join helpdesk.users requester
  on requester.org_id = t.org_id and requester.id = t.created_by
left join helpdesk.users assignee
  on assignee.org_id = t.org_id and assignee.id = t.assignee_id
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
select c.id, c.content, c.created_at, author.id, author.name, author.email, author.role,
       case when c.id is not null then 'ok'
            when not exists (select from target) then 'not_found'
            when exists (select from target where merged_into_id is not null) then 'merged'
            else 'again' end as outcome, exists (select from delivery where state = 'pending')
  from (select) always left join (comment c cross join author) on true;
