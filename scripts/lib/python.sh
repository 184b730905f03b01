# shellcheck shell=bash
# Python and what tests take from PyPI. Sourced after common.sh.

# python_tools: prints the path of a Python that has all of Tests/requirements.txt, made on first use
# in .local/python and again when the requirements have changed.
python_tools() {
  local folder=$PWD/.local/python
  if ! cmp -s Tests/requirements.txt "$folder/requirements.txt"; then
    # Debian has the module and what it installs in packages of their own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
    say "Installing Tests/requirements.txt into .local/python"
    rm -rf "$folder"
    python3 -m venv "$folder" >&2
    "$folder/bin/pip" install -q --disable-pip-version-check --no-deps \
      -r Tests/requirements.txt >&2 || die "could not install Tests/requirements.txt"
    "$folder/bin/pip" -q check >&2 || die "Tests/requirements.txt does not fit together"
    cp Tests/requirements.txt "$folder/requirements.txt"
  fi
  echo "$folder/bin/python"
}
