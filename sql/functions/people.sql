-- Users, and links to set a password. Changes to who may do what first lock the organization.

create or replace function helpdesk.create_user(
  org_id text, name text, email text, role text, password_hash text, out refusal text, out user_id text
)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  insert into helpdesk.users as u (org_id, id, name, email, role, password_hash)
  values (org_id, helpdesk.new_id(clock_timestamp()), name, email, role, password_hash)
  on conflict do nothing
  returning u.id into user_id;
  if not found then
    refusal := 'email_taken';
  -- Clients created by the API come and go without an entry.
  elsif role <> 'client' then
    perform helpdesk.audit(org_id, null, null, 'user.created', user_id, name);
  end if;
end
$$;
comment on function helpdesk.create_user is
  'Creates a user. role: client, agent or admin. password_hash: scrypt in PHC format; null: cannot '
  'sign in.';

create or replace function helpdesk.invite_user(
  org_id text, actor_id text, address text, name text, email text, role text, hash bytea,
  out refusal text, out user_id text, out expires_at timestamptz
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  insert into helpdesk.users as u (org_id, id, name, email, role)
  values (org_id, helpdesk.new_id(at), name, email, role)
  on conflict do nothing
  returning u.id into user_id;
  if not found then
    refusal := 'email_taken';
    return;
  end if;
  expires_at := at + interval '7 days';
  insert into helpdesk.invitations (org_id, user_id, created_by, hash, created_at, expires_at)
  values (org_id, user_id, actor_id, hash, at, expires_at);
  perform helpdesk.audit(org_id, actor_id, address, 'user.invited', user_id, name, role);
end
$$;
comment on function helpdesk.invite_user is
  'Creates an agent or admin without a password, and a link to set one. hash: SHA-256 of the link''s '
  'token.';

create or replace function helpdesk.make_link(
  org_id text, actor_id text, address text, user_id text, hash bytea, submission text,
  out refusal text, out expires_at timestamptz
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  person record;
  at timestamptz;
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  select u.name, u.password_hash is null as is_first into person
    from helpdesk.users u where u.org_id = org_id and u.id = user_id and u.role <> 'client';
  if not found then
    refusal := 'user_not_found';
    return;
  end if;
  at := clock_timestamp();
  expires_at := at + case when person.is_first then interval '7 days' else interval '24 hours' end;
  insert into helpdesk.invitations as i
    (org_id, user_id, created_by, hash, created_at, expires_at, submission)
  values (org_id, user_id, actor_id, hash, at, expires_at, submission)
  on conflict on constraint invitations_pkey do update
     set created_by = excluded.created_by, hash = excluded.hash, created_at = excluded.created_at,
         expires_at = excluded.expires_at, submission = excluded.submission
   where excluded.submission is null or i.submission is distinct from excluded.submission;
  if not found then
    refusal := 'done_before';
    return;
  end if;
  perform helpdesk.audit(org_id, actor_id, address, 'user.link_made', user_id, person.name);
end
$$;
comment on function helpdesk.make_link is
  'Makes a link with which an agent or admin sets a password; it replaces the previous one. Valid '
  'for 7 days, or for 24 hours if there is a password. hash: SHA-256 of its token. submission: the '
  'form that requests it; null: none.';

create or replace function helpdesk.withdraw_link(
  org_id text, actor_id text, address text, user_id text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  user_name text;
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  delete from helpdesk.invitations i using helpdesk.users u
   where i.org_id = org_id and i.user_id = user_id and u.org_id = org_id and u.id = user_id
  returning u.name into user_name;
  if found then
    perform helpdesk.audit(org_id, actor_id, address, 'user.invitation_withdrawn', user_id, user_name);
  end if;
end
$$;
comment on function helpdesk.withdraw_link is
  'Voids a user''s link to set a password. Does nothing if there is none.';

create or replace function helpdesk.accept_invitation(
  org_id text, hash bytea, password_hash text, session_hash bytea, address text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  person record;
begin
  perform from helpdesk.organizations o where o.id = org_id for no key update;
  -- The user comes before sessions and link, as in every function that changes a password.
  perform from helpdesk.users u
    where u.org_id = org_id and u.id = (
      select i.user_id from helpdesk.invitations i where i.org_id = org_id and i.hash = hash)
      for no key update;
  delete from helpdesk.invitations i using helpdesk.users u
   where i.org_id = org_id and i.hash = hash and i.expires_at > clock_timestamp()
     and u.org_id = org_id and u.id = i.user_id and u.role <> 'client'
  returning u.id, u.name, u.sessions_epoch + 1 as epoch, u.password_hash is null as is_first into person;
  if not found then
    refusal := 'invitation_not_found';
    return;
  end if;
  update helpdesk.users u
     set password_hash = password_hash, sessions_epoch = person.epoch, last_signed_in_at = clock_timestamp()
   where u.org_id = org_id and u.id = person.id;
  perform helpdesk.end_tokens(array(
    select s.hash from helpdesk.sessions s where s.org_id = org_id and s.user_id = person.id));
  insert into helpdesk.sessions (org_id, hash, user_id, epoch)
  values (org_id, session_hash, person.id, person.epoch);
  perform helpdesk.audit(
    org_id, person.id, address,
    case when person.is_first then 'user.joined' else 'user.password_changed' end, person.id, person.name);
end
$$;
comment on function helpdesk.accept_invitation is
  'Sets a password, once per link; ends all sessions of the user, and everything else that their '
  'tokens are valid for, and begins one. hash, session_hash: SHA-256 of the link''s and of the '
  'session''s token.';

create or replace function helpdesk.has_other_admin(org_id text, user_id text) returns boolean
language plpgsql stable as $$
#variable_conflict use_variable
begin
  return exists (
    select from helpdesk.users u
     where u.org_id = org_id and u.id <> user_id and u.role = 'admin' and u.password_hash is not null);
end
$$;
comment on function helpdesk.has_other_admin is
  'True if the organization has another admin with access.';

create or replace function helpdesk.change_role(
  org_id text, actor_id text, address text, user_id text, new_role text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  user_name text;
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  update helpdesk.users u set role = new_role
   where u.org_id = org_id and u.id = user_id and u.role not in ('client', new_role)
     and (new_role = 'admin' or helpdesk.has_other_admin(org_id, user_id))
  returning u.name into user_name;
  if not found then
    refusal := 'unchanged';
    return;
  end if;
  -- An admin may have kept the links that they made.
  if new_role = 'agent' then
    delete from helpdesk.invitations i where i.org_id = org_id and i.created_by = user_id;
  end if;
  perform helpdesk.audit(org_id, actor_id, address, 'user.role_changed', user_id, user_name, new_role);
end
$$;
comment on function helpdesk.change_role is
  'Makes an agent an admin, or an admin an agent, and voids the links that the admin made. '
  '"unchanged": it is already the role, the user is not an agent or admin, or there would be no '
  'admin with access left.';

create or replace function helpdesk.remove_access(
  org_id text, actor_id text, address text, user_id text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  user_name text;
begin
  refusal := helpdesk.lock_for_settings(org_id, actor_id);
  if refusal is not null then return; end if;
  update helpdesk.users u set password_hash = null, sessions_epoch = u.sessions_epoch + 1
   where u.org_id = org_id and u.id = user_id and u.role <> 'client' and u.password_hash is not null
     and (u.role <> 'admin' or helpdesk.has_other_admin(org_id, user_id))
  returning u.name into user_name;
  if not found then
    refusal := 'unchanged';
    return;
  end if;
  delete from helpdesk.sessions s
   using (select m.hash from helpdesk.sessions m
           where m.org_id = org_id and m.user_id = user_id order by m.hash for update) as gone
   where s.org_id = org_id and s.hash = gone.hash;
  delete from helpdesk.invitations i
   where i.org_id = org_id and (i.user_id = user_id or i.created_by = user_id);
  perform helpdesk.audit(org_id, actor_id, address, 'user.access_removed', user_id, user_name);
end
$$;
comment on function helpdesk.remove_access is
  'Takes an agent''s or admin''s password away, and ends the sessions and links in this '
  'organization. The user stays as author and assignee. "unchanged": there was no access, or there '
  'would be no admin with access left.';

create or replace function helpdesk.change_password(
  org_id text, user_id text, address text, old_hash text, new_hash text, token bytea, successor bytea,
  out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  person record;
begin
  -- The update waits for anyone who is signing in as this user; what follows sees the session begun then.
  update helpdesk.users u set password_hash = new_hash, sessions_epoch = u.sessions_epoch + 1
   where u.org_id = org_id and u.id = user_id and u.password_hash = old_hash and u.role <> 'client'
  returning u.name, u.sessions_epoch as epoch into person;
  if not found then
    refusal := 'unchanged';
    return;
  end if;
  perform helpdesk.end_tokens(array(
    select s.hash from helpdesk.sessions s
     where s.org_id = org_id and s.user_id = user_id and s.hash <> token));
  perform helpdesk.replace_token(token, successor);
  update helpdesk.sessions s set epoch = person.epoch where s.org_id = org_id and s.hash = successor;
  delete from helpdesk.invitations i where i.org_id = org_id and i.user_id = user_id;
  perform helpdesk.audit(org_id, user_id, address, 'user.password_changed', user_id, person.name);
end
$$;
comment on function helpdesk.change_password is
  'Gives a user a new password and ends the user''s sessions, and everything else that their tokens '
  'are valid for. Those of one token continue under its successor (SHA-256 of both). Voids a link to '
  'set a password. "unchanged": old_hash is no longer the password''s hash.';

create or replace function helpdesk.renew_password_hash(
  org_id text, user_id text, old_hash text, new_hash text
) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  update helpdesk.users u set password_hash = new_hash
   where u.org_id = org_id and u.id = user_id and u.password_hash = old_hash;
end
$$;
comment on function helpdesk.renew_password_hash is
  'Stores another hash of the same password, unless the password has changed.';
