-- The webhook queue. docs/webhooks.md draws the states of a delivery and shows who changes them.

-- In SQL and stable, so that the planner inlines its body.
create or replace function helpdesk.find_due_endpoints()
returns table (org_id text, endpoint_id text, is_retry boolean, due_at timestamptz)
language sql stable as $$
  with recursive head (org_id, endpoint_id, is_retry, due_at) as (
    (select d.org_id, d.endpoint_id, d.attempts > 0, d.next_attempt_at from helpdesk.deliveries d
      where d.state = 'pending'
      order by d.endpoint_id, d.attempts > 0, d.next_attempt_at limit 1)
    union all
    select n.org_id, n.endpoint_id, n.is_retry, n.next_attempt_at
      from head h cross join lateral (
        select d.org_id, d.endpoint_id, d.attempts > 0 as is_retry, d.next_attempt_at
          from helpdesk.deliveries d
         where d.state = 'pending' and (d.endpoint_id, d.attempts > 0) > (h.endpoint_id, h.is_retry)
         order by d.endpoint_id, d.attempts > 0, d.next_attempt_at limit 1) n
  )
  select h.org_id, h.endpoint_id, h.is_retry, h.due_at from head h where h.due_at <= now()
$$;
comment on function helpdesk.find_due_endpoints is
  'The first delivery and the first retry that are due, for each endpoint. It hops through the '
  'queue''s index from endpoint to endpoint, so an endpoint with one delivery costs as much as one '
  'with a million.';

create or replace function helpdesk.claim_deliveries(
  most int, most_of_standing int[], shared_of_standing int[], most_first int, most_retries int, most_bytes bigint,
  lease_seconds int, known_keys text[], left_out text[],
  endpoint_ids text[], standings int[], rooms int[], retry_rooms int[], under_ways int[]
) returns table (
  org_id text, id text, endpoint_id text, event_id text, type text, url text, body text, secret_ids text[],
  secrets text[], secret_key_ids text[], attempts int, locked_until timestamptz, clock timestamptz, waited bigint,
  most_taken int, is_first boolean, traceparent text
)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- A claim need not wait for the disk: if the database crashes and loses it, the delivery is pending
  -- again. With a synchronous standby it does wait. A primary that is dying may briefly show a commit
  -- that the standby never received, and the event of that commit must not be sent.
  if current_setting('synchronous_standby_names') = '' then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  return query
    with due as (
      select h.endpoint_id, h.is_retry, h.due_at, e.url, coalesce(l.standing, 1) as standing,
             coalesce(l.under_way, 0) as under_way,
             case when h.is_retry then coalesce(l.retry_room, most_retries)
                  else coalesce(l.room, most_first) end as room
        from helpdesk.find_due_endpoints() h
        join helpdesk.endpoints e on e.org_id = h.org_id and e.id = h.endpoint_id
        left join unnest(endpoint_ids, standings, rooms, retry_rooms, under_ways)
          as l (endpoint_id, standing, room, retry_room, under_way) on l.endpoint_id = h.endpoint_id
       where e.disabled_at is null and h.endpoint_id <> all (left_out)
         -- A worker leaves deliveries that it cannot sign to one that has the key.
         and not exists (
               select from helpdesk.endpoint_secrets s
                where s.org_id = h.org_id and s.endpoint_id = h.endpoint_id
                  and s.key_id is not null and s.key_id <> all (known_keys)
                  and (s.expires_at is null or s.expires_at > now())
               offset 0)
    ), ready as materialized (
      select d.*, most_of_standing[d.standing + 1] as budget, shared_of_standing[d.standing + 1] as shared,
             count(*) over (partition by d.standing) as peers,
             row_number() over (partition by d.standing
                                order by d.under_way, d.is_retry desc, d.due_at) as rank
        from due d where d.room > 0
    ), picked as materialized (
      select p.*, r.url, r.most, octet_length(v.body) as size,
             row_number() over (order by r.standing desc, r.rank, p.due_at) as turn
        from (select y.*, least(y.room, greatest(1, y.shared / y.peers))::int as most
                from ready y where y.rank <= y.budget) r
       cross join lateral (
         select d.ctid, d.org_id, d.event_id, d.next_attempt_at as due_at from helpdesk.deliveries d
          where d.state = 'pending' and d.endpoint_id = r.endpoint_id
            and (d.attempts > 0) = r.is_retry and d.next_attempt_at between r.due_at and now()
          order by d.next_attempt_at limit r.most for update of d skip locked) p
        join helpdesk.events v on v.org_id = p.org_id and v.id = p.event_id
    ), claimed as (
      update helpdesk.deliveries d
         set state = 'sending', next_attempt_at = null, locked_until = now() + lease_seconds * interval '1 s'
        from (select k.*, sum(k.size) over (order by k.turn) - k.size as bytes_before from picked k) p
       -- By row, since a plan made while the table was empty would read all of it for each key.
       where d.ctid = p.ctid and p.turn <= most and p.bytes_before < most_bytes
      returning d.*, p.url, p.most, p.due_at
    )
    select c.org_id, c.id, c.endpoint_id, c.event_id, v.type, c.url, v.body, k.ids, k.texts, k.key_ids, c.attempts,
           c.locked_until, clock_timestamp(), (extract(epoch from now() - c.due_at) * 1000000)::bigint, c.most,
           c.due_at = c.created_at, v.traceparent
      from claimed c
      join helpdesk.events v on v.org_id = c.org_id and v.id = c.event_id
     cross join lateral (
       select coalesce(array_agg(s.id), '{}') as ids, coalesce(array_agg(s.secret), '{}') as texts,
              coalesce(array_agg(coalesce(s.key_id, '')), '{}') as key_ids
         from (select s.id, s.secret, s.key_id from helpdesk.endpoint_secrets s
                where s.org_id = c.org_id and s.endpoint_id = c.endpoint_id
                  and (s.expires_at is null or s.expires_at > now())
                order by s.expires_at is not null, s.created_at desc) s
     ) k;
