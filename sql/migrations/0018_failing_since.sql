-- Since when an endpoint has been failing: a replay begins with the failure that began the run, not with the tenth.

alter table helpdesk.endpoints add column failing_since timestamptz;
comment on column helpdesk.endpoints.failing_since is
  'When the first of consecutive_failures ended, while it is enabled; then, if they or a 410 disabled it, '
  'the first of the run that did. Null where a person disabled it.';
-- Among these few, moments ahead of the clock are looked for.
create index endpoints_failing_idx on helpdesk.endpoints (org_id, id) where failing_since is not null;

-- As many failures back as are counted.
update helpdesk.endpoints e
   set failing_since = coalesce(
         (select d.finished_at from helpdesk.deliveries d
           where d.org_id = e.org_id and d.endpoint_id = e.id and d.state = 'failed'
             and d.finished_at <= coalesce(e.disabled_at, 'infinity')
           order by d.finished_at desc offset e.consecutive_failures - 1 limit 1),
         e.disabled_at)
 where e.consecutive_failures > 0
   and (e.disabled_at is null
        or e.disabled_reason in ('10 deliveries in a row failed', 'it answered 410 Gone'));
