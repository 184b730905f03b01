# shellcheck shell=bash disable=SC2154
# Measures how fast the API is, operation by operation. Sourced by scripts/bench.

operations=(get_ticket list_tickets create_ticket comment message)

seed
make_plain

printf '%-14s %8s %8s %8s %10s %12s %9s %12s %7s\n' operation 'API /s' p50 p99 'server µs' \
  'Postgres µs' 'plain /s' 'Postgres µs' ratio
for operation in "${operations[@]}"; do
  api "$folder" "$operation" >/dev/null
  plain "$operation" >/dev/null
done
for _ in $(seq "$rounds"); do
  for operation in "${operations[@]}"; do
    read -r rate p50 p99 server_micros postgres_micros < <(api "$folder" "$operation")
    read -r tps plain_micros < <(plain "$operation")
    ratio=$(awk "BEGIN { printf \"%.2f\", $rate / $tps }")
    echo "$ratio" >>"$folder/$operation.ratios"
    echo "$rate" >>"$folder/$operation.rates"
    printf '%-14s %8s %8s %8s %9s %11s %9s %11s %7s\n' "$operation" "$rate" "$p50" "$p99" \
      "$server_micros" "$postgres_micros" "$tps" "$plain_micros" "$ratio"
  done
  # Refused because of the rate limit: pgbench has no equivalent.
  read -r rate p50 p99 server_micros postgres_micros < <(api "$folder" refused 429)
  awk "BEGIN { printf \"%.2f\\n\", $rate / $(tail -1 "$folder/get_ticket.rates") }" \
    >>"$folder/refused.ratios"
  printf '%-14s %8s %8s %8s %10s %12s\n' refused "$rate" "$p50" "$p99" "$server_micros" \
    "$postgres_micros"
done
for operation in "${operations[@]}"; do
  median "$folder/$operation.ratios" "$operation ÷ plain schema: median %.2f, from %.2f to %.2f"
done
median "$folder/refused.ratios" 'refused ÷ get_ticket: median %.2f, from %.2f to %.2f'
