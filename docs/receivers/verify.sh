#!/usr/bin/env bash
# Verifies captured webhooks from TacoHelp, and sends signed ones to a receiver of your own. Needs
# bash 4.4, OpenSSL and coreutils; sending needs curl. For trying things out: while OpenSSL runs,
# other users of the machine can see its arguments, and so the secret.
set -euo pipefail

# verify SECRET ID TIMESTAMP SIGNATURES BODY_FILE: by Standard Webhooks; says why and fails unless
# one of the signatures is genuine and fresh.
verify() {
  local now expected signature signatures
  [[ -n $2 && -n $3 && -n $4 ]] || { say "a webhook header is missing" && return 1; }
  now=$(date +%s)
  # Only digits, and not too many: the shell would calculate with anything.
  [[ $3 =~ ^[1-9][0-9]{0,14}$ && $3 -ge $((now - 300)) && $3 -le $((now + 300)) ]] ||
    { say "the timestamp is not within 5 minutes of now" && return 1; }
  expected=$(sign "$1" "$2" "$3" "$5") || return 1
  # Several while a secret is rotated. Versions other than v1 never match.
  read -ra signatures <<<"$4"
  for signature in "${signatures[@]}"; do
    if equal "$signature" "$expected"; then return 0; fi
  done
  say "no signature matches" && return 1
}

# verify_simple SECRET SIGNATURE BODY_FILE: by X-Webhook-Signature, without a look at the time.
verify_simple() {
  local expected
  expected=$(sign_simple "$1" "$3") || return 1
  equal "$2" "$expected" || { say "no signature matches" && return 1; }
}

# sign SECRET ID TIMESTAMP BODY_FILE: prints what stands in webhook-signature.
sign() {
  local key mac
  key=$(decode_secret "$1") || return 1
  mac=$({ printf '%s.%s.' "$2" "$3" && cat -- "$4"; } | hmac "$key" | base64) || return 1
  printf 'v1,%s\n' "$mac"
}

# sign_simple SECRET BODY_FILE: prints what stands in X-Webhook-Signature.
sign_simple() { decode_secret "$1" >/dev/null && hmac "$(printf %s "$1" | hex)" <"$2" | hex; }

# decode_secret SECRET: prints the key in hex. An empty one would let anybody sign.
decode_secret() {
  if [[ ! $1 =~ ^whsec_[A-Za-z0-9+/]+=*$ ]] ||
    ! printf %s "${1#whsec_}" | base64 -d 2>/dev/null | hex; then
    say "the secret must be whsec_ and base64" && return 1
  fi
}
hmac() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
# By their digests, so that the time it takes does not tell where they differ.
equal() { [ "$(printf %s "$1" | sha256sum)" = "$(printf %s "$2" | sha256sum)" ]; }
say() { printf '%s\n' "$1" >&2; }

# --- Command line --------------------------------------------------------------------------------
#   verify.sh BODY_FILE              verifies; the secret and the headers are in the environment
#   verify.sh --send URL BODY_FILE   signs with WEBHOOK_SECRET and sends

send() {
  local id=${WEBHOOK_ID:-test-$RANDOM$RANDOM} timestamp=${WEBHOOK_TIMESTAMP:-$(date +%s)}
  local signature simple
  signature=$(sign "$WEBHOOK_SECRET" "$id" "$timestamp" "$2") || return 1
  simple=$(sign_simple "$WEBHOOK_SECRET" "$2") || return 1
  curl --silent --show-error --include --fail-with-body --max-time 10 --data-binary "@$2" \
    -H 'Content-Type: application/json' -H 'X-Webhook-Event: webhook.test' \
    -H "X-Webhook-Delivery: $id" -H "X-Webhook-Timestamp: $timestamp" \
    -H "X-Webhook-Signature: $simple" -H "webhook-id: $id" \
    -H "webhook-timestamp: $timestamp" -H "webhook-signature: $signature" -- "$1"
}

main() {
  : "${WEBHOOK_SECRET=}"
  if [ "${1-}" = --send ]; then
    send "${2:?--send needs a URL}" "${3:?--send needs a file with the body}"
  elif [ -n "${X_WEBHOOK_SIGNATURE+set}" ]; then
    verify_simple "$WEBHOOK_SECRET" "$X_WEBHOOK_SIGNATURE" "${1:-/dev/stdin}" && echo ok
  else
    verify "$WEBHOOK_SECRET" "${WEBHOOK_ID-}" "${WEBHOOK_TIMESTAMP-}" "${WEBHOOK_SIGNATURE-}" \
      "${1:-/dev/stdin}" && echo ok
  fi
}

main "$@"
