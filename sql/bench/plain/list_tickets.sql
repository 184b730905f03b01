\set key random(1, 20000)
\set org (:key - 1) / 1000 + 1
\startpipeline
update keys set hits[next] = now(), next = next % 100 + 1
 where id = :key and hits[next] < now() - interval '60 s' returning org_id;
select json_build_object(
         'tickets', (
           select json_agg(json_build_object(
                    'id', t.id, 'ticketNumber', t.number, 'subject', t.subject, 'status', t.status,
                    'priority', t.priority, 'source', t.source, 'tags', t.tags, 'createdAt', t.created_at,
                    'updatedAt', t.updated_at, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at,
                    'mergedIntoId', t.merged_into_id,
                    'createdBy', json_build_object('id', c.id, 'name', c.name, 'email', c.email, 'role', c.role),
                    'assignee', case when a.id is not null then
                      json_build_object('id', a.id, 'name', a.name, 'email', a.email, 'role', a.role) end)
                    order by t.number desc)
             from (select * from tickets where org_id = :org order by number desc limit 50) t
             join users c on c.id = t.created_by left join users a on a.id = t.assignee_id),
         'total', (select open from counters where org_id = :org));
\endpipeline
