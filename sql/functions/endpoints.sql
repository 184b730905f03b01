-- Webhook endpoints and their signing secrets.
-- sql/README.md explains how they are locked, and docs/webhooks.md draws the states.

create or replace function helpdesk.endpoint_url(url text) returns text
language plpgsql immutable as $$
#variable_conflict use_variable
declare
  lowered constant text :=
    regexp_replace(regexp_replace(url, '^https://', 'https://', 'i'), '^http://', 'http://', 'i');
  port constant numeric := substring(lowered from '^https?://[^/?]*:([0-9]+)(?:[/?]|$)')::numeric;
begin
  return case when lowered ~ '^https?://([^][/?:@]+|[[][0-9A-Fa-f:.]+[]])(:[0-9]+)?([/?]|$)'
                   and lowered ~ '^[!-~]+$' and lowered !~ E'[#\\\\]'
                   and port between 1 and 65535 is not false then lowered end;
end
$$;
comment on function helpdesk.endpoint_url is
  'The URL with its scheme in lower case; null unless it is http or https and a host, optionally '
  'with port, path and query, in ASCII, without user info or fragment. The sender checks the address '
  'at each attempt.';

create or replace function helpdesk.lock_endpoint(
  org_id text, actor_id text, endpoint_id text, exclusively boolean,
  out refusal text, out url text, out disabled_at timestamptz, out failing_since timestamptz
)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- Checked before locking, so that nobody who may not change anything waits for the lock, and again once
  -- it is held.
  if not helpdesk.may_change_settings(org_id, actor_id) then
    refusal := 'not_allowed';
    return;
  end if;
  if exclusively then
    select e.url, e.disabled_at, e.failing_since into url, disabled_at, failing_since from helpdesk.endpoints e
     where e.org_id = org_id and e.id = endpoint_id and e.deleted_at is null for update;
  else
    select e.url, e.disabled_at, e.failing_since into url, disabled_at, failing_since from helpdesk.endpoints e
     where e.org_id = org_id and e.id = endpoint_id and e.deleted_at is null for share;
  end if;
  refusal := case when not helpdesk.may_change_settings(org_id, actor_id) then 'not_allowed'
                  when url is null then 'endpoint_not_found' end;
end
$$;
comment on function helpdesk.lock_endpoint is
  'Locks an endpoint for a change that is about to be made: exclusively, or shared, so that tickets '
  'can continue meanwhile.';

create or replace function helpdesk.create_endpoint(
  org_id text, actor_id text, address text, url text, events text[], submission text, endpoint_id text,
  secret_id text, secret text, key_id text,
  out refusal text, out id text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
  most constant int := 50;
  stored_url constant text := helpdesk.endpoint_url(url);
  made_before record;
begin
  -- Creations take turns, so that each counts those before it.
  refusal := coalesce(helpdesk.lock_for_settings(org_id, actor_id, true),
                      case when stored_url is null then 'url_unusable' end);
  if refusal is not null then return; end if;

  select e.id, e.deleted_at into made_before from helpdesk.endpoints e
   where e.org_id = org_id and e.submission = submission;
  if found then
    id := made_before.id;
    refusal := case when made_before.deleted_at is not null then 'endpoint_not_found' end;
  elsif (select count(*) from helpdesk.endpoints e where e.org_id = org_id and e.deleted_at is null) >= most then
    refusal := 'too_many_endpoints';
  else
    id := endpoint_id;
    insert into helpdesk.endpoints (org_id, id, url, events, created_at, submission)
    values (org_id, id, stored_url, events, at, submission);
    insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, key_id, created_at)
    values (org_id, secret_id, id, secret, key_id, at);
    perform helpdesk.audit(org_id, actor_id, address, 'webhook.created', id, stored_url);
  end if;
end
$$;
comment on function helpdesk.create_endpoint is
  'Creates an endpoint and its secret with these ids. submission: the number of the form; the same '
  'form sent again returns the endpoint that it created before. too_many_endpoints: an organization '
  'has at most 50, including disabled ones, since a change of a ticket makes a delivery for each. On '
  'a FREE plan only an operator can create one.';