end
$$;
comment on function helpdesk.claim_deliveries is
  'Claims deliveries that are due, in all organizations, for lease_seconds each. Endpoints take '
  'turns: those with the fewest under way come first, and within a standing (0 failing, 1 unknown, 2 '
  'proven) each gets an equal share of shared_of_standing. Claims at most: most in all, '
  'most_of_standing of each standing, most_first first attempts and most_retries retries of an '
  'endpoint (rooms and retry_rooms of endpoint_ids), and most_bytes of bodies, but at least one '
  'delivery. Leaves out endpoints that are disabled, that left_out names, or that have a secret '
  'whose key is not in known_keys. secrets: those that sign, the newest first, with an empty key id '
  'if one is not sealed. waited: microseconds since it became due. most_taken: the limit that this '
  'claim had for first attempts, or for retries, of the endpoint. is_first: it has never been sent, '
  'and nobody has asked for it to be sent again.';

create or replace function helpdesk.record_results(
  org_ids text[], ids text[], endpoint_ids text[], leases timestamptz[], outcomes text[], delays bigint[],
  ages bigint[], durations bigint[], statuses int[], errors text[], responses text[]
) returns table (index bigint, is_busy boolean, is_recorded boolean, disabling text)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  -- The number of failed deliveries in a row that disables an endpoint.
  most_failures constant int := 10;
