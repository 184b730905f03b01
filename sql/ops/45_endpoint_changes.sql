-- What changing a webhook endpoint consists of, for the functions of operators and for the console,
-- which differ in who may do it and in what the audit trail says.

create or replace function ops._require_read_committed() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise invalid_transaction_state using message =
      format('this works in read committed transactions only, not in %s ones',
             current_setting('transaction_isolation')),
      hint = 'set default_transaction_isolation = ''read committed'', and call it again.';
  end if;
end
$$;
comment on function ops._require_read_committed is
  'For the other functions, which wait for a lock and have to see what was written meanwhile: 25000 '
  'unless the transaction is read committed.';

create or replace function ops._lock_endpoint(
  endpoint_id text, exclusively boolean default true, in_org_id text default null
) returns helpdesk.endpoints
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint_org_id constant text := coalesce(in_org_id, (
    select e.org_id
      from helpdesk.organizations o
      join helpdesk.endpoints e on e.org_id = o.id and e.id = endpoint_id));
  endpoint helpdesk.endpoints;
begin
  perform ops._require_read_committed();
  if exclusively then
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id and e.deleted_at is null for update;
  else
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id and e.deleted_at is null for share;
  end if;
  if not found then
    raise no_data_found using message = format('no webhook endpoint has the id %L', endpoint_id);
  end if;
  return endpoint;
end
$$;
comment on function ops._lock_endpoint is
  'For the other functions: locks an endpoint, for update or for share, and returns its row. P0002 '
  'if there is none, or none in this organization; 25000 unless the transaction is read committed.';

create or replace function ops._checked_events(events text[]) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
return ops._checked_choices('events', events,
  array['ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved', 'ticket.closed',
        'ticket.reopened', 'ticket.merged']);
comment on function ops._checked_events is
  'For the other functions: the events, each once. 22023 if there are none or one is not known.';

create or replace function ops._checked_url(url text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  trimmed_url constant text := ops._checked_text('url', url, 2048);
  checked_url constant text := regexp_replace(
    regexp_replace(trimmed_url, '^https://', 'https://', 'i'), '^http://', 'http://', 'i');
  port constant numeric := substring(checked_url from '^https?://[^/?]*:([0-9]+)(?:[/?]|$)');
begin
  if checked_url !~ '^https?://([^][/?:@]+|[[][0-9A-Fa-f:.]+[]])(:[0-9]+)?([/?]|$)'
     or checked_url !~ '^[!-~]+$' or checked_url ~ E'[#\\\\]'
     or port not between 1 and 65535 then
    raise invalid_parameter_value using message = format(
      'url must be https://host, perhaps with port, path and query, in ASCII, without user info '
      'and fragment, not %L', url);
  end if;
  return checked_url;
end
$$;
comment on function ops._checked_url is
  'For the other functions: the URL, its scheme in lower case. 22023 unless it has the form of an '
  'endpoint''s; the sender checks the address at each attempt.';

create or replace function ops._add_secret(
  endpoint helpdesk.endpoints, secret_id text default null, secret text default null,
  key_id text default null
) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
  new_secret constant text :=
    coalesce(secret, 'whsec_' || encode(ops._random_bytes(), 'base64'));
begin
  insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, key_id, created_at)
  values (endpoint.org_id, coalesce(secret_id, helpdesk.new_id(at)), endpoint.id, new_secret, key_id, at);
  return new_secret;
end
$$;
comment on function ops._add_secret is
  'For the other functions: stores the current secret of an endpoint that has none, and returns it as '
  'stored. Without one it makes one, in plain text: the servers have the keys that seal, and a worker '
  'does it within seconds.';

create or replace function ops._create_endpoint(
  org_id text, url text, events text[], submission text default null,
  endpoint_id text default null, secret_id text default null, secret text default null,
  key_id text default null
) returns helpdesk.endpoints
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_url constant text := ops._checked_url(url);
  checked_events constant text[] := ops._checked_events(events);
  at constant timestamptz := clock_timestamp();
  most constant int := 50;
  live int;
  created helpdesk.endpoints;
