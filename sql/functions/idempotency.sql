-- Idempotency keys: the answer of a request that may be sent again.

create or replace function helpdesk.find_answer(
  org_id text, key text, fingerprint bytea,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out comments json
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  kept helpdesk.idempotency_keys;
begin
  -- Waits for a request with the same key that is under way. The first number keeps these locks apart
  -- from others.
  perform pg_advisory_xact_lock(74058302, hashtext(org_id || key));
  select k.* into kept from helpdesk.idempotency_keys k where k.org_id = org_id and k.key = key;
  is_replay := found;
  if not found then
    return;
  elsif kept.fingerprint <> fingerprint then
    refusal := 'idempotency_conflict';
    return;
  end if;
  answer := kept.answer;
  comments := kept.comments;
  id := answer ->> 'id';
  updated_at := coalesce(answer ->> 'updatedAt', answer ->> 'createdAt')::timestamptz;
end
$$;
comment on function helpdesk.find_answer is
  'The answer kept for an idempotency key, if any; the refusal idempotency_conflict if the key '
  'belongs to another request. Locks the key until the transaction ends.';

create or replace function helpdesk.keep_answer(
  org_id text, key text, fingerprint bytea, answer json, comments json default null
) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  insert into helpdesk.idempotency_keys (org_id, key, fingerprint, answer, comments)
  values (org_id, key, fingerprint, answer, comments);
end
$$;
comment on function helpdesk.keep_answer is
  'Keeps the answer of a request under its idempotency key, which helpdesk.find_answer has locked.';