begin
  return query
    with given as (
      select r.*
        from unnest(org_ids, ids, endpoint_ids, leases, outcomes, delays, ages, durations, statuses, errors,
                    responses) with ordinality
          as r (org_id, id, endpoint_id, lease, outcome, delay, age, duration, status, error, response, index)
       -- PostgreSQL assumes that a limit it does not know leaves a tenth of the rows: one, here.
       limit cardinality(ids)
    ), result as materialized (
      select r.*, d.ctid, r.outcome in ('failed', 'gone')
                  or r.outcome = 'succeeded' and e.consecutive_failures > 0 as counts
        from given r join helpdesk.endpoints e on e.org_id = r.org_id and e.id = r.endpoint_id
        -- Not by `=`, which a plan made while the table was empty may look up by another index. The
        -- primary key's alone has this order.
        left join lateral (
          select d.ctid from helpdesk.deliveries d
           where (d.org_id, d.id) >= (r.org_id, r.id) order by d.org_id, d.id limit 1) d on true
    ), locked as materialized (
      select e.org_id, e.id, e.consecutive_failures
        from (select distinct r.org_id, r.endpoint_id from result r where r.counts) c
        join helpdesk.endpoints e on e.org_id = c.org_id and e.id = c.endpoint_id
         for update of e skip locked
    ), moment as materialized (
      select clock_timestamp() as at
    ), recorded as (
      update helpdesk.deliveries d
         set state = case r.outcome when 'retry' then 'pending' when 'returned' then 'pending'
                                    when 'succeeded' then 'succeeded' else 'failed' end,
             attempts = d.attempts + (r.outcome <> 'returned')::int, locked_until = null,
             next_attempt_at = case when r.outcome in ('retry', 'returned')
                                    then m.at + r.delay * interval '1 us' end,
             finished_at = case when r.outcome not in ('retry', 'returned') then m.at end
        from result r left join locked l on l.org_id = r.org_id and l.id = r.endpoint_id, moment m
       -- By row, as in a claim. Only a delivery in state 'sending' has a lease.
       where d.ctid = r.ctid and d.org_id = r.org_id and d.id = r.id and d.locked_until = r.lease
         and (l.id is not null or not r.counts)
      returning r.*, d.attempts as number
    ), attempt as (
      insert into helpdesk.attempts
        (org_id, id, delivery_id, number, started_at, duration, status, error, response)
      select r.org_id, helpdesk.new_id(m.at), r.id, r.number, m.at - r.age * interval '1 us',
             r.duration * interval '1 us', nullif(r.status, 0), nullif(r.error, ''), nullif(r.response, '')
        from recorded r, moment m where r.outcome <> 'returned'
    ), run as (
      select r.org_id, r.endpoint_id, r.cut, bool_or(r.outcome = 'gone') as is_gone,
             count(*) filter (where r.outcome <> 'succeeded')
               + case when r.cut = 0 then l.consecutive_failures else 0 end as failures
        from (select r.*, count(*) filter (where r.outcome = 'succeeded')
                            over (partition by r.org_id, r.endpoint_id order by r.index) as cut
                from recorded r where r.outcome not in ('retry', 'returned')) r
        join locked l on l.org_id = r.org_id and l.id = r.endpoint_id
       group by r.org_id, r.endpoint_id, r.cut, l.consecutive_failures
    ), tally as (
      select n.org_id, n.endpoint_id, (array_agg(n.failures order by n.cut desc))[1] as failures,
             case when bool_or(n.is_gone) then 'it answered 410 Gone'
                  when max(n.failures) >= most_failures then '10 deliveries in a row failed' end as fault,
             -- True if the run that disables the endpoint, or otherwise the last run, continues the count
             -- from before this batch.
             coalesce(min(n.cut) filter (where n.is_gone or n.failures >= most_failures), max(n.cut)) = 0
               as goes_on
        from run n group by n.org_id, n.endpoint_id
    ), judged as (
      update helpdesk.endpoints e
         set consecutive_failures = t.failures,
             failing_since = case
               when e.disabled_at is not null then e.failing_since
               when t.failures = 0 and t.fault is null then null
               when t.goes_on and e.consecutive_failures > 0 then least(e.failing_since, m.at)
               else m.at end,
             disabled_at = coalesce(e.disabled_at, case when t.fault <> '' then m.at end),
             disabled_reason = coalesce(e.disabled_reason, t.fault)
        from tally t, moment m
       where e.org_id = t.org_id and e.id = t.endpoint_id
         and (e.consecutive_failures <> t.failures or (t.fault <> '' and e.disabled_at is null)
              or (t.failures > 0 and not t.goes_on))
      returning e.org_id, e.id, case when e.disabled_at = m.at then e.disabled_reason end as fault
    )
    select r.index, r.counts and l.id is null, done.index is not null,
           case when r.index = min(r.index) over (partition by r.org_id, r.endpoint_id) then j.fault end
      from result r
      left join recorded done on done.index = r.index
      left join locked l on l.org_id = r.org_id and l.id = r.endpoint_id
      left join judged j on j.org_id = r.org_id and j.id = r.endpoint_id;
