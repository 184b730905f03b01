#!/bin/sh
# usage: embed.sh FOLDER OUTPUT PATH...
# Writes a Swift file with a constant for the text of each PATH below FOLDER, and a list of all.
set -eu
cd "$1"
output=$2
shift 2

constant() { printf %s "$1" | tr -c 'A-Za-z0-9' _; }

{
  echo 'extension EmbeddedFile {'
  for path; do
    printf '  public static let %s = EmbeddedFile("%s", ####"""\n' "$(constant "$path")" "$path"
    cat "$path"
    printf '\n"""####)\n'
  done
  echo '  static let all = ['
  for path; do printf '    %s,\n' "$(constant "$path")"; done
  echo '  ]'
  echo '}'
} >"$output"
