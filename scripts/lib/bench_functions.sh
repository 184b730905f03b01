# shellcheck shell=bash disable=SC2154
# Measures how long the functions that the server calls take in Postgres. Sourced by scripts/bench.

seed

printf '%-14s %8s %11s\n' function '/s' 'Postgres µs'
for _ in $(seq "$rounds"); do
  for operation in create_ticket comment message; do
    read -r rate micros < <(pgbench postgres -T "$seconds" -f "sql/bench/$operation.sql")
    printf '%-14s %8s %10s\n' "$operation" "$rate" "$micros"
  done
done