end
$$;
comment on function helpdesk.record_results is
  'Records the results of deliveries, each only under the lease that it was claimed with: succeeded, '
  'retry (again after its delay), failed, gone (the endpoint answered 410) or returned (nothing was '
  'sent). Delays, ages (since the attempt began) and durations are in microseconds; status 0, an '
  'empty error and an empty response mean none. Failures in a row are counted in the order of the '
  'arrays: a success cuts the batch into runs, the first of which continues the existing count. '
  'failing_since keeps the beginning of the run that disabled an endpoint, where a replay starts. '
  'Endpoints whose count changes are locked without waiting: the results of a locked one are busy, '
  'and others need not wait. No row: the endpoint was deleted. disabling: the reason why the batch '
  'disabled the endpoint, with the first of its results.';

create or replace function helpdesk.hold_deliveries(
  org_id text, endpoint_id text, waits boolean default false
) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  ids text[];
  held int;
begin
  perform from helpdesk.endpoints e
   where e.org_id = org_id and e.id = endpoint_id and e.disabled_at is not null for share skip locked;
  if not found then return 0; end if;
  if waits then
    ids := array(
      select w.id from helpdesk.deliveries w
       where w.org_id = org_id and w.endpoint_id = endpoint_id and w.state = 'pending' limit 1000 for update);
  else
    ids := array(
      select w.id from helpdesk.deliveries w
       where w.org_id = org_id and w.endpoint_id = endpoint_id and w.state = 'pending'
       limit 1000 for update skip locked);
  end if;
  update helpdesk.deliveries d set state = 'held', next_attempt_at = null
   where d.org_id = org_id and d.id = any (ids);
  get diagnostics held = row_count;
  return held;
end
$$;
comment on function helpdesk.hold_deliveries is
  'Holds what waits for a disabled endpoint, at most 1,000, so that no ticket waits for long; a '
  'worker continues until none is left. waits: true waits for deliveries that a claim has locked; '
  'false skips them. Returns how many it held; 0 also while somebody is changing the endpoint.';

create or replace function helpdesk.send_again(org_id text, ids text[], is_held boolean) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  again int;
begin
  update helpdesk.deliveries d
     set state = case when is_held then 'held' else 'pending' end, attempts = 0,
         next_attempt_at = case when not is_held then clock_timestamp() end, finished_at = null
   where d.org_id = org_id and d.id = any (ids) and d.state <> 'sending';
  get diagnostics again = row_count;
  if again > 0 then perform pg_notify('helpdesk_deliveries', ''); end if;
  return again;
end
$$;
comment on function helpdesk.send_again is
  'Gives deliveries four fresh attempts at once, or holds them; leaves out those that are being '
  'sent. The caller has locked their endpoint. Returns how many it changed.';

create or replace function helpdesk.replay_deliveries(org_id text, endpoint_id text) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  replayed int;
  endpoint record;
begin
  select e.replay_from, e.replay_until into endpoint from helpdesk.endpoints e
   where e.org_id = org_id and e.id = endpoint_id and e.replay_until is not null and e.disabled_at is null
     for update;
  if not found then return 0; end if;
  replayed := helpdesk.send_again(org_id, array(
    select r.id
      from (select d.id from helpdesk.deliveries d
             where d.org_id = org_id and d.endpoint_id = endpoint_id and d.state = 'held'
            union all
            select d.id from helpdesk.deliveries d
             where d.org_id = org_id and d.endpoint_id = endpoint_id and d.state = 'failed'
               and d.finished_at >= endpoint.replay_from and d.finished_at < endpoint.replay_until) r
     limit 1000), false);
  if replayed = 0 then
    update helpdesk.endpoints e set replay_from = null, replay_until = null
     where e.org_id = org_id and e.id = endpoint_id;
  end if;
  return replayed;
end
$$;
comment on function helpdesk.replay_deliveries is
  'Sends again the next 1,000 deliveries of an endpoint''s replay. Returns how many; 0 means that '
  'the replay is over.';

create or replace function helpdesk.start_replay(org_id text, endpoint_id text, since timestamptz) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  update helpdesk.endpoints e
     set replay_from = least(e.replay_from, since), replay_until = clock_timestamp()
   where e.org_id = org_id and e.id = endpoint_id;
  return helpdesk.replay_deliveries(org_id, endpoint_id);
end
$$;
comment on function helpdesk.start_replay is
  'Sends again what an enabled endpoint has held, and what has failed since then: the first 1,000 at '
  'once, whose number it returns, the rest by a worker.';

