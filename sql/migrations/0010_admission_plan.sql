-- The limiter's row is always found by its key. A plan made while the table was empty read all of it, until
-- the table was next analyzed: on a new database that made the first minutes slow.

create or replace function helpdesk.admit(hashes bytea[], wants int[])
returns table (
  hash bytea, org_id text, key_id text, plan text, scopes text[], last_used_at timestamptz,
  rate_limit int, admitted int, remaining int, frees_at timestamptz, at timestamptz
)
language plpgsql volatile strict
set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
  want record;
  k record;
  at_slot bigint;
  shift int;
begin
  -- Rows are locked in the order of the hashes, so that two batches cannot deadlock.
  for want in select u.hash, u.n from unnest(hashes, wants) as u (hash, n) order by u.hash loop
    hash := want.hash;
    loop
      at := clock_timestamp();
      select a.org_id, a.id, o.plan, a.scopes, a.rate_limit, a.last_used_at,
             r.version, r.hits, r.slots, r.last_slot, r.used
        into k
        from helpdesk.api_keys a
        join helpdesk.organizations o on o.id = a.org_id
        left join lateral (
          select * from helpdesk.rate_limits r
           where r.org_id = a.org_id and r.key_id = a.id offset 0
        ) r on true
       where a.hash = want.hash and a.revoked_at is null
         and (a.expires_at is null or a.expires_at > at);
      exit when not found;
      if k.version is null then
        insert into helpdesk.rate_limits (org_id, key_id) values (k.org_id, k.id)
        on conflict do nothing;
        continue;
      end if;

      if k.rate_limit <= 1000 then
        -- Never before the newest: clocks can step back.
        at := greatest(at, k.hits[cardinality(k.hits)]);
        k.hits := k.hits[width_bucket(at - interval '60 s', k.hits) + 1 :];
        remaining := k.rate_limit - cardinality(k.hits);
        admitted := greatest(0, least(want.n, remaining));
        if admitted > 0 then
          k.hits := k.hits || array_fill(at, array[admitted]);
        end if;
        -- Under a limit that was lowered, more than one has to leave.
        frees_at := k.hits[greatest(1, cardinality(k.hits) - k.rate_limit + 1)] + interval '60 s';
        k.slots := '{}';
      else
        at_slot := greatest(floor(extract(epoch from at) * 10), k.last_slot);
        shift := least(at_slot - k.last_slot, 601);
        if cardinality(k.slots) = 0 or shift = 601 then
          k.slots := array_fill(0, array[601]);
          k.used := 0;
        elsif shift > 0 then
          k.used := k.used - (select sum(n) from unnest(k.slots[: shift]) as gone (n));
          k.slots := k.slots[shift + 1 :] || array_fill(0, array[shift]);
        end if;
        k.last_slot := at_slot;
        remaining := k.rate_limit - k.used;
        admitted := greatest(0, least(want.n, remaining));
        k.slots[601] := k.slots[601] + admitted;
        k.hits := '{}';
        k.used := k.used + admitted;
        -- A slot counts until 60 s after its end.
        shift := 1;
        while shift < 601 and k.slots[shift] = 0 loop shift := shift + 1; end loop;
        frees_at := to_timestamp((at_slot + shift) / 10.0);
      end if;

      if admitted > 0 then
        update helpdesk.rate_limits r
           set version = r.version + 1, hits = k.hits, slots = k.slots,
               last_slot = k.last_slot, used = k.used
         where r.org_id = k.org_id and r.key_id = k.id and r.version = k.version;
        -- Another server was quicker: compute again from what it wrote.
        continue when not found;
      end if;
      org_id := k.org_id;
      key_id := k.id;
      plan := k.plan;
      scopes := k.scopes;
      last_used_at := k.last_used_at;
      rate_limit := k.rate_limit;
      remaining := greatest(0, remaining - admitted);
      return next;
      exit;
    end loop;
  end loop;
end
$$;
