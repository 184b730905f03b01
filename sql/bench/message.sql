-- The statements of POST /chat/conversations/:conversationId/messages, for pgbench. Small tables give the
-- key and the conversation.
\set key random(1, 20000)
\set conversation (:key - 1) / 1000 * 50 + random(1, 50)
select a.org_id, (select b.id from bench_conversations b where b.n = :conversation) as conversation_id
  from helpdesk.admit(array[(select hash from bench_keys where n = :key)], array[1]) a \gset
select * from helpdesk.send_message(
  :org_id::text, :conversation_id::text, 'visitor', null, 'Is anybody there? I cannot log in.');
