\set key random(1, 20000)
\set org (:key - 1) / 1000
\set ticket :org * 500 + random(1, 500)
\startpipeline
update keys set hits[next] = now(), next = next % 100 + 1
 where id = :key and hits[next] < now() - interval '60 s' returning org_id;
select json_build_object(
         'id', t.id, 'ticketNumber', t.number, 'subject', t.subject, 'description', t.description,
         'status', t.status, 'priority', t.priority, 'source', t.source, 'tags', t.tags,
         'createdAt', t.created_at, 'updatedAt', t.updated_at, 'resolvedAt', t.resolved_at,
         'closedAt', t.closed_at, 'mergedIntoId', t.merged_into_id,
         'createdBy', json_build_object('id', c.id, 'name', c.name, 'email', c.email, 'role', c.role),
         'assignee', case when a.id is not null then
           json_build_object('id', a.id, 'name', a.name, 'email', a.email, 'role', a.role) end,
         'comments', (
           select json_agg(json_build_object(
                    'id', m.id, 'content', m.content, 'createdAt', m.created_at,
                    'author', json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'role', u.role))
                    order by m.id)
             from comments m join users u on u.id = m.author_id where m.ticket_id = t.id))
  from tickets t join users c on c.id = t.created_by left join users a on a.id = t.assignee_id
 where t.id = :ticket and t.org_id = :org + 1;
\endpipeline
