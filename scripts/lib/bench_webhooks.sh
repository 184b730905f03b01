# shellcheck shell=bash disable=SC2154
# Measures how fast webhooks are sent, and how late they arrive. Sourced by scripts/bench.

# --- A fast receiver that notes when what arrived, and one that hangs ---------------------------

receiver=$(free_port $((40000 + RANDOM % 10000)))
cat >"$folder/nginx.conf" <<END
daemon off; master_process off; pid $folder/nginx.pid; error_log $folder/nginx.errors;
events { worker_connections 4096; }
http {
  log_format arrival '\$msec \$http_webhook_id';
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
  # One request a minute; the others wait for their turn, longer than an attempt lasts.
  limit_req_zone \$binary_remote_addr zone=hang:1m rate=1r/m;
  server {
    listen 127.0.0.1:$receiver backlog=4096;
    location /fast { return 204; }
    location /noted { access_log $folder/arrivals arrival buffer=64k flush=100ms; return 204; }
    location /hang { limit_req zone=hang burst=100000; try_files /none =204; }
  }
}
END
PATH=$PATH:/usr/sbin nginx -p "$folder" -c "$folder/nginx.conf" 2>"$folder/nginx.start" &
nginx=$!
at_exit "kill $nginx; wait $nginx"
until curl -s -o /dev/null "http://127.0.0.1:$receiver/fast"; do
  kill -0 "$nginx" || die "nginx ended: $(cat "$folder/nginx.start")"
done

# --- Sent, signed and recorded, against claim and complete one by one ---------------------------

# Organizations, endpoints of each, and events for each organization: 5,000 deliveries.
declare -A shapes=([shared]="1 20 250" [spread]="1000 1 5")

for shape in shared spread; do
  read -r organizations endpoints _ <<<"${shapes[$shape]}"
  sql -v name="$shape" -v organizations="$organizations" -v endpoints="$endpoints" \
    -v url="http://127.0.0.1:$receiver/fast" -f sql/bench/endpoints.sql
done
make_plain

worker_rate() {
  local before started
  before=$(sql -c 'select clock_timestamp()')
  sql -v name="$1" -v count="${shapes[$1]##* }" -f sql/bench/queue.sql
  started=$(sql -c "select clock_timestamp() from pg_notify('helpdesk_deliveries', '')")
  until [ "$(sql -c "select count(*) from (select from helpdesk.deliveries
                      where state in ('pending', 'sending') limit 1) d")" = 0 ]; do sleep 0.2; done
  sql -c "select count(*), round(count(*) / extract(epoch from max(finished_at) - '$started'))
            from helpdesk.deliveries
           where created_at > '$before' and state = 'succeeded' and attempts = 1" >"$folder/delivered"
  grep -q '^5000|' "$folder/delivered" || die "not all were delivered: $(cat "$folder/delivered")"
  cut -d '|' -f 2 "$folder/delivered"
}

plain_rate() {
  local organizations endpoints count
  read -r organizations endpoints count <<<"${shapes[$1]}"
  plain_sql -v organizations="$organizations" -v endpoints="$endpoints" -v count="$count" \
    -f sql/bench/plain/queue.sql
  pgbench plain -t $((5000 / 8)) -f sql/bench/plain/deliver.sql
}

say "Warming up"
for shape in shared spread; do
  worker_rate "$shape" >/dev/null
  plain_rate "$shape" >/dev/null
done

printf '%5s %9s %14s %12s %7s\n' round endpoints 'deliveries /s' 'plain /s' ratio
for round in $(seq "$rounds"); do
  for shape in shared spread; do
    read -r organizations endpoints _ <<<"${shapes[$shape]}"
    rate=$(worker_rate "$shape")
    read -r tps _ < <(plain_rate "$shape")
    ratio=$(awk "BEGIN { printf \"%.2f\", $rate / $tps }")
    echo "$ratio" >>"$folder/$shape.ratios"
    printf '%5s %9s %14s %12s %7s\n' "$round" $((organizations * endpoints)) "$rate" "$tps" "$ratio"
  done
done
for shape in shared spread; do
  read -r organizations endpoints _ <<<"${shapes[$shape]}"
  median "$folder/$shape.ratios" "deliver to $((organizations * endpoints)) endpoints ÷ plain queue: \
median %.2f, from %.2f to %.2f"
done

# --- How late events arrive ---------------------------------------------------------------------

org=$("$tacohelp" org create --name Arrivals --plan pro)
key=$("$tacohelp" key create --org "$org" --name bench --scopes '*' --rate-limit 1000000)
"$tacohelp" webhook create --org "$org" --url "http://127.0.0.1:$receiver/noted" --events ticket.created >/dev/null
hanging=$("$tacohelp" webhook create --org "$org" --url "http://127.0.0.1:$receiver/hang" \
  --events ticket.merged | cut -f 1)
ticket='{"subject":"The login page is blank","description":"It was not yesterday.",
         "createdByEmail":"client@example.com"}'

# arrivals WHAT: makes 200 tickets a second and prints how long their events took to arrive.
arrivals() {
  local made
  : >"$folder/arrivals"
  hey -z "$((2 * seconds))s" -c 8 -q 25 -m POST -T application/json -H "Authorization: Bearer $key" \
    -d "$ticket" "http://127.0.0.1:$port/api/external/tickets" >"$folder/hey"
  made=$(awk '/\[201\]/ { print $2 }' "$folder/hey")
  until [ "$(wc -l <"$folder/arrivals")" -ge "$made" ]; do sleep 0.1; done
  sql >"$folder/late" <<END
create temp table arrivals (at float8, event text);
\\copy arrivals from '$folder/arrivals' (delimiter ' ')
select format('%s events, %s/s: p50 %s ms, p99 %s ms, latest %s ms', count(*),
              round(count(*) / extract(epoch from max(created_at) - min(created_at))),
              round(percentile_disc(0.5) within group (order by late)),
              round(percentile_disc(0.99) within group (order by late)), round(max(late)))
  from (select v.created_at, (a.at - extract(epoch from v.created_at)) * 1000 as late
          from arrivals a join helpdesk.events v on v.id = a.event) a
END
  printf '%s: %s\n' "$1" "$(cat "$folder/late")"
}

arrivals 'From the event to its arrival'
sql -v name=Arrivals -v count=200 -f sql/bench/queue.sql
arrivals 'The same beside 200 deliveries to an endpoint that hangs'
# The receiver really hung: the endpoint's first attempts ended at their deadline.
for _ in $(seq 100); do
  hung=$(sql -c "select count(*) from helpdesk.attempts a join helpdesk.deliveries d
                   on d.org_id = a.org_id and d.id = a.delivery_id
                  where d.endpoint_id = '$hanging' and a.duration >= '9.9 s'")
  [ "$hung" = 0 ] || break
  sleep 0.1
done
[ "$hung" -gt 0 ] || die "the endpoint that should hang did not"
