-- For scripts/bench: an organization :'name' with :tickets tickets, whose keys no run uses up.
set synchronous_commit = off;
\ir fill.sql
call public.bench_organization(:'name', :tickets, 1, 1000000);
insert into growth_orgs select distinct m.name, m.org_id from public.bench_made m where m.name = :'name';
insert into growth_keys select m.name, m.key from public.bench_made m where m.name = :'name';
vacuum (analyze, freeze);
