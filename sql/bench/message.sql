-- What POST /api/external/chat/conversations/:conversationId/messages does, for pgbench: key look-up and limiter, then the server's own
-- statement. Which key, which conversation, small tables tell.
\set key random(1, 20000)
\set conversation (:key - 1) / 1000 * 50 + random(1, 50)
select a.org_id, (select b.id from bench_conversations b where b.n = :conversation) as conversation_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset

with conversation as (
  update helpdesk.conversations c
     set updated_at = helpdesk.next_moment(c.updated_at), message_count = c.message_count + 1
   where c.org_id = :org_id::text and c.id = :conversation_id::text and c.status = 'active'
     and c.message_count < 50000
     and (null::text is null or exists (
       select from helpdesk.users u
        where u.org_id = :org_id::text and u.id = null::text and u.role in ('agent', 'admin')))
  returning c.id, c.updated_at
), message as (
  insert into helpdesk.messages
    (org_id, id, conversation_id, sender_type, sender_id, content, created_at)
  select :org_id::text, helpdesk.new_id(c.updated_at), c.id, 'visitor'::text, null::text, 'Is anybody there? I cannot log in.'::text, c.updated_at
    from conversation c
  returning *
)
select m.id, m.sender_type, m.sender_id, m.content, m.created_at,
       case when m.id is not null then 'ok' else (
         select case when c.id is null then 'not_found'
                     when c.status = 'ended' then 'ended'
                     when null::text is not null and u.id is null then 'user_not_found'
                     when u.role = 'client' then 'user_is_client'
                     else 'again' end
           from (select) always
           left join helpdesk.conversations c on c.org_id = :org_id::text and c.id = :conversation_id::text
           left join helpdesk.users u on u.org_id = :org_id::text and u.id = null::text) end as outcome
  from (select) always left join message m on true;
