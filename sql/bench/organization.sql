-- For scripts/bench: an organization :'name' with :tickets tickets, whose keys no run uses up.
set synchronous_commit = off;
drop function if exists public.bench_organization;
\ir fill.sql
with made as (
  select * from public.bench_organization(:'name', :tickets, 1000000)
), orgs as (
  insert into growth_orgs select :'name', org from made
)
insert into growth_keys select :'name', unnest(keys) from made;
vacuum (analyze, freeze);
