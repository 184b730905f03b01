-- A queue: claim one delivery, with what a sender reads of its event and endpoint; then complete it with
-- its attempt. Two transactions.
with picked as (
  select id from deliveries where state = 'pending' and next_attempt_at <= now()
   order by next_attempt_at limit 1 for update skip locked
), claimed as (
  update deliveries d set state = 'sending', next_attempt_at = null, locked_until = now() + interval '30 s'
    from picked p where d.id = p.id
  returning d.*
)
select c.id as delivery, v.body, e.url
  from claimed c join events v on v.id = c.event_id join endpoints e on e.id = c.endpoint_id \gset

with done as (
  update deliveries set state = 'succeeded', attempts = attempts + 1, locked_until = null, finished_at = now()
   where id = :delivery and state = 'sending'
  returning id, attempts
)
insert into attempts select id, attempts, now(), '1 ms', 204 from done;
