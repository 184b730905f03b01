-- Conversations and their messages. The functions' results are like those in tickets.sql.

create or replace function helpdesk.conversation_json(conversation helpdesk.conversations) returns json
language plpgsql stable as $$
declare
  result json;
begin
  select row_to_json(s) into result
    from (select conversation.id, conversation.status, conversation.visitor_name as "visitorName",
                 conversation.visitor_email as "visitorEmail",
                 helpdesk.rfc3339(conversation.created_at) as "createdAt",
                 helpdesk.rfc3339(conversation.updated_at) as "updatedAt") s;
  return result;
end
$$;
comment on function helpdesk.conversation_json is 'A conversation as the API shows one.';

create or replace function helpdesk.create_conversation(
  org_id text, visitor_name text, visitor_email text, idempotency_key text default null,
  fingerprint bytea default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  conversation helpdesk.conversations;
begin
  is_replay := false;
  has_due_deliveries := false;
  if idempotency_key is not null then
    select k.refusal, k.is_replay, k.answer, k.id, k.updated_at into refusal, is_replay, answer, id, updated_at
      from helpdesk.find_answer(org_id, idempotency_key, fingerprint) k;
    if is_replay then
      return;
    end if;
  end if;
  update helpdesk.conversation_counters c set active = c.active + 1 where c.org_id = org_id
  returning clock_timestamp() into updated_at;
  if not found then
    refusal := 'organization_not_found';
    return;
  end if;
  id := helpdesk.new_id(updated_at);
  insert into helpdesk.conversations as c
    (org_id, id, visitor_name, visitor_email, created_at, updated_at)
  values (org_id, id, visitor_name, visitor_email, updated_at, updated_at)
  returning c.* into conversation;
  answer := helpdesk.conversation_json(conversation);
  if idempotency_key is not null then
    perform helpdesk.keep_answer(org_id, idempotency_key, fingerprint, answer);
  end if;
end
$$;
comment on function helpdesk.create_conversation is
  'Starts a conversation. Refusals: organization_not_found, idempotency_conflict.';

create or replace function helpdesk.end_conversation(
  org_id text, conversation_id text, unchanged_since bigint[] default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  conversation helpdesk.conversations;
begin
  is_replay := false;
  has_due_deliveries := false;
  select c.* into conversation from helpdesk.conversations c
   where c.org_id = org_id and c.id = conversation_id for no key update;
  if not found then
    refusal := 'conversation_not_found';
    return;
  elsif helpdesk.has_changed(conversation.updated_at, unchanged_since) then
    refusal := 'precondition_failed';
    return;
  elsif conversation.status = 'active' then
    updated_at := helpdesk.next_moment(conversation.updated_at);
    update helpdesk.conversations c set status = 'ended', ended_at = updated_at, updated_at = updated_at
     where c.org_id = org_id and c.id = conversation_id
    returning c.* into conversation;
    -- Locked first, as in count_status_change.
    perform from helpdesk.conversation_counters c where c.org_id = org_id for no key update;
    update helpdesk.conversation_counters c set active = c.active - 1, ended = c.ended + 1
     where c.org_id = org_id;
  end if;
  answer := helpdesk.conversation_json(conversation);
  id := conversation.id;
  updated_at := conversation.updated_at;
end
$$;
comment on function helpdesk.end_conversation is
  'Ends a conversation; one that has ended stays as it is. Refusals: conversation_not_found, '
  'precondition_failed.';

create or replace function helpdesk.send_message(
  org_id text, conversation_id text, sender_type text, sender_id text, content text,
  idempotency_key text default null, fingerprint bytea default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  most constant int := 50000;
  conversation helpdesk.conversations;
  sender_role text;
  sender_refusal text;
begin
  is_replay := false;
  has_due_deliveries := false;
  if idempotency_key is not null then
    select k.refusal, k.is_replay, k.answer, k.id, k.updated_at into refusal, is_replay, answer, id, updated_at
      from helpdesk.find_answer(org_id, idempotency_key, fingerprint) k;
    if is_replay then
      return;
    end if;
  end if;
  if sender_id is not null then
    select u.role into sender_role from helpdesk.users u where u.org_id = org_id and u.id = sender_id;
    sender_refusal := case when not found then 'user_not_found' when sender_role = 'client' then 'sender_is_client' end;
  end if;
  if sender_refusal is null then
    update helpdesk.conversations c
       set updated_at = helpdesk.next_moment(c.updated_at), message_count = c.message_count + 1
     where c.org_id = org_id and c.id = conversation_id and c.status = 'active' and c.message_count < most
    returning c.updated_at into updated_at;
  end if;
  if updated_at is null then
    select c.* into conversation from helpdesk.conversations c
     where c.org_id = org_id and c.id = conversation_id;
    refusal := case
      when not found then 'conversation_not_found'
      when conversation.status = 'ended' then 'conversation_ended'
      when sender_refusal is not null then sender_refusal
      when conversation.message_count >= most then 'too_many_messages'
      else 'busy' end;
    return;
  end if;
  id := helpdesk.new_id(updated_at);
  insert into helpdesk.messages (org_id, id, conversation_id, sender_type, sender_id, content, created_at)
  values (org_id, id, conversation_id, sender_type, sender_id, content, updated_at);
  select row_to_json(s) into answer
    from (select id as id, sender_type as "senderType", sender_id as "senderId", content as content,
                 helpdesk.rfc3339(updated_at) as "createdAt") s;
  if idempotency_key is not null then
    perform helpdesk.keep_answer(org_id, idempotency_key, fingerprint, answer);
  end if;
end
$$;
comment on function helpdesk.send_message is
  'Adds a message to an active conversation and moves its updated_at. Refusals: '
  'conversation_not_found, conversation_ended, user_not_found, sender_is_client, too_many_messages, '
  'idempotency_conflict, busy.';
