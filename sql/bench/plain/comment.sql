\set key random(1, 20000)
\set org (:key - 1) / 1000
\set ticket :org * 500 + random(1, 500)
\set client random(1, 50)
\startpipeline
update keys set hits[next] = now(), next = next % 100 + 1
 where id = :key and hits[next] < now() - interval '60 s' returning org_id;
with ticket as (
  update tickets set updated_at = now() where id = :ticket and org_id = :org + 1 returning *
), author as (
  select * from users where org_id = :org + 1 and email = 'client' || :client::int || '@example.com'
), comment as (
  insert into comments (ticket_id, author_id, content, created_at)
  select t.id, a.id, 'Thank you for the report, we have identified the cause.', now() from ticket t, author a
  returning *
), answer as (
  select m.ticket_id, json_build_object(
           'id', m.id, 'content', m.content, 'createdAt', m.created_at,
           'author', json_build_object('id', a.id, 'name', a.name, 'email', a.email, 'role', a.role)) as comment
    from comment m, author a
), event as (
  insert into events (org_id, ticket_id, type, body, created_at)
  select :org + 1, t.id, 'ticket.commented',
         json_build_object(
           'type', 'ticket.commented', 'timestamp', now(), 'data', json_build_object(
             'comment', w.comment,
             'ticket', json_build_object(
               'id', t.id, 'ticketNumber', t.number, 'subject', t.subject, 'description', t.description,
               'status', t.status, 'priority', t.priority, 'source', t.source, 'tags', t.tags,
               'createdAt', t.created_at, 'updatedAt', t.updated_at, 'resolvedAt', t.resolved_at,
               'closedAt', t.closed_at, 'mergedIntoId', t.merged_into_id,
               'createdBy', json_build_object('id', c.id, 'name', c.name, 'email', c.email, 'role', c.role),
               'assignee', case when u.id is not null then
                 json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'role', u.role) end)))::text,
         now()
    from ticket t join answer w on w.ticket_id = t.id
    join users c on c.id = t.created_by left join users u on u.id = t.assignee_id
  returning id
), delivery as (
  insert into deliveries (endpoint_id, event_id, next_attempt_at)
  select p.id, e.id, now() from endpoints p, event e
   where p.org_id = :org + 1 and 'ticket.commented' = any (p.events)
)
select comment from answer;
\endpipeline
