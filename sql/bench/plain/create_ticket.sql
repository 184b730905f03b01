\set key random(1, 20000)
\set org (:key - 1) / 1000 + 1
\set client random(1, 50)
\startpipeline
update keys set hits[next] = now(), next = next % 100 + 1
 where id = :key and hits[next] < now() - interval '60 s' returning org_id;
with counter as (
  update counters set last_number = last_number + 1, open = open + 1 where org_id = :org
  returning last_number, now() as at
), creator as (
  select * from users where org_id = :org and email = 'client' || :client::int || '@example.com'
), ticket as (
  insert into tickets (org_id, number, subject, description, priority, tags, created_by, created_at, updated_at)
  select :org, n.last_number, 'The login page shows a blank screen',
         repeat('When I try to log in using Safari, nothing happens. ', 6), 'MEDIUM', array['bug', 'safari'],
         c.id, n.at, n.at
    from counter n, creator c
  returning *
), answer as (
  select t.id, json_build_object(
           'id', t.id, 'ticketNumber', t.number, 'subject', t.subject, 'description', t.description,
           'status', t.status, 'priority', t.priority, 'source', t.source, 'tags', t.tags,
           'createdAt', t.created_at, 'updatedAt', t.updated_at, 'resolvedAt', t.resolved_at,
           'closedAt', t.closed_at, 'mergedIntoId', t.merged_into_id,
           'createdBy', json_build_object('id', c.id, 'name', c.name, 'email', c.email, 'role', c.role),
           'assignee', null) as ticket
    from ticket t, creator c
), event as (
  insert into events (org_id, ticket_id, type, body, created_at)
  select :org, a.id, 'ticket.created',
         json_build_object('type', 'ticket.created', 'timestamp', now(), 'data',
                           json_build_object('ticket', a.ticket))::text, now()
    from answer a
  returning id
), delivery as (
  insert into deliveries (endpoint_id, event_id, next_attempt_at)
  select p.id, e.id, now() from endpoints p, event e
   where p.org_id = :org and 'ticket.created' = any (p.events)
)
select ticket from answer;
\endpipeline
