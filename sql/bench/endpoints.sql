-- For scripts/bench: :organizations organizations :'name', each with :endpoints endpoints of :'url'.
select count(*)
  from (select ops.create_org(:'name', 'pro') as id from generate_series(1, :organizations) offset 0) o,
       generate_series(1, :endpoints) n,
       ops.create_endpoint(o.id, :'url' || '?' || n, array['ticket.merged']) e
 \g /dev/null
