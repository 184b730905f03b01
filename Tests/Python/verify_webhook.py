"""Verifies a webhook with the library of Standard Webhooks.

Arguments: the secret, then the values of webhook-id, webhook-timestamp and webhook-signature; standard
input: the body. Fails when the library refuses it, or takes it with another secret or body.
"""

import base64
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

secret, identifier, timestamp, signature = sys.argv[1:]
headers = {"webhook-id": identifier, "webhook-timestamp": timestamp, "webhook-signature": signature}
body = sys.stdin.buffer.read().decode()

Webhook(secret).verify(body, headers)
for wrong_secret, wrong_body in [
    ("whsec_" + base64.b64encode(bytes(32)).decode(), body),
    (secret, body.replace("}", " }", 1)),
]:
    try:
        Webhook(wrong_secret).verify(wrong_body, headers)
    except WebhookVerificationError:
        continue
    sys.exit("a forged webhook was taken for a genuine one")
