\set key random(1, 20000)
\set org (:key - 1) / 1000
\set conversation :org * 50 + random(1, 50)
\startpipeline
update keys set hits[next] = now(), next = next % 100 + 1
 where id = :key and hits[next] < now() - interval '60 s' returning org_id;
with conversation as (
  update conversations set updated_at = now()
   where id = :conversation and org_id = :org + 1 and status = 'active' returning id
), message as (
  insert into messages (conversation_id, sender_type, content, created_at)
  select id, 'visitor', 'Is anybody there? I cannot log in.', now() from conversation
  returning *
)
select json_build_object('id', id, 'senderType', sender_type, 'senderId', null, 'content', content,
                         'createdAt', created_at)
  from message;
\endpipeline
