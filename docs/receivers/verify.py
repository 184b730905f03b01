"""Verifies webhooks from TacoHelp. Python 3.8 or newer, nothing to install.

    @app.post("/webhooks")
    def receive():
        verify(secret, request.headers, request.get_data())  # raises unless the request is genuine
"""
import base64
import hashlib
import hmac
import re
import time

TOLERANCE = 5 * 60  # seconds


def verify(secret, headers, body, now=None):
    """Standard Webhooks: raises ValueError unless one of the signatures is genuine and fresh.

    secret: whsec_...; headers: a web framework's, or a dict with names in lower case;
    body: the bytes as they came, not parsed.
    """
    event_id = headers.get("webhook-id")
    timestamp = headers.get("webhook-timestamp")
    signatures = headers.get("webhook-signature")
    if not (event_id and timestamp and signatures):
        raise ValueError("a webhook header is missing")
    now = time.time() if now is None else now
    if not re.fullmatch("[0-9]{1,15}", timestamp) or abs(now - int(timestamp)) > TOLERANCE:
        raise ValueError("the timestamp is not within 5 minutes of now")
    signed = f"{event_id}.{timestamp}.".encode() + body
    mac = hmac.new(_decode_secret(secret), signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    # Several while a secret is rotated. Versions other than v1 never match.
    if not any(hmac.compare_digest(given.encode(), expected) for given in signatures.split(" ")):
        raise ValueError("no signature matches")


def verify_simple(secret, headers, body):
    """X-Webhook-Signature: simpler, but a request that someone recorded stays valid."""
    _decode_secret(secret)
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(headers.get("x-webhook-signature", "").encode(), expected.encode()):
        raise ValueError("no signature matches")


def _decode_secret(secret):
    try:
        key = base64.b64decode(secret[len("whsec_"):], validate=True)
    except ValueError:
        key = b""
    # An empty key would let anybody sign.
    if not key or not secret.startswith("whsec_"):
        raise ValueError("the secret must be whsec_ and base64")
    return key


# --- Command line: python3 verify.py BODY_FILE, with secret and headers in the environment --------

def main():
    import os
    import sys

    names = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-signature")
    values = {name: os.environ.get(name.upper().replace("-", "_")) for name in names}
    headers = {name: value for name, value in values.items() if value is not None}
    check = verify_simple if "x-webhook-signature" in headers else verify
    try:
        with open(sys.argv[1] if len(sys.argv) > 1 else "/dev/stdin", "rb") as file:
            check(os.environ.get("WEBHOOK_SECRET", ""), headers, file.read())
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print("ok")


if __name__ == "__main__":
    main()
