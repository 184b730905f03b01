# shellcheck shell=bash disable=SC2154
# Measures what a server takes: time to start, memory, processor time while idle. Sourced by
# scripts/bench.

org=$("$tacohelp" org create --name Footprint --plan pro)
key=$("$tacohelp" key create --org "$org" --name bench --scopes '*' --rate-limit 1000000)
spare_port=$(free_port $((32000 + RANDOM % 10000)))

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
resident() { awk '/VmRSS/ { printf "%.0f MB\n", $2 / 1024 }' "/proc/$spare/status"; }

started=$(milliseconds)
LOG_LEVEL=warning PORT=$spare_port "$tacohelp" serve 2>"$folder/spare.log" &
spare=$!
at_exit "kill $spare 2>/dev/null; wait $spare"
until (exec 3<>"/dev/tcp/127.0.0.1/$spare_port") 2>/dev/null; do
  kill -0 "$spare" || die "the server ended: $(cat "$folder/spare.log")"
done
printf 'Ready %s ms after its start\n' $(($(milliseconds) - started))

before=$(cpu "/proc/$spare")
sleep 10
after=$(cpu "/proc/$spare")
printf 'Idle, with its worker: %s, %s %% of a core\n' "$(resident)" \
  "$(awk "BEGIN { printf \"%.2f\", ($after - $before) / 100 }")"

# Connections that have received an answer and wait.
connections=()
for _ in $(seq 1000); do
  exec {connection}<>"/dev/tcp/127.0.0.1/$spare_port"
  connections+=("$connection")
  printf 'GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n' >&"$connection"
  read -r -u "$connection" _
done
printf 'With 1,000 idle connections: %s\n' "$(resident)"
for connection in "${connections[@]}"; do exec {connection}>&-; done

hey -n 60000 -c 32 -H "Authorization: Bearer $key" \
  "http://127.0.0.1:$spare_port/api/external/tickets" >"$folder/hey"
grep -q '\[200\].60000 responses' "$folder/hey" || die "some requests failed: $(cat "$folder/hey")"
printf 'After 60,000 requests: %s\n' "$(resident)"
kill "$spare"
