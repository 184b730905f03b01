-- A function changes one organization, which its first parameter, org_id, names. Only these
-- name none, or several:
--
-- - admit: a batch holds keys of many organizations, and only the key tells which one it belongs to
-- - note_key_use: it reads the rate limiter's counters, which are of all keys
-- - create_sessions: one sign-in is valid in every organization where the password matches
-- - end_tokens, replace_token: a browser's token may be signed in to several
-- - sign_in_wait, count_sign_in, take_back_sign_in, forget_sign_ins: before somebody has signed in,
--   the organization is unknown
-- - find_due_endpoints, claim_deliveries, record_results: a worker serves all of them, in batches
-- - rescue_deliveries, correct_deliveries, correct_endpoints, correct_moments: a crash or a wrong
--   clock can leave rows behind in any of them
-- - prune_deliveries, prune_endpoints, prune_events, prune_expired, prune_rate_limits: any of them can
--   have rows that are too old
--
-- The last two groups are below, except for the functions that belong to deliveries, events and
-- endpoints, which have files of their own. Unless stated otherwise, a call changes at most 500 rows of
-- a table, so that no lock is held for long and vacuum keeps up. It returns the number of rows changed
-- in the table where most were.

create or replace function helpdesk.prune_expired() returns int
language sql volatile as $$
  with sessions as (
    delete from helpdesk.sessions s
     using (select o.ctid from helpdesk.sessions o
             where o.created_at < now() - interval '7 days'
             order by o.created_at limit 500 for update skip locked) old
     where s.ctid = old.ctid
    returning 1
  ), attempts as (
    delete from helpdesk.sign_in_attempts a
     using (select o.ctid from helpdesk.sign_in_attempts o
             where o.last_at < now() - interval '15 minutes'
             order by o.last_at limit 500 for update skip locked) old
     where a.ctid = old.ctid
    returning 1
  ), keys as (
    delete from helpdesk.idempotency_keys k
     using (select o.ctid from helpdesk.idempotency_keys o
             where o.created_at < now() - interval '24 hours'
             order by o.created_at limit 500 for update skip locked) old
     where k.ctid = old.ctid
    returning 1
  )
  select greatest((select count(*) from sessions), (select count(*) from attempts), (select count(*) from keys))::int
$$;
comment on function helpdesk.prune_expired is
  'Deletes sessions that are too old, counts of sign-in tries that have left the window, and '
  'idempotency keys that are no longer valid, with the answers kept for them.';

create or replace function helpdesk.last_admitted_at(hits timestamptz[], last_slot bigint) returns timestamptz
language sql immutable parallel safe
return greatest(hits[cardinality(hits)], case when last_slot > 0 then to_timestamp(last_slot / 10.0) end);
comment on function helpdesk.last_admitted_at is
  'When a counter in rate_limits last admitted a request: exactly, or to the tenth of a second for '
  'limits above 1,000.';

create or replace function helpdesk.note_key_use() returns int
language sql volatile as $$
  with used as (
    select k.ctid, least(u.at, now()) as at
      from helpdesk.rate_limits r
     cross join lateral (select helpdesk.last_admitted_at(r.hits, r.last_slot) as at) u
      join helpdesk.api_keys k on k.org_id = r.org_id and k.id = r.key_id
     where case when u.at < now() - interval '30 s' then k.last_used_at < u.at
                when u.at <= now() then k.last_used_at < u.at - interval '30 s' end
        -- The clock was set back: the counter is ahead until the key's next request, or the use noted is.
        or u.at is not null and (k.last_used_at is null or k.last_used_at > now())
     limit 10000 for no key update of k skip locked
  ), noted as (
    update helpdesk.api_keys k set last_used_at = used.at from used where k.ctid = used.ctid
    returning 1
  )
  select count(*)::int from noted
$$;
comment on function helpdesk.note_key_use is
  'Notes when keys were last used, as the rate limiter''s counters tell: every 30 s for a key in '
  'steady use, and once more when it has been idle for 30 s. At most 10,000 keys; returns how many.';

create or replace function helpdesk.prune_rate_limits() returns int
language sql volatile as $$
  -- Waits for no row, so that it cannot deadlock with admissions, which wait for it.
  with pruned as (
    delete from helpdesk.rate_limits r
     using (select o.ctid
              from helpdesk.rate_limits o, (select clock_timestamp() - interval '5 minutes' as at) idle_since
             where coalesce(o.hits[cardinality(o.hits)] < idle_since.at, true)
               and o.last_slot < floor(extract(epoch from idle_since.at) * 10)
               -- Its use has been noted.
               and not exists (
                     select from helpdesk.api_keys k
                      where k.org_id = o.org_id and k.id = o.key_id
                        and coalesce(k.last_used_at, '-infinity')
                            < helpdesk.last_admitted_at(o.hits, o.last_slot))
             limit 1000 for update of o skip locked) idle
     where r.ctid = idle.ctid
    returning 1
  )
  select count(*)::int from pruned
$$;
comment on function helpdesk.prune_rate_limits is
  'Deletes the counters of keys that had no request admitted for 5 minutes, if helpdesk.note_key_use '
  'has noted the last one; at most 1,000.';

create or replace function helpdesk.correct_moments() returns int
language sql volatile as $$
  -- One second is added, since others may have written after this transaction began.
  with sessions as (
    update helpdesk.sessions s set created_at = now(), last_seen_at = least(s.last_seen_at, now())
     where s.ctid in (
       select a.ctid from helpdesk.sessions a
        where a.created_at > now() + interval '1 s' limit 500 for update skip locked)
    returning 1
  ), attempts as (
    update helpdesk.sign_in_attempts s
       set last_at = now(),
           hits = array(select least(h.at, now()) from unnest(s.hits) with ordinality as h (at, number)
                         order by h.number)
     where s.ctid in (
       select a.ctid from helpdesk.sign_in_attempts a
        where a.last_at > now() + interval '1 s' limit 500 for update skip locked)
    returning 1
  ), keys as (
    update helpdesk.idempotency_keys k set created_at = now()
     where k.ctid in (
       select a.ctid from helpdesk.idempotency_keys a
        where a.created_at > now() + interval '1 s' limit 500 for update skip locked)
    returning 1
  )
  select greatest((select count(*) from sessions), (select count(*) from attempts), (select count(*) from keys))::int
$$;
comment on function helpdesk.correct_moments is
  'Sets times of sessions, sign-in tries and idempotency keys that are ahead of the clock to now: '
  'rows from when the clock was wrong.';
