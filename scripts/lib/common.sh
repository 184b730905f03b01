# shellcheck shell=bash
# Shared by the scripts: messages, packages, signals. Sourced by bash in the project's folder.

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# --- Ending -------------------------------------------------------------------------------------

child=     # the program that `run` waits for
endings=() # commands for the end, run last to first

# at_exit COMMAND: runs it, a line of shell, however the script ends.
at_exit() { endings=("$1" "${endings[@]}"); }

# run PROGRAM [ARGUMENT...]: runs it so that a signal to the script ends the program at once.
run() {
  local status=0
  "$@" <&0 &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

on_exit() {
  local status=$? ending
  trap '' INT TERM HUP
  set +e
  for ending in "${endings[@]}"; do eval "$ending"; done
  exit "$status"
}

on_signal() { # the signal's number
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  exit $((128 + $1))
}

trap on_exit EXIT
trap 'on_signal 1' HUP
trap 'on_signal 2' INT
trap 'on_signal 15' TERM

# --- Programs and packages ----------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }

# install_packages NAME...: Debian's packages, without starting the servers among them.
install_packages() {
  [ $# -gt 0 ] || return 0
  has apt-get || die "missing, under the names Debian gives them: $*"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    has sudo || die "missing, and only root can install it: apt-get install $*"
    as_root=(sudo)
  fi
  say "Installing $* with apt-get"
  # shellcheck disable=SC2016 # expanded by the inner shell
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -euc '
    log=$(mktemp) made=("$log")
    trap '\''rm -f "${made[@]}"'\'' EXIT
    cluster=/etc/postgresql-common/createcluster.d/programs-only.conf policy=/usr/sbin/policy-rc.d
    mkdir -p "${cluster%/*}"
    echo "create_main_cluster = false" >"$cluster"
    made+=("$cluster")
    if [ ! -e "$policy" ]; then
      printf "#!/bin/sh\nexit 101\n" >"$policy"
      chmod +x "$policy"
      made+=("$policy")
    fi
    options=(-q -y --no-install-recommends -o DPkg::Lock::Timeout=300)
    # A repository that does not answer may not be one that is needed here.
    apt-get update -q >"$log" 2>&1 || true
    apt-get install "${options[@]}" "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
  ' bash "$@" </dev/null || die "could not install $*"
}

# missing_for_build: prints the packages that building needs and this machine lacks.
missing_for_build() {
  has swift || die "Swift 6.3 or newer is not in PATH"
  has pkg-config || echo pkg-config
  pkg-config --exists libpq 2>/dev/null || echo libpq-dev
  pkg-config --exists libcrypto 2>/dev/null || echo libssl-dev
  pkg-config --exists zlib 2>/dev/null || echo zlib1g-dev
}

# build_server: builds the release executable, .build/release/tacohelp.
build_server() {
  say "Building (the first time takes some minutes)"
  # Colours are compiler flags: on in a terminal and off elsewhere, they would cause a full rebuild.
  run swift build -c release --product tacohelp --static-swift-stdlib \
    -Xswiftc -cross-module-optimization --no-color-diagnostics >&2
}
