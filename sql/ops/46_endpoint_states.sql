-- What enabling, disabling and sending again consist of, for operators and the console.
--
-- Whoever enables or disables an endpoint locks its row before its deliveries, and whoever makes a
-- delivery held locks the row at least "for share" and then looks at disabled_at. So no delivery is
-- held by mistake on an enabled endpoint. docs/webhooks.md has the whole story.

create or replace function ops._hold_waiting(endpoint helpdesk.endpoints) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  held int;
begin
  update helpdesk.deliveries d
     set state = 'held', next_attempt_at = null
    from (select w.org_id, w.id from helpdesk.deliveries w
           where w.org_id = endpoint.org_id and w.endpoint_id = endpoint.id and w.state = 'pending'
           limit 1000 for update) waiting
   where d.org_id = waiting.org_id and d.id = waiting.id;
  get diagnostics held = row_count;
  return held;
end
$$;
comment on function ops._hold_waiting is
  'For the other functions: holds what waits for an endpoint, at most 1,000, and returns how many '
  'that were. A worker holds the rest: tickets wait for whoever has the endpoint locked.';

create or replace function ops._replay(endpoint_id text, in_org_id text default null) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints :=
    ops._lock_endpoint(endpoint_id, in_org_id => in_org_id);
  replayed int := 0;
begin
  if endpoint.replay_until is not null and endpoint.disabled_at is null then
    update helpdesk.deliveries d
       set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), finished_at = null
      from (select r.org_id, r.id
              from (select h.org_id, h.id from helpdesk.deliveries h
                     where h.org_id = endpoint.org_id and h.endpoint_id = endpoint.id
                       and h.state = 'held'
                    union all
                    select f.org_id, f.id from helpdesk.deliveries f
                     where f.org_id = endpoint.org_id and f.endpoint_id = endpoint.id
                       and f.state = 'failed' and f.finished_at >= endpoint.replay_from
                       and f.finished_at < endpoint.replay_until) r
             limit 1000) again
     where d.org_id = again.org_id and d.id = again.id and d.state in ('held', 'failed');
    get diagnostics replayed = row_count;
    if replayed = 0 then
      update helpdesk.endpoints e set replay_from = null, replay_until = null
       where e.org_id = endpoint.org_id and e.id = endpoint.id;
    else
      perform ops._wake_workers();
    end if;
  end if;
  return replayed;
end
$$;
comment on function ops._replay is
  'For the other functions and the worker: makes the next 1,000 deliveries of an endpoint''s replay '
  'pending and returns how many that were; 0 ends the replay.';

create or replace function ops._wake_workers() returns void
language sql volatile
set search_path = pg_catalog, pg_temp
return pg_notify('helpdesk_deliveries', '');
comment on function ops._wake_workers is
  'For the other functions: tells the workers, when this transaction commits, that deliveries are '
  'due. They also look by themselves.';

create or replace function ops._start_replay(endpoint helpdesk.endpoints, since timestamptz) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update helpdesk.endpoints e
     set replay_from = least(e.replay_from, since), replay_until = clock_timestamp()
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._replay(endpoint.id, endpoint.org_id);
end
$$;
comment on function ops._start_replay is
  'For the other functions: sends what a locked, enabled endpoint has held, and what failed since '
  'then, with four fresh attempts: the first 1,000 at once, their number is returned, the rest by a '
  'worker.';

create or replace function ops._enable_endpoint(endpoint helpdesk.endpoints, replay boolean) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if endpoint.disabled_at is not null then
    -- What the worker has not come round to holding.
    perform ops._hold_waiting(endpoint);
  end if;
  update helpdesk.endpoints e
     set consecutive_failures = 0, failing_since = null, disabled_at = null, disabled_reason = null,
         replay_from = case when replay then e.replay_from end,
         replay_until = case when replay then e.replay_until end
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  if replay then
    return ops._start_replay(
      endpoint,
      case when endpoint.disabled_at is null then clock_timestamp()
           -- Null where a person disabled it.
           else least(endpoint.failing_since, endpoint.disabled_at) end);
  end if;
  return 0;
end
$$;
comment on function ops._enable_endpoint is
  'For the other functions: enables a locked endpoint, and with replay starts to send what is held, '
  'or failed since the run of failures began that disabled it (by hand: since it was disabled). Returns '
  'how many of these are pending now.';

create or replace function ops._disable_endpoint(endpoint helpdesk.endpoints, reason text) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update helpdesk.endpoints e
     set failing_since = case when e.disabled_at is not null then e.failing_since end,
         disabled_at = coalesce(e.disabled_at, clock_timestamp()), disabled_reason = reason
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._hold_waiting(endpoint);
end
$$;
comment on function ops._disable_endpoint is
  'For the other functions: disables a locked endpoint and holds what waits, at most 1,000; returns '
  'how many that were.';

create or replace function ops._redeliver(endpoint helpdesk.endpoints, delivery_id text) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  new_state text;
begin
  update helpdesk.deliveries d
     set state = case when endpoint.disabled_at is null then 'pending' else 'held' end,
         attempts = 0,
         next_attempt_at = case when endpoint.disabled_at is null then clock_timestamp() end,
         finished_at = null
   where d.org_id = endpoint.org_id and d.id = delivery_id and d.endpoint_id = endpoint.id
     and d.state <> 'sending'
  returning d.state into new_state;
  if new_state is null then
    raise object_in_use using
      message = format('delivery %L is being sent at this moment', delivery_id),
      hint = 'Wait until the attempt ends, at most a minute.';
  end if;
  perform ops._wake_workers();
  return new_state;
end
$$;
comment on function ops._redeliver is
  'For the other functions: sends a delivery of an endpoint that is locked for share again, and '
  'returns its new state. 55006 while it is being sent.';
