-- API keys: creating and revoking them, and a list of them.

create or replace function ops.create_api_key(
  org_id text, name text, scopes text[], rate_limit int default 100,
  expires_at timestamptz default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_name constant text := ops._checked_text('name', name, 200);
  checked_scopes constant text[] := ops._checked_choices('scopes', scopes,
    array['tickets:read', 'tickets:write', 'chat:read', 'chat:write', '*']);
  secret constant text := translate(encode(ops._random_bytes(), 'base64'), '+/=', '-_');
begin
  if rate_limit between 1 and 1000000 is not true then
    raise invalid_parameter_value using message =
      format('rate_limit must be from 1 to 1000000 requests a minute, not %s',
             coalesce(rate_limit::text, 'null'));
  elsif expires_at <= clock_timestamp() then
    raise invalid_parameter_value using message =
      format('expires_at must be in the future, not %s', expires_at);
  elsif expires_at >= '10000-01-01Z' then
    raise invalid_parameter_value using
      message = 'expires_at must be before the year 10000',
      hint = 'Leave it null for a key that does not expire.';
  end if;
  perform ops._check_org(org_id);
  perform helpdesk.create_api_key(
    org_id, null, null, checked_name, 'th_' || left(secret, 6) || E'\u2026',
    sha256(convert_to('th_' || secret, 'UTF8')), checked_scopes, rate_limit, expires_at, null);
  return 'th_' || secret;
end
$$;
comment on function ops.create_api_key is
  'Creates an API key and returns it. It is shown only this once; only its SHA-256 is stored. '
  'scopes: tickets:read, tickets:write, chat:read, chat:write or *. rate_limit: requests in any 60 '
  's, 1 to 1,000,000. expires_at: null means never.';

create or replace function ops.revoke_api_key(key_id text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Revoking a key that is already revoked is no error.
  select ops._done(
    nullif(helpdesk.revoke_api_key(o.org_id, null, null, key_id), 'unchanged'), key_id, null::text)
    from ops._found('API key', key_id, (
           select g.id from helpdesk.organizations g
             join helpdesk.api_keys k on k.org_id = g.id and k.id = revoke_api_key.key_id)) o (org_id)
$$;
comment on function ops.revoke_api_key is
  'Revokes the key with this id (not the key itself; see ops.api_keys) for good, from the next '
  'request on. A key that is already revoked stays as it is.';

create or replace view ops.api_keys as
select k.org_id, o.name as organization, k.id as key_id, k.name, k.prefix, k.scopes, k.rate_limit,
       case when k.revoked_at is not null then 'revoked'
            when k.expires_at <= statement_timestamp() then 'expired'
            else 'live' end as state,
       k.created_at, k.created_by, k.expires_at, k.revoked_at, k.last_used_at
  from helpdesk.api_keys k
  join helpdesk.organizations o on o.id = k.org_id;
comment on view ops.api_keys is
  'A row for each API key, without its hash. prefix: its first nine characters, to recognise it. '
  'state: live, expired or revoked. last_used_at is at most a minute old.';
