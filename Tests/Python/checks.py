"""Checks for Schemathesis besides its own checks; named by schemathesis.toml."""

import schemathesis
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    positive_data_acceptance,
)

# A description tells which requests are well formed, not what was done to a resource before.
# Nor which keys were used for another request.
STATES = {
    "ticket_merged",
    "conversation_ended",
    "limit_reached",
    "idempotency_conflict",
    "precondition_failed",
}
# Members of bodies that are ids: made up, they are answered with 404 like one in the path.
REFERENCES = {"assigneeId", "senderId", "intoTicketId"}


@schemathesis.check
def well_formed_requests_are_accepted(ctx, response, case):
    """As positive_data_acceptance, but a resource may be in a state that forbids the request.

    And the description says some things in words, since client generators do not know `if` and the like: a
    visitor's message has no `senderId`, `ifUpdatedAt` alone changes nothing, and a cursor has to be one that
    was handed out.
    """
    if response.status_code == 400 and "cursor" in (case.query or {}):
        details = response.json()["error"].get("details", [])
        if [detail["field"] for detail in details] == ["cursor"]:
            return None
    if isinstance(case.body, dict):
        if case.body.get("senderType") == "visitor" and case.body.get("senderId") is not None:
            return None
        if case.operation.method == "patch" and case.body.keys() == {"ifUpdatedAt"}:
            return None
    if response.status_code in (400, 412, 422) and response.json()["error"]["code"] in STATES:
        return None
    return positive_data_acceptance(ctx, response, case)


@schemathesis.check
def created_resources_are_found(ctx, response, case):
    """As ensure_resource_availability, but what is not found may be another resource."""
    if isinstance(case.body, dict) and REFERENCES & case.body.keys():
        return None
    return ensure_resource_availability(ctx, response, case)
