# shellcheck shell=bash
# Servers that are written to while faults are injected. Sourced by scripts/test.

# libfaketime: prints the path of the library, if it is installed.
libfaketime() {
  local path
  for path in /usr/lib/*/faketime/libfaketime.so.1; do
    if [ -e "$path" ]; then echo "$path" && return; fi
  done
}

# faults [OPTION...]: runs Tests/Python/faults, which needs only Python's standard library.
faults() {
  local missing
  case " $* " in *" -h "* | *" --help "*) exec python3 Tests/Python/faults -h ;; esac
  mapfile -t missing < <(missing_for_build)
  has python3 || missing+=(python3)
  postgres_programs >/dev/null || missing+=(postgresql)
  [ -n "$(libfaketime)" ] || missing+=(faketime)
  install_packages "${missing[@]}"

  say "Building (the first build takes some minutes)"
  run swift build --product tacohelp >&2
  TACOHELP=$(swift build --show-bin-path)/tacohelp
  TEST_POSTGRES_BIN=${TEST_POSTGRES_BIN:-$(postgres_programs)}
  TEST_FAKETIME=$(libfaketime)
  export TACOHELP TEST_POSTGRES_BIN TEST_FAKETIME
  run python3 -u Tests/Python/faults "$@"
}