begin
  perform ops._require_read_committed();
  -- One after the other, so that each counts those before it. Foreign keys do not wait for this lock.
  perform from helpdesk.organizations o where o.id = _create_endpoint.org_id for no key update;
  insert into helpdesk.endpoints (org_id, id, url, events, created_at, submission)
  values (org_id, coalesce(endpoint_id, helpdesk.new_id(at)), checked_url, checked_events, at,
          submission)
  on conflict on constraint endpoints_submission_key do nothing
  returning * into created;
  if found then
    select count(*) into live from helpdesk.endpoints e
     where e.org_id = created.org_id and e.deleted_at is null;
    if live > most then
      raise program_limit_exceeded using message = format(
        'the organization has %s webhook endpoints already, and may have %s; delete one that is no '
        'longer needed first', live - 1, most);
    end if;
    perform ops._add_secret(created, secret_id, secret, key_id);
  end if;
  return created;
end
$$;
comment on function ops._create_endpoint is
  'For the other functions: makes an endpoint and its secret, of these ids if there are any; nulls if '
  'the form of this number had made one before. 54000 if the organization has 50, disabled ones '
  'included: a change of a ticket makes a delivery for each. Who has more from before keeps them.';

create or replace function ops._update_endpoint(endpoint helpdesk.endpoints, url text, events text[])
returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_url constant text := case when url is null then endpoint.url else ops._checked_url(url) end;
  checked_events constant text[] :=
    case when events is null then endpoint.events else ops._checked_events(events) end;
begin
  update helpdesk.endpoints e set url = checked_url, events = checked_events
   where e.org_id = endpoint.org_id and e.id = endpoint.id
     and (e.url, e.events) is distinct from (checked_url, checked_events);
  return found;
end
$$;
comment on function ops._update_endpoint is
  'For the other functions: changes a locked endpoint''s URL, events or both; null leaves them. '
  'Returns whether anything changed.';

create or replace function ops._delete_endpoint(endpoint helpdesk.endpoints) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
begin
  update helpdesk.endpoints e
     set deleted_at = at, disabled_at = coalesce(e.disabled_at, at),
         disabled_reason = coalesce(e.disabled_reason, 'deleted'), replay_from = null,
         replay_until = null
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  delete from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id;
end
$$;
comment on function ops._delete_endpoint is
  'For the other functions: hides a locked endpoint for good and forgets its secrets. Workers delete '
  'its deliveries and at last its row.';

create or replace function ops._rotate_secret(
  endpoint helpdesk.endpoints, secret_id text default null, secret text default null,
  key_id text default null, known_keys text[] default null
) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
  most constant int := 10;
  live int;
  first_end timestamptz;
begin
  delete from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id
     and (s.expires_at <= at or s.key_id is not null and s.key_id <> all (known_keys));
  select count(*), min(s.expires_at) into live, first_end from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id;
  if live >= most then
    raise program_limit_exceeded using message = format(
      '%s secrets of this endpoint sign already, the most there may be; rotate again when the oldest '
      'ends, at %s', live, helpdesk.rfc3339(first_end));
  end if;
  update helpdesk.endpoint_secrets s
     set expires_at = at + interval '24 hours'
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id and s.expires_at is null;
  return ops._add_secret(endpoint, secret_id, secret, key_id);
end
$$;
comment on function ops._rotate_secret is
  'For the other functions: gives a locked endpoint a new secret and returns it as stored. With '
  'known_keys, secrets that another key sealed are deleted, as nobody can sign with them. 54000 if ten '
  'secrets sign already.';

create or replace function ops._test_endpoint(endpoint helpdesk.endpoints) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
  event_id constant text := helpdesk.new_id(at);
  delivery_id constant text := helpdesk.new_id(at);
begin
  insert into helpdesk.events (org_id, id, type, body, created_at)
  values (endpoint.org_id, event_id, 'webhook.test',
          format('{"id":"%s","type":"webhook.test","timestamp":"%s","data":{}}',
                 event_id, helpdesk.rfc3339(at)), at);
  insert into helpdesk.deliveries
    (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  values
    (endpoint.org_id, delivery_id, endpoint.id, event_id,
     case when endpoint.disabled_at is null then 'pending' else 'held' end, at,
     case when endpoint.disabled_at is null then at end);
  perform ops._wake_workers();
  return delivery_id;
end
$$;
comment on function ops._test_endpoint is
  'For the other functions: writes a webhook.test event for an endpoint that is locked for share, '
  'and returns the delivery''s id.';
