-- psql: a login in each of TacoHelp's roles and the database tacohelp, for docker-compose.yml and
-- scripts/server; a pattern for others. Requires a superuser, and the passwords in the variables
-- migrator, server and operator. What exists stays; the passwords are set again.

\set ON_ERROR_STOP on
\ir roles.sql

select format('create role %I login', login)
  from unnest(array['tacohelp_migrator', 'tacohelp_server', 'tacohelp_operator']) login
 where not exists (select from pg_roles where rolname = login)
\gexec
alter role tacohelp_migrator password :'migrator';
alter role tacohelp_server password :'server';
alter role tacohelp_operator password :'operator';
set client_min_messages = warning;
grant tacohelp_owner to tacohelp_migrator;
grant tacohelp_app to tacohelp_server;
grant tacohelp_ops to tacohelp_operator;
-- The role owns the objects that the migrator makes, not the login.
alter role tacohelp_migrator set role = 'tacohelp_owner';

select 'create database tacohelp owner tacohelp_owner template template0'
 where not exists (select from pg_database where datname = 'tacohelp')
\gexec
alter database tacohelp owner to tacohelp_owner;
revoke all on database tacohelp from public;
grant connect on database tacohelp to tacohelp_app, tacohelp_ops;

\c tacohelp
revoke all on schema public from public;
-- Before there were three roles, a role with the database's name owned everything in it.
select 'reassign owned by tacohelp to tacohelp_owner'
 where exists (select from pg_namespace n join pg_roles r on r.oid = n.nspowner
                where n.nspname = 'helpdesk' and r.rolname = 'tacohelp' and not r.rolsuper)
\gexec
