-- API keys.

create or replace function helpdesk.create_api_key(
  org_id text, actor_id text, address text, name text, prefix text, hash bytea, scopes text[],
  rate_limit int, expires_at timestamptz, submission text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  -- Callers count expires_at from it.
  at constant timestamptz := statement_timestamp();
  key_id constant text := helpdesk.new_id(at);
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id, true);
  if refusal is not null then return; end if;
  insert into helpdesk.api_keys
    (org_id, id, name, prefix, hash, scopes, rate_limit, created_by, created_at, expires_at, submission)
  values (org_id, key_id, name, prefix, hash, scopes, rate_limit, actor_id, at, expires_at, submission)
  on conflict on constraint api_keys_submission_key do nothing;
  if not found then
    refusal := 'done_before';
    return;
  end if;
  perform helpdesk.audit(org_id, actor_id, address, 'api_key.created', key_id, name);
end
$$;
comment on function helpdesk.create_api_key is
  'Creates an API key. prefix: the key''s beginning, to recognise it. hash: its SHA-256. rate_limit: '
  'requests in any 60 s. expires_at: null means never. submission: the form that requests it; null: '
  'none. "not_allowed": also if the plan has no API, except for operators.';

create or replace function helpdesk.revoke_api_key(
  org_id text, actor_id text, address text, key_id text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  key_name text;
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  update helpdesk.api_keys k set revoked_at = clock_timestamp()
   where k.org_id = org_id and k.id = key_id and k.revoked_at is null
  returning k.name into key_name;
  if found then
    perform helpdesk.audit(org_id, actor_id, address, 'api_key.revoked', key_id, key_name);
  elsif exists (select from helpdesk.api_keys k where k.org_id = org_id and k.id = key_id) then
    refusal := 'unchanged';
  else
    refusal := 'api_key_not_found';
  end if;
end
$$;
comment on function helpdesk.revoke_api_key is
  'Revokes an API key for good, from its next request on. "unchanged": it is revoked already.';
