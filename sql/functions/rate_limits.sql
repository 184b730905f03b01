-- The rate limiter.

create or replace function helpdesk.admit(hashes bytea[], wants int[])
returns table (
  hash bytea, org_id text, key_id text, plan text, scopes text[], rate_limit int, admitted int,
  remaining int, frees_at timestamptz, at timestamptz
)
language plpgsql volatile strict as $$
#variable_conflict use_column
declare
  k record;
  at_slot bigint;
  shift int;
  past int;
  was_ahead boolean;
begin
  -- Rows are locked in the order of the hashes, so that two batches cannot deadlock.
  for k in
    select u.hash, u.n, a.org_id, a.id, o.plan, a.scopes, a.rate_limit, r.version, r.hits, r.slots,
           r.last_slot, r.used
      from unnest(hashes, wants) as u (hash, n)
      -- Each is found by its index, whatever size the tables had when this was planned.
      cross join lateral (
        select a.hash, a.org_id, a.id, a.scopes, a.rate_limit
          from helpdesk.api_keys a
         where a.hash = u.hash and a.revoked_at is null
           and (a.expires_at is null or a.expires_at > clock_timestamp()) offset 0
      ) a
      cross join lateral (
        select o.plan from helpdesk.organizations o where o.id = a.org_id offset 0
      ) o
      left join lateral (
        select * from helpdesk.rate_limits r
         where r.org_id = a.org_id and r.key_id = a.id offset 0
      ) r on true
     order by u.hash
  loop
    hash := k.hash;
    loop
      at := clock_timestamp();
      if k.version is null then
        insert into helpdesk.rate_limits (org_id, key_id) values (k.org_id, k.id)
        on conflict do nothing;
      else
        if k.rate_limit <= 1000 then
          was_ahead := coalesce(k.hits[cardinality(k.hits)] > at, false);
          if was_ahead then
            past := width_bucket(at, k.hits);
            k.hits := k.hits[: past] || array_fill(at, array[cardinality(k.hits) - past]);
          end if;
          k.hits := k.hits[width_bucket(at - interval '60 s', k.hits) + 1 :];
          remaining := k.rate_limit - cardinality(k.hits);
          admitted := greatest(0, least(k.n, remaining));
          if admitted > 0 then
            k.hits := k.hits || array_fill(at, array[admitted]);
          end if;
          -- If the limit was lowered, more than one has to leave.
          frees_at := k.hits[greatest(1, cardinality(k.hits) - k.rate_limit + 1)] + interval '60 s';
          k.slots := '{}';
        else
          at_slot := floor(extract(epoch from at) * 10)::bigint;
          was_ahead := k.last_slot > at_slot;
          if was_ahead then
            shift := least(k.last_slot - at_slot, 600)::int;
            k.slots := array_fill(0, array[shift]) || k.slots[: 600 - shift]
              || (select sum(n)::int from unnest(k.slots[601 - shift :]) as later (n));
            k.last_slot := at_slot;
          end if;
          shift := least(at_slot - k.last_slot, 601)::int;
          if cardinality(k.slots) = 0 or shift = 601 then
            k.slots := array_fill(0, array[601]);
            k.used := 0;
          elsif shift > 0 then
            k.used := k.used - (select sum(n)::int from unnest(k.slots[: shift]) as gone (n));
            k.slots := k.slots[shift + 1 :] || array_fill(0, array[shift]);
          end if;
          k.last_slot := at_slot;
          remaining := k.rate_limit - k.used;
          admitted := greatest(0, least(k.n, remaining));
          k.slots[601] := k.slots[601] + admitted;
          k.hits := '{}';
          k.used := k.used + admitted;
          -- A slot counts until 60 s after its end.
          shift := 1;
          while shift < 601 and k.slots[shift] = 0 loop shift := shift + 1; end loop;
          frees_at := to_timestamp((at_slot + shift) / 10.0);
        end if;

        -- Corrected times are written even if nothing is admitted: they have to leave the window
        -- eventually.
        if admitted > 0 or was_ahead then
          update helpdesk.rate_limits r
             set version = r.version + 1, hits = k.hits, slots = k.slots,
                 last_slot = k.last_slot, used = k.used
           where r.org_id = k.org_id and r.key_id = k.id and r.version = k.version;
        end if;
        if not (admitted > 0 or was_ahead) or found then
          org_id := k.org_id;
          key_id := k.id;
          plan := k.plan;
          scopes := k.scopes;
          rate_limit := k.rate_limit;
          remaining := greatest(0, remaining - admitted);
          return next;
          exit;
        end if;
      end if;

      -- Its first request, or another server was quicker: compute again from what is there now.
      select k.hash, k.n, a.org_id, a.id, o.plan, a.scopes, a.rate_limit, r.version, r.hits, r.slots,
             r.last_slot, r.used
        into k
        from helpdesk.api_keys a
        join helpdesk.organizations o on o.id = a.org_id
        left join lateral (
          select * from helpdesk.rate_limits r
           where r.org_id = a.org_id and r.key_id = a.id offset 0
        ) r on true
       where a.hash = k.hash and a.revoked_at is null
         and (a.expires_at is null or a.expires_at > clock_timestamp());
      exit when not found;
    end loop;
  end loop;
end
$$;
comment on function helpdesk.admit is
  'Admits up to wants[i] requests of the key whose SHA-256 is hashes[i]. Returns a row for each '
  'valid key; an unknown, revoked or expired key has none. A refusal writes nothing, except for the '
  'first one after the clock was set back, which moves counted requests from the future to now. '
  'frees_at: when the oldest counted request leaves the window.';
