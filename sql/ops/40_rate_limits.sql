-- The rate limiter's counters: pruning them, and how much of its limit each key has used.

create or replace function ops.prune_rate_limits() returns int
language sql volatile security definer
set search_path = pg_catalog, pg_temp
return helpdesk.prune_rate_limits();
comment on function ops.prune_rate_limits is
  'Deletes the counters of up to 1,000 keys that had no request admitted for 5 minutes, and returns '
  'how many: repeat it while it returns 1,000. This changes no limit: a window is 60 s. The worker '
  'does this by itself.';

create or replace view ops.rate_limit_use as
select k.org_id, o.name as organization, k.id as key_id, k.name, k.prefix, k.rate_limit,
       u.used, greatest(0, k.rate_limit - u.used) as remaining, a.last_admitted_at
  from helpdesk.rate_limits r
  join helpdesk.api_keys k on k.org_id = r.org_id and k.id = r.key_id
  join helpdesk.organizations o on o.id = k.org_id
 -- The same arithmetic as in helpdesk.admit: times later than the clock count as now.
 cross join lateral (
   select case when k.rate_limit <= 1000 then r.hits[cardinality(r.hits)]
               when r.last_slot > 0 then to_timestamp(r.last_slot / 10.0) end as last_admitted_at
 ) a
 cross join lateral (
   select greatest(0, least(floor(extract(epoch from statement_timestamp()) * 10) - r.last_slot,
                            601))::int as shift
 ) s
 cross join lateral (
   select case when k.rate_limit <= 1000
               then cardinality(r.hits)
                    - width_bucket(statement_timestamp() - interval '60 s', r.hits)
               else r.used - (select coalesce(sum(n), 0)::int
                                from unnest(r.slots[: s.shift]) as gone (n))
          end as used
 ) u;
comment on view ops.rate_limit_use is
  'A row for each key with requests in the last minutes. used: requests counted in the last 60 s; '
  'remaining: how many more would be admitted now. Limits above 1,000 count in tenths of a second.';