create or replace function helpdesk.update_endpoint(
  org_id text, actor_id text, address text, endpoint_id text, url text, events text[], out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
  stored_url text;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  stored_url := case when url is null then endpoint.url else helpdesk.endpoint_url(url) end;
  refusal := coalesce(endpoint.refusal, case when stored_url is null then 'url_unusable' end);
  if refusal is not null then return; end if;
  update helpdesk.endpoints e set url = stored_url, events = coalesce(events, e.events)
   where e.org_id = org_id and e.id = endpoint_id
     and (e.url, e.events) is distinct from (stored_url, coalesce(events, e.events));
  if found then
    perform helpdesk.audit(org_id, actor_id, address, 'webhook.updated', endpoint_id, stored_url);
  end if;
end
$$;
comment on function helpdesk.update_endpoint is
  'Changes an endpoint''s URL, events or both; null leaves them.';

create or replace function helpdesk.enable_endpoint(
  org_id text, actor_id text, address text, endpoint_id text, replay boolean,
  out refusal text, out replayed int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  refusal := endpoint.refusal;
  replayed := 0;
  -- A form that is sent twice enables once.
  if refusal is not null or actor_id is not null and endpoint.disabled_at is null then return; end if;
  -- No worker may have held these yet.
  perform helpdesk.hold_deliveries(org_id, endpoint_id, true);
  update helpdesk.endpoints e
     set consecutive_failures = 0, failing_since = null, disabled_at = null, disabled_reason = null,
         replay_from = case when replay then e.replay_from end,
         replay_until = case when replay then e.replay_until end
   where e.org_id = org_id and e.id = endpoint_id;
  if replay then
    -- Both are null if the endpoint was enabled, failing_since if a person disabled it.
    replayed := helpdesk.start_replay(
      org_id, endpoint_id,
      case when endpoint.disabled_at is null then clock_timestamp()
           else least(endpoint.failing_since, endpoint.disabled_at) end);
  end if;
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.enabled', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.enable_endpoint is
  'Enables an endpoint and sets its count of failures to 0. With replay, sends what is held, and '
  'what has failed since the run of failures that disabled it began (if it was disabled by hand: '
  'since then), with four fresh attempts: the first 1,000 at once, whose number is replayed, the '
  'rest by a worker. Without replay, what is held stays held.';

create or replace function helpdesk.disable_endpoint(
  org_id text, actor_id text, address text, endpoint_id text, reason text,
  out refusal text, out held int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  refusal := endpoint.refusal;
  held := 0;
  -- A form that is sent twice disables once.
  if refusal is not null or actor_id is not null and endpoint.disabled_at is not null then return; end if;
  update helpdesk.endpoints e
     set failing_since = case when e.disabled_at is not null then e.failing_since end,
         disabled_at = coalesce(e.disabled_at, clock_timestamp()), disabled_reason = reason
   where e.org_id = org_id and e.id = endpoint_id;
  held := helpdesk.hold_deliveries(org_id, endpoint_id, true);
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.disabled', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.disable_endpoint is
  'Disables an endpoint. Its waiting deliveries are held: the first 1,000 at once, whose number is '
  'held, the rest by a worker. An endpoint that is already disabled keeps its disabled_at and takes '
  'an operator''s reason.';

create or replace function helpdesk.delete_endpoint(
  org_id text, actor_id text, address text, endpoint_id text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  refusal := endpoint.refusal;
  if refusal is not null then return; end if;
  update helpdesk.endpoints e
     set deleted_at = at, disabled_at = coalesce(e.disabled_at, at),
         disabled_reason = coalesce(e.disabled_reason, 'deleted'), replay_from = null, replay_until = null
   where e.org_id = org_id and e.id = endpoint_id;
  delete from helpdesk.endpoint_secrets s where s.org_id = org_id and s.endpoint_id = endpoint_id;
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.deleted', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.delete_endpoint is
  'Hides an endpoint for good and forgets its secrets. Workers delete its deliveries, and finally '
  'its row.';

create or replace function helpdesk.test_endpoint(
  org_id text, actor_id text, address text, endpoint_id text,
  out refusal text, out delivery_id text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
  event_id constant text := helpdesk.new_id(at);
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, false);
  refusal := endpoint.refusal;
  if refusal is not null then return; end if;
  insert into helpdesk.events (org_id, id, type, body, created_at)
  values (org_id, event_id, 'webhook.test',
          format('{"id":"%s","type":"webhook.test","timestamp":"%s","data":{}}',
                 event_id, helpdesk.rfc3339(at)), at);
  delivery_id := helpdesk.new_id(at);
  insert into helpdesk.deliveries (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  values (org_id, delivery_id, endpoint_id, event_id,
          case when endpoint.disabled_at is null then 'pending' else 'held' end, at,
          case when endpoint.disabled_at is null then at end);
  perform pg_notify('helpdesk_deliveries', '');
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.tested', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.test_endpoint is
  'Sends a webhook.test event to one endpoint; the delivery is held if the endpoint is disabled.';

create or replace function helpdesk.rotate_secret(
  org_id text, actor_id text, address text, endpoint_id text, current_id text, secret_id text, secret text,
  key_id text, known_keys text[],
  out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
  most constant int := 10;
  gone text[];
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  refusal := endpoint.refusal;
  if refusal is not null or current_id is not null and not exists (
       select from helpdesk.endpoint_secrets s
        where s.org_id = org_id and s.endpoint_id = endpoint_id and s.expires_at is null and s.id = current_id) then
    return;
  end if;
  gone := array(
    select s.id from helpdesk.endpoint_secrets s
     where s.org_id = org_id and s.endpoint_id = endpoint_id
       and (s.expires_at <= at or s.key_id is not null and s.key_id <> all (known_keys)));
  if (select count(*) from helpdesk.endpoint_secrets s
       where s.org_id = org_id and s.endpoint_id = endpoint_id and s.id <> all (gone)) >= most then
    refusal := 'too_many_secrets';
    return;
  end if;
  delete from helpdesk.endpoint_secrets s where s.org_id = org_id and s.id = any (gone);
  update helpdesk.endpoint_secrets s set expires_at = at + interval '24 hours'
   where s.org_id = org_id and s.endpoint_id = endpoint_id and s.expires_at is null;
  insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, key_id, created_at)
  values (org_id, secret_id, endpoint_id, secret, key_id, at);
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.secret_rotated', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.rotate_secret is
  'Gives an endpoint a new secret; the previous one also signs for 24 hours. current_id: the secret '
  'to replace; nothing is done if it is no longer the current one (null: replaces any). known_keys: '
  'secrets that another key sealed are deleted, since nobody can sign with them (null: none). '
  'too_many_secrets: ten sign already.';

create or replace function helpdesk.show_secrets(org_id text, actor_id text, address text, endpoint_id text)
returns table (id text, secret text, key_id text, created_at timestamptz, expires_at timestamptz)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
begin
  select e.url into endpoint from helpdesk.endpoints e
   where e.org_id = org_id and e.id = endpoint_id and e.deleted_at is null;
  if not found or not helpdesk.may_change_settings(org_id, actor_id) then return; end if;
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.secret_shown', endpoint_id, endpoint.url);
  return query
    select s.id, s.secret, s.key_id, s.created_at, s.expires_at from helpdesk.endpoint_secrets s
     where s.org_id = org_id and s.endpoint_id = endpoint_id and (s.expires_at is null or s.expires_at > now())
     order by s.expires_at is not null, s.created_at desc;
end
$$;
comment on function helpdesk.show_secrets is
  'The secrets that sign, as they are stored, the current one first. No row: the actor may not see '
  'them, or there is no such endpoint.';

create or replace function helpdesk.seal_secrets(
  org_id text, ids text[], old_secrets text[], new_secrets text[], key_ids text[]
) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  sealed int;
begin
  update helpdesk.endpoint_secrets s set secret = n.secret, key_id = n.key_id
    from unnest(ids, old_secrets, new_secrets, key_ids) as n (id, old_secret, secret, key_id)
   where s.org_id = org_id and s.id = n.id and s.secret = n.old_secret;
  get diagnostics sealed = row_count;
  return sealed;
end
$$;
comment on function helpdesk.seal_secrets is
  'Stores newly sealed secrets, each if its stored text is still the one in old_secrets. Returns how '
  'many it stored.';

create or replace function helpdesk.correct_endpoints() returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  disabled int;
  failing int;
  replaying int;
begin
  update helpdesk.endpoints u set disabled_at = now(), failing_since = least(u.failing_since, now())
   where u.ctid in (
     select e.ctid from helpdesk.endpoints e where e.disabled_at > now() + interval '1 s'
      limit 500 for update skip locked);
  get diagnostics disabled = row_count;
  update helpdesk.endpoints u set failing_since = now()
   where u.ctid in (
     select e.ctid from helpdesk.endpoints e where e.failing_since > now() + interval '1 s'
      limit 500 for update skip locked);
  get diagnostics failing = row_count;
  update helpdesk.endpoints u set replay_until = now(), replay_from = least(u.replay_from, now())
   where u.ctid in (
     select e.ctid from helpdesk.endpoints e where e.replay_until > now() + interval '1 s'
      limit 500 for update skip locked);
  get diagnostics replaying = row_count;
  return disabled + failing + replaying;
end
$$;
comment on function helpdesk.correct_endpoints is
  'Sets times of all organizations'' endpoints that are ahead of the clock, since it was set back, '
  'to now: at most 500 of each kind. Returns how many it changed.';

create or replace function helpdesk.prune_endpoints(out deliveries int)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  delete from helpdesk.deliveries d
   using (select w.ctid
            from helpdesk.endpoints e
            join helpdesk.deliveries w on w.org_id = e.org_id and w.endpoint_id = e.id
           where e.deleted_at is not null
           limit 500 for update of w skip locked) gone
   where d.ctid = gone.ctid;
  get diagnostics deliveries = row_count;
  delete from helpdesk.endpoints e
   using (select u.ctid from helpdesk.endpoints u
           where u.deleted_at is not null
             and not exists (select from helpdesk.deliveries d
                              where d.org_id = u.org_id and d.endpoint_id = u.id)
           limit 100 for update skip locked) gone
   where e.ctid = gone.ctid;
end
$$;
comment on function helpdesk.prune_endpoints is
  'Deletes what deleted endpoints of all organizations leave behind: at most 500 deliveries, with '
  'their attempts, and endpoints that have none left. Returns how many deliveries it deleted.';
