-- Console sessions, and the sign-in throttle.

create or replace function helpdesk.session_holds(session helpdesk.sessions, person helpdesk.users)
returns boolean
language sql volatile parallel safe
return session.last_seen_at > clock_timestamp() - interval '12 hours'
   and session.created_at > clock_timestamp() - interval '7 days'
   and session.epoch = person.sessions_epoch and person.role <> 'client' and person.password_hash is not null;
comment on function helpdesk.session_holds is
  'True if a user''s session has not ended: by 12 hours without a request, after 7 days, or with the '
  'user''s access. A session that was begun while all were being ended has an earlier epoch.';

create or replace function helpdesk.use_session(org_id text, hash bytea)
returns table (
  organization text, organization_name text, plan text, user_id text, user_name text, email text, role text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  last_seen_at timestamptz;
begin
  select o.id, o.name, o.plan, u.id, u.name, u.email, u.role, s.last_seen_at
    into organization, organization_name, plan, user_id, user_name, email, role, last_seen_at
    from helpdesk.sessions s
    join helpdesk.users u on u.org_id = org_id and u.id = s.user_id
    join helpdesk.organizations o on o.id = org_id
   where s.org_id = org_id and s.hash = hash and helpdesk.session_holds(s, u);
  if not found then
    return;
  end if;
  if last_seen_at not between clock_timestamp() - interval '1 minute' and clock_timestamp() then
    update helpdesk.sessions s set last_seen_at = clock_timestamp() where s.org_id = org_id and s.hash = hash;
  end if;
  return next;
end
$$;
comment on function helpdesk.use_session is
  'A row if the token with this SHA-256 has a session in the organization. Records its use, at most '
  'once a minute.';

create or replace function helpdesk.create_sessions(
  org_ids text[], user_ids text[], epochs int[], hash bytea
) returns table (organization text)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  return query
  -- The users are locked in one order, and read again once they are.
  with chosen as materialized (
    select u.org_id, u.id, u.sessions_epoch
      from unnest(org_ids, user_ids, epochs) as m (org_id, user_id, epoch)
      join helpdesk.users u on u.org_id = m.org_id and u.id = m.user_id and u.sessions_epoch = m.epoch
     where u.role <> 'client' and u.password_hash is not null
     order by u.org_id, u.id for no key update of u
  ), noted as (
    update helpdesk.users u set last_signed_in_at = clock_timestamp()
      from chosen c where u.org_id = c.org_id and u.id = c.id
  ), surplus as (
    delete from helpdesk.sessions s
     using (select d.org_id, d.hash from helpdesk.sessions d
             where (d.org_id, d.hash) in (
               select c.org_id, o.hash from chosen c
                cross join lateral (
                  select e.hash from helpdesk.sessions e
                   where e.org_id = c.org_id and e.user_id = c.id
                   order by e.created_at desc, e.hash offset 19) o)
             order by d.hash, d.org_id for update) as gone
     where s.org_id = gone.org_id and s.hash = gone.hash
  )
  insert into helpdesk.sessions as s (org_id, hash, user_id, epoch)
  select c.org_id, hash, c.id, c.sessions_epoch from chosen c
  returning s.org_id;
end
$$;
comment on function helpdesk.create_sessions is
  'Signs a token (its SHA-256) in to accounts, possibly in several organizations, and returns those '
  'that it signed in to. Leaves out users whose epoch has changed. A user keeps the newest 20 '
  'sessions.';

create or replace function helpdesk.end_tokens(hashes bytea[]) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- Locked in one order, whoever ends which.
  delete from helpdesk.sessions s
   using (select d.org_id, d.hash from helpdesk.sessions d
           where d.hash = any (hashes) order by d.hash, d.org_id for update) as gone
   where s.org_id = gone.org_id and s.hash = gone.hash;
end
$$;
comment on function helpdesk.end_tokens is
  'Ends the sessions of these tokens (their SHA-256) in all organizations: a lost device must not '
  'keep any.';

create or replace function helpdesk.replace_token(token bytea, successor bytea) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  update helpdesk.sessions s set hash = successor where s.hash = token;
end
$$;
comment on function helpdesk.replace_token is
  'Moves a token''s sessions, in all organizations, to another token (SHA-256 of both).';

create or replace function helpdesk.end_sessions(
  org_id text, actor_id text, address text, user_id text, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  user_name text;
begin
  -- The update waits for anyone who is signing in as this user; what follows sees the session begun then.
  update helpdesk.users u set sessions_epoch = u.sessions_epoch + 1
   where u.org_id = org_id and u.id = user_id
  returning u.name into user_name;
  if not found then
    refusal := 'user_not_found';
    return;
  end if;
  perform helpdesk.end_tokens(array(
    select s.hash from helpdesk.sessions s where s.org_id = org_id and s.user_id = user_id));
  perform helpdesk.audit(
    org_id, actor_id, address,
    case when actor_id = user_id then 'user.signed_out_everywhere' else 'user.sessions_ended' end,
    user_id, user_name);
end
$$;
comment on function helpdesk.end_sessions is
  'Ends all sessions of a user, and everything else that their tokens are valid for.';

-- Sign-in tries belong to no organization. subjects: SHA-256 of a network, of an address in it, and of an
-- account tried from there; rows are locked in this order. most: tries allowed for each in 15 minutes.

create or replace function helpdesk.sign_in_wait(subjects bytea[], most int[]) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  return (
    select max(least(900, greatest(1, ceil(extract(epoch from e.until - clock_timestamp())))))::int
      from unnest(subjects, most) as m (subject, most)
     -- Found by its index, whatever size the table had when this was planned.
     cross join lateral (
       select a.hits[cardinality(a.hits) - m.most + 1] + interval '15 minutes' as until
         from helpdesk.sign_in_attempts a where a.subject = m.subject offset 0
     ) e
     where e.until > clock_timestamp());
end
$$;
comment on function helpdesk.sign_in_wait is
  'Whole seconds until each of the subjects has a try left, 1 to 900; null if each has one.';

create or replace function helpdesk.count_sign_in(subjects bytea[], most int[])
returns table (counted_at timestamptz, wait_seconds int)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- It reads before it writes: a refused try writes nothing.
  wait_seconds := helpdesk.sign_in_wait(subjects, most);
  if wait_seconds is null then
    for i in 1 .. cardinality(subjects) loop
      insert into helpdesk.sign_in_attempts as a (subject, hits, last_at)
      values (subjects[i], array[clock_timestamp()], clock_timestamp())
      on conflict on constraint sign_in_attempts_pkey do update
         -- The clock is read again under the row's lock, since the try may have waited for it.
         set hits = a.hits[greatest(1, cardinality(a.hits) - most[i] + 2) :] || clock_timestamp(),
             last_at = clock_timestamp()
       where cardinality(a.hits) < most[i]
          or a.hits[cardinality(a.hits) - most[i] + 1] <= clock_timestamp() - interval '15 minutes'
      returning a.hits[cardinality(a.hits)] into counted_at;
      if not found then
        -- Another try has taken the last one since.
        wait_seconds := coalesce(helpdesk.sign_in_wait(subjects, most), 1);
        exit;
      end if;
      return next;
    end loop;
  end if;
  if wait_seconds is not null then
    counted_at := null;
    return next;
  end if;
end
$$;
comment on function helpdesk.count_sign_in is
  'Counts a sign-in try: a row for each subject, with the time. If the try is refused, the last row '
  'has wait_seconds instead: the number of seconds until the next one is allowed.';

create or replace function helpdesk.take_back_sign_in(subjects bytea[], moments timestamptz[]) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  for i in 1 .. cardinality(subjects) loop
    update helpdesk.sign_in_attempts a set hits = array_remove(a.hits, moments[i])
     where a.subject = subjects[i];
  end loop;
end
$$;
comment on function helpdesk.take_back_sign_in is
  'Takes back a counted sign-in try. moments: as returned by helpdesk.count_sign_in.';

create or replace function helpdesk.forget_sign_ins(subject bytea) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  delete from helpdesk.sign_in_attempts a where a.subject = subject;
end
$$;
comment on function helpdesk.forget_sign_ins is 'Forgets the tries of a subject.';
