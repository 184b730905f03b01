-- The three roles, if the cluster does not have them: `tacohelp migrate --roles` runs this, and so may
-- psql, as a role that may create roles. None can log in; logins are made members of one. Roles belong to
-- the cluster, so several databases may do this at the same time.

do $$
declare
  role text;
begin
  foreach role in array array['tacohelp_owner', 'tacohelp_app', 'tacohelp_ops'] loop
    begin
      if not exists (select from pg_catalog.pg_roles where rolname = role) then
        execute format('create role %I nologin', role);
      end if;
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;
