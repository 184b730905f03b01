-- What GET /api/external/tickets/:ticketId does, for pgbench: key look-up and limiter, the ticket, its
-- comments. The same statements as the server's; which key and ticket, two small tables tell.
\set key random(1, 20000)
\set ticket (:key - 1) / 1000 * 500 + random(1, 500)

select hash, org_id, key_id, plan, scopes, rate_limit, admitted, remaining, frees_at, at,
       last_used_at is null or last_used_at < at - interval '30 s' as is_stale
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]);

select t.id, t.number, t.subject, t.description, t.status, t.priority, t.source, t.tags,
       t.created_at, t.updated_at, t.resolved_at, t.closed_at, t.merged_into_id,
       creator.id, creator.name, creator.email, creator.role,
       assignee.id, assignee.name, assignee.email, assignee.role
  from bench_tickets b, helpdesk.tickets t
  join helpdesk.users creator on creator.org_id = t.org_id and creator.id = t.created_by
  left join helpdesk.users assignee on assignee.org_id = t.org_id and assignee.id = t.assignee_id
 where b.n = :ticket and t.org_id = b.org_id and t.id = b.id;

select m.id, m.content, m.created_at, author.id, author.name, author.email, author.role
  from bench_tickets b, helpdesk.comments m
  join helpdesk.users author on author.org_id = m.org_id and author.id = m.author_id
 where b.n = :ticket and m.org_id = b.org_id and m.ticket_id = b.id
 order by m.created_at, m.id;
