-- What GET /api/external/tickets does, for pgbench: key look-up and limiter, then the server's own
-- statements. Which key, small tables tell.
\set key random(1, 20000)

select a.org_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset

select t.id, t.number, t.subject,
null::text as description,
t.status, t.priority, t.source, t.tags, t.created_at, t.updated_at,
t.resolved_at, t.closed_at, t.merged_into_id,
creator.id, creator.name, creator.email, creator.role, assignee.id, assignee.name, assignee.email, assignee.role
  from (select * from helpdesk.tickets
         where org_id = :org_id::text order by number desc limit 50 offset 0) t
  join helpdesk.users creator
  on creator.org_id = t.org_id and creator.id = t.created_by
left join helpdesk.users assignee
  on assignee.org_id = t.org_id and assignee.id = t.assignee_id
 order by t.number desc;

select case null::text when 'OPEN' then open when 'IN_PROGRESS' then in_progress
               when 'WAITING' then waiting when 'RESOLVED' then resolved
               when 'CLOSED' then closed
               else open + in_progress + waiting + resolved + closed end as total
  from helpdesk.ticket_counters where org_id = :org_id::text;
