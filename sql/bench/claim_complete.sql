-- A queue as one would write it by hand, for pgbench: claim one delivery, complete it with its attempt;
-- two transactions. Changes the same rows as the worker does.
with picked as (
  select d.org_id, d.id from helpdesk.deliveries d
   where d.state = 'pending' and d.endpoint_id = :endpoint and (d.attempts > 0) is false
     and d.next_attempt_at <= now()
   order by d.next_attempt_at limit 1 for update skip locked
)
update helpdesk.deliveries d
   set state = 'sending', next_attempt_at = null, locked_until = now() + interval '30 s'
  from picked p where d.org_id = p.org_id and d.id = p.id
returning d.org_id, d.id as delivery \gset

with done as (
  update helpdesk.deliveries d
     set state = 'succeeded', attempts = d.attempts + 1, locked_until = null,
         finished_at = clock_timestamp()
   where d.org_id = :org_id and d.id = :delivery and d.state = 'sending'
  returning d.*
)
insert into helpdesk.attempts (org_id, id, delivery_id, number, started_at, duration, status)
select org_id, helpdesk.new_id(clock_timestamp()), id, attempts, clock_timestamp(), '1 ms', 204
  from done;
