# shellcheck shell=bash
# Python, and the packages that tests take from PyPI. Sourced after common.sh.

# python_tools REQUIREMENTS NAME: prints the path of a Python that has everything in the file
# REQUIREMENTS. It is made on first use in .local/NAME, and again when the file has changed.
python_tools() {
  local folder=$PWD/.local/$2
  if ! cmp -s "$1" "$folder/requirements.txt"; then
    # Debian has the module and what it installs in separate packages.
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
    say "Installing $1 into .local/$2"
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install -q --disable-pip-version-check --no-deps -r "$1" >&2 ||
      die "could not install $1"
    "$folder/bin/pip" -q check >&2 || die "$1 does not fit together"
    cp "$1" "$folder/requirements.txt"
  fi
  echo "$folder/bin/python"
}
