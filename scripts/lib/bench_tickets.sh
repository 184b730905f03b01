# shellcheck shell=bash disable=SC2154
# How fast the API gets a ticket. Sourced by scripts/bench.

sql -o /dev/null -f sql/bench/seed.sql
sql -c 'select key from bench_keys order by n' >"$folder/keys"
sql -c 'select id from bench_tickets order by n' >"$folder/tickets"

# The processor time that processes have used, in milliseconds.
cpu() { cat "${@/%//stat}" 2>/dev/null | awk '{ t += $14 + $15 } END { print t * 10 }'; }
server_cpu() { cpu "/proc/$server"; }

api() {
  local before after
  before=$(server_cpu)
  wrk -t1 -c32 -d"$seconds" --latency -s scripts/lib/get_ticket.lua "http://127.0.0.1:$port" \
    -- "$folder" >"$folder/wrk"
  after=$(server_cpu)
  if grep -q 'Non-2xx' "$folder/wrk"; then die "some requests failed: $(cat "$folder/wrk")"; fi
  awk -v cpu=$((after - before)) '
    /50%/ { p50 = $2 } /99%/ { p99 = $2 } /requests in/ { n = $1 } /Requests\/sec/ { rate = $2 }
    END { printf "%d %s %s %.0f\n", rate, p50, p99, cpu * 1000 / n }' "$folder/wrk"
}

direct() {
  pgbench postgres -T "$seconds" -f sql/bench/get_ticket.sql
}

say "Warming up"
api >/dev/null
direct >/dev/null

printf '%5s %12s %8s %8s %14s %12s %7s\n' round 'API /s' p50 p99 'CPU µs/request' 'pgbench /s' ratio
for round in $(seq "$rounds"); do
  read -r rate p50 p99 micros < <(api)
  tps=$(direct)
  ratio=$(awk "BEGIN { printf \"%.2f\", $rate / $tps }")
  echo "$ratio" >>"$folder/ticket_ratios"
  printf '%5s %12s %8s %8s %14s %12s %7s\n' "$round" "$rate" "$p50" "$p99" "$micros" "$tps" "$ratio"
done
median "$folder/ticket_ratios" 'get ticket ÷ pgbench: median %.2f, from %.2f to %.2f'
