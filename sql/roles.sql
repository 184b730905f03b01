-- The three roles, if the cluster has not got them: `tacohelp migrate --roles` runs this, and so may
-- psql, as a role that may create roles. None can log in; logins are made members of one.
-- Roles belong to the cluster, so databases may do this at the same time.

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tacohelp_owner') then
    create role tacohelp_owner nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end
$$;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tacohelp_app') then
    create role tacohelp_app nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end
$$;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tacohelp_ops') then
    create role tacohelp_ops nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end
$$;
