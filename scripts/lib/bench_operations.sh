# shellcheck shell=bash disable=SC2154
# How fast the API is, operation by operation. Sourced by scripts/bench.

operations=(get_ticket list_tickets create_ticket comment message)

sql -o /dev/null -f sql/bench/seed.sql
sql -c 'select key from bench_keys order by n' >"$folder/keys"
sql -c 'select key from bench_refused_keys' >"$folder/refused_keys"
sql -c 'select id from bench_tickets order by n' >"$folder/tickets"
sql -c 'select id from bench_conversations order by n' >"$folder/conversations"

printf '%-14s %8s %8s %8s %10s %12s %12s %7s\n' operation 'API /s' p50 p99 'server µs' \
  'Postgres µs' 'pgbench /s' ratio
for operation in "${operations[@]}"; do
  api "$folder" "$operation" >/dev/null
  direct "$operation" >/dev/null
done
for _ in $(seq "$rounds"); do
  for operation in "${operations[@]}"; do
    read -r rate p50 p99 server_micros postgres_micros < <(api "$folder" "$operation")
    tps=$(direct "$operation")
    ratio=$(awk "BEGIN { printf \"%.2f\", $rate / $tps }")
    echo "$ratio" >>"$folder/$operation.ratios"
    echo "$rate" >>"$folder/$operation.rates"
    printf '%-14s %8s %8s %8s %10s %12s %12s %7s\n' "$operation" "$rate" "$p50" "$p99" \
      "$server_micros" "$postgres_micros" "$tps" "$ratio"
  done
  # Refused for the rate limit: there is nothing of it that pgbench could do.
  read -r rate p50 p99 server_micros postgres_micros < <(api "$folder" refused 429)
  awk "BEGIN { printf \"%.2f\\n\", $rate / $(tail -1 "$folder/get_ticket.rates") }" \
    >>"$folder/refused.ratios"
  printf '%-14s %8s %8s %8s %10s %12s\n' refused "$rate" "$p50" "$p99" "$server_micros" \
    "$postgres_micros"
done
for operation in "${operations[@]}"; do
  median "$folder/$operation.ratios" "$operation ÷ pgbench: median %.2f, from %.2f to %.2f"
done
median "$folder/refused.ratios" 'refused ÷ get_ticket: median %.2f, from %.2f to %.2f'
