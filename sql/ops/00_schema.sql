-- The psql side of TacoHelp. All files in this folder are applied again whenever one of them changes.

create schema if not exists ops;
revoke all on schema ops from public;
comment on schema ops is
  'TacoHelp''s functions and views for operators: \df+ ops.* and \dv+ ops.* explain them. An upgrade '
  'replaces these and leaves whatever else is here.';

-- sql/README.md lists the SQLSTATEs of all functions.

create or replace function ops._checked_text(argument text, value text, longest int) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Unicode's White_Space, spelt out, so that the locale does not matter.
  trimmed constant text := btrim(value,
    E'\t\n\u000B\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009'
    '\u200A\u2028\u2029\u202F\u205F\u3000');
begin
  if coalesce(trimmed, '') = '' then
    raise invalid_parameter_value using message = format('%s must not be blank', argument);
  elsif char_length(trimmed) > longest then
    raise invalid_parameter_value using message =
      format('%s must have at most %s characters, not %s', argument, longest, char_length(trimmed));
  end if;
  return trimmed;
end
$$;
comment on function ops._checked_text is
  'For the other functions: the value without white space around it. 22023 if it is blank or has '
  'more than longest characters.';

create or replace function ops._checked_choices(argument text, choices text[], known text[]) returns text[]
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  choice text;
begin
  if cardinality(choices) > 0 is not true then
    raise invalid_parameter_value using message =
      format('%s must name at least one of %s', argument, array_to_string(known, ', '));
  end if;
  foreach choice in array choices loop
    if choice = any (known) is not true then
      raise invalid_parameter_value using message =
        format('%s: %L is none of %s', argument, choice, array_to_string(known, ', '));
    end if;
  end loop;
  return array(
    select c.choice from unnest(choices) with ordinality as c (choice, number)
     group by c.choice order by min(c.number));
end
$$;
comment on function ops._checked_choices is
  'For the other functions: the choices, each once. 22023 if there are none or one is not known.';

create or replace function ops._random_bytes() returns bytea
language sql volatile
set search_path = pg_catalog, pg_temp
-- A UUID has 122 random bits; three of them fill a SHA-256.
return sha256(
  uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
comment on function ops._random_bytes is
  'For the other functions: 32 bytes from the server''s cryptographically strong random numbers.';

create or replace function ops._require_read_committed() returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise invalid_transaction_state using message =
      format('this works in read committed transactions only, not in %s ones',
             current_setting('transaction_isolation')),
      hint = 'set default_transaction_isolation = ''read committed'', and call it again.';
  end if;
end
$$;
comment on function ops._require_read_committed is
  'For the other functions, which wait for a lock and have to see what was written in the meantime: '
  '25000 unless the transaction is read committed.';

create or replace function ops._found(noun text, id text, org_id text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if org_id is null then
    raise no_data_found using message = format('no %s has the id %L', noun, id);
  end if;
  return org_id;
end
$$;
comment on function ops._found is
  'For the other functions: the organization that something with this id belongs to. P0002 if it is '
  'null.';

create or replace function ops._done(
  refusal text, id text, result anyelement, has_due_deliveries boolean default false
) returns anyelement
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if refusal like '%not_found' then
    perform ops._found(case refusal when 'endpoint_not_found' then 'webhook endpoint'
                                    else replace(left(refusal, -10), '_', ' ') end, id, null);
  elsif refusal = 'being_sent' then
    raise object_in_use using
      message = format('delivery %L is being sent at this moment', id),
      hint = 'Wait until the attempt ends, at most a minute.';
  elsif refusal like '%is_client' then
    raise invalid_parameter_value using message = format(
      '%s_id must be an agent or an admin', left(refusal, -10));
  elsif refusal is not null then
    raise object_not_in_prerequisite_state using message = format('not done: %s', refusal);
  end if;
  if has_due_deliveries then
    perform pg_notify('helpdesk_deliveries', '');
  end if;
  return result;
end
$$;
comment on function ops._done is
  'For the other functions: the result of a change, whose webhooks it sends; raises the error for a '
  'refusal by a function of helpdesk, unless the state was already as requested. id: named in the '
  'error if it does not exist.';