create or replace function helpdesk.replay_endpoint(
  org_id text, actor_id text, address text, endpoint_id text, hours int,
  out refusal text, out replayed int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
begin
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, true);
  refusal := coalesce(endpoint.refusal, case when endpoint.disabled_at is not null then 'unchanged' end);
  if refusal is not null then return; end if;
  replayed := helpdesk.start_replay(org_id, endpoint_id, clock_timestamp() - make_interval(hours => hours));
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.redelivered', endpoint_id, endpoint.url);
end
$$;
comment on function helpdesk.replay_endpoint is
  'Sends again what has failed for an endpoint in the last hours, and everything that is held. '
  'unchanged: the endpoint is disabled.';

create or replace function helpdesk.redeliver(
  org_id text, actor_id text, address text, delivery_id text,
  out refusal text, out state text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
begin
  -- Shared, so that tickets can continue meanwhile.
  select l.refusal, l.url, l.disabled_at into endpoint
    from helpdesk.deliveries d, helpdesk.lock_endpoint(org_id, actor_id, d.endpoint_id, false) l
   where d.org_id = org_id and d.id = delivery_id;
  refusal := case when not found or endpoint.refusal = 'endpoint_not_found' then 'delivery_not_found'
                  else endpoint.refusal end;
  if refusal is not null then return; end if;
  if helpdesk.send_again(org_id, array[delivery_id], endpoint.disabled_at is not null) = 0 then
    refusal := 'being_sent';
    return;
  end if;
  state := case when endpoint.disabled_at is null then 'pending' else 'held' end;
  perform helpdesk.audit(org_id, actor_id, address, 'webhook.redelivered', delivery_id, endpoint.url);
end
$$;
comment on function helpdesk.redeliver is
  'Sends a delivery again, under the same delivery and event ids. state: the new state, pending, or '
  'held if the endpoint is disabled.';

create or replace function helpdesk.redeliver_failed(
  org_id text, actor_id text, address text, endpoint_id text, since timestamptz, until timestamptz, at_most int,
  out refusal text, out redelivered int
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  endpoint record;
  ids text[];
begin
  -- Shared, so that tickets can continue meanwhile.
  select * into endpoint from helpdesk.lock_endpoint(org_id, actor_id, endpoint_id, false);
  refusal := endpoint.refusal;
  if refusal is not null then return; end if;
  ids := array(
    select d.id from helpdesk.deliveries d
     where d.org_id = org_id and d.endpoint_id = endpoint_id and d.state = 'failed'
       and d.finished_at >= since and d.finished_at < until
     order by d.finished_at, d.id limit at_most for update skip locked);
  if endpoint.disabled_at is null then
    ids := ids || array(
      select d.id from helpdesk.deliveries d
       where d.org_id = org_id and d.endpoint_id = endpoint_id and d.state = 'held' and d.created_at >= since
       order by d.created_at, d.id limit at_most - cardinality(ids) for update skip locked);
  end if;
  redelivered := helpdesk.send_again(org_id, ids, endpoint.disabled_at is not null);
  if redelivered > 0 then
    perform helpdesk.audit(org_id, actor_id, address, 'webhook.redelivered', endpoint_id, endpoint.url);
  end if;
end
$$;
comment on function helpdesk.redeliver_failed is
  'Sends again what failed for an endpoint between since and until, and then what is held and was '
  'created since then; the oldest first, at_most in all. If the endpoint is disabled, what failed is '
  'held, and what is held stays held.';

create or replace function helpdesk.rescue_deliveries(lease_seconds int) returns int
language sql volatile as $$
  with rescued as (
    update helpdesk.deliveries d set state = 'pending', next_attempt_at = now(), locked_until = null
      from (select s.ctid from helpdesk.deliveries s
             where s.state = 'sending'
               and (s.locked_until < now() or s.locked_until > now() + 2 * lease_seconds * interval '1 s')
             order by s.locked_until limit 500 for update skip locked) expired
     where d.ctid = expired.ctid
    returning 1
  )
  select count(*)::int from rescued
$$;
comment on function helpdesk.rescue_deliveries is
  'Makes deliveries of all organizations pending again whose lease has ended without a result, '
  'because their worker was killed or lost its database, and those whose lease ends later than '
  'possible, because the clock was set back by more than a lease. At most 500; returns how many it '
  'changed.';

create or replace function helpdesk.correct_deliveries(
  first_delay_seconds bigint, retry_delay_seconds bigint,
  out due int, out finished int
)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- One second is added, since others may have written after this transaction began. The last waiting
  -- delivery and the last waiting retry of each endpoint are found as a claim finds the first ones.
  with recursive tail (endpoint_id, is_retry, due_at) as (
    (select d.endpoint_id, d.attempts > 0, d.next_attempt_at from helpdesk.deliveries d
      where d.state = 'pending'
      order by d.endpoint_id desc, (d.attempts > 0) desc, d.next_attempt_at desc limit 1)
    union all
    select n.endpoint_id, n.is_retry, n.next_attempt_at
      from tail t cross join lateral (
        select d.endpoint_id, d.attempts > 0 as is_retry, d.next_attempt_at
          from helpdesk.deliveries d
         where d.state = 'pending' and (d.endpoint_id, d.attempts > 0) < (t.endpoint_id, t.is_retry)
         order by d.endpoint_id desc, (d.attempts > 0) desc, d.next_attempt_at desc limit 1) n
  ), late as materialized (
    select w.ctid
      from (select l.*, now() + interval '1 s'
                     + case when l.is_retry then retry_delay_seconds else first_delay_seconds end * interval '1 s'
                     as latest
              from tail l) t
     cross join lateral (
       select d.ctid from helpdesk.deliveries d
        where d.state = 'pending' and d.endpoint_id = t.endpoint_id and (d.attempts > 0) = t.is_retry
          and d.next_attempt_at > t.latest
        order by d.next_attempt_at limit 500 for update skip locked) w
     where t.due_at > t.latest
     limit 500
  )
  update helpdesk.deliveries d set next_attempt_at = now()
    from late l where d.ctid = l.ctid;
  get diagnostics due = row_count;
  update helpdesk.deliveries d set finished_at = now()
   where d.ctid in (
     select f.ctid from helpdesk.deliveries f
      where f.finished_at > now() + interval '1 s' and f.state in ('succeeded', 'failed')
      limit 500 for update skip locked);
  get diagnostics finished = row_count;
end
$$;
comment on function helpdesk.correct_deliveries is
  'Sets times of all organizations'' deliveries that are ahead of the clock, since it was set back, '
  'to now: at most 500 of each kind. A waiting delivery is ahead if it is due later than the longest '
  'delay of a first attempt, or of a retry, allows. due: how many have become due. finished: how '
  'many had ended.';

create or replace function helpdesk.prune_deliveries(older_than_seconds bigint) returns int
language sql volatile as $$
  with pruned as (
    delete from helpdesk.deliveries d
     using (select f.ctid from helpdesk.deliveries f
             where f.state in ('succeeded', 'failed') and f.finished_at < now() - older_than_seconds * interval '1 s'
             order by f.finished_at limit 500 for update skip locked) old
     where d.ctid = old.ctid
    returning 1
  )
  select count(*)::int from pruned
$$;
comment on function helpdesk.prune_deliveries is
  'Deletes deliveries of all organizations that ended long ago, with their attempts. At most 500; '
  'returns how many it deleted.';

create or replace function helpdesk.prune_events(
  older_than_seconds bigint, after_created_at timestamptz, after_id text,
  out deleted int, out last_created_at timestamptz, out last_id text
)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  with page as materialized (
    select e.org_id, e.id, e.created_at from helpdesk.events e
     where e.created_at < now() - older_than_seconds * interval '1 s' and e.created_at >= after_created_at
       and (e.created_at, e.id) > (after_created_at, after_id)
     order by e.created_at, e.id limit 1000
  ), gone as (
    delete from helpdesk.events e using page p
     where e.org_id = p.org_id and e.id = p.id
       and not exists (select from helpdesk.deliveries d where d.org_id = e.org_id and d.event_id = e.id)
    returning e.id
  )
  select (select count(*) from gone)::int, p.created_at, p.id into deleted, last_created_at, last_id
    from page p order by p.created_at desc, p.id desc limit 1;
end
$$;
comment on function helpdesk.prune_events is
  'Looks at the next 1,000 old events of all organizations after the given one, and deletes those '
  'that no delivery needs any more. The last one looked at is where to continue; null at the end.';
