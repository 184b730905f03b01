# shellcheck shell=bash disable=SC2154
# Measures how the cost of each operation grows with an organization's tickets. Sourced by scripts/bench.

# organization NAME TICKETS: creates one with 1,000 keys that no run exhausts; its files are in a folder
# of that name.
organization() {
  mkdir "$folder/$1"
  sql -o /dev/null -v name="$1" -v tickets="$2" -f sql/bench/organization.sql
  sql -c "select key from growth_keys where name = '$1'" >"$folder/$1/keys"
  sql -c "select t.id from helpdesk.tickets t join growth_orgs o on o.id = t.org_id
           where o.name = '$1'" >"$folder/$1/tickets"
  sql -c "select c.id from helpdesk.conversations c join growth_orgs o on o.id = c.org_id
           where o.name = '$1'" >"$folder/$1/conversations"
  : >"$folder/$1/refused_keys"
}

sql -c 'create table growth_orgs (name text, id text); create table growth_keys (name text, key text)'
organization small 500
organization large 200000

printf '%-14s %14s %16s %7s\n' operation '500 tickets /s' '200,000 tickets /s' ratio
for operation in get_ticket list_tickets create_ticket comment message; do
  for _ in $(seq "$rounds"); do
    read -r small _ < <(api "$folder/small" "$operation")
    read -r large _ < <(api "$folder/large" "$operation")
    ratio=$(awk "BEGIN { printf \"%.2f\", $large / $small }")
    echo "$ratio" >>"$folder/$operation.growth"
    printf '%-14s %14s %18s %7s\n' "$operation" "$small" "$large" "$ratio"
  done
done
for operation in get_ticket list_tickets create_ticket comment message; do
  median "$folder/$operation.growth" \
    "$operation, 200,000 tickets ÷ 500: median %.2f, from %.2f to %.2f"
done
