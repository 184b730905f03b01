"""The life of a ticket and of a chat with the client that openapi-python-client makes.

`life_attrs.py SERVER KEY AGENT_ID`, with the client's package, `taco_help_api_client`, on the path.
"""

import sys

from taco_help_api_client import AuthenticatedClient, models
from taco_help_api_client.api.chat import (
    end_conversation,
    get_conversation,
    send_message,
    start_conversation,
)
from taco_help_api_client.api.tickets import (
    add_comment,
    create_ticket,
    get_ticket,
    list_tickets,
    merge_ticket,
    update_ticket,
)

server, key, agent = sys.argv[1:]

with AuthenticatedClient(base_url=server, token=key) as client:
    ticket = create_ticket.sync(
        client=client,
        body=models.CreateTicketRequest(
            subject="Cold oven",
            description="It was warm yesterday.",
            created_by_email="sam@example.com",
            tags=["oven"],
        ),
    )
    assert ticket.status == models.TicketStatus.OPEN and ticket.assignee is None
    changed = update_ticket.sync(
        ticket.id, client=client, body=models.UpdateTicketRequest(assignee_id=agent)
    )
    assert changed.assignee.id == agent
    changed = update_ticket.sync(
        ticket.id, client=client, body=models.UpdateTicketRequest(assignee_id=None)
    )
    assert changed.assignee is None
    add_comment.sync(
        ticket.id,
        client=client,
        body=models.AddCommentRequest(content="Plug it in.", author_email="agent@taco.example"),
    )
    assert len(get_ticket.sync(ticket.id, client=client).comments) == 1
    assert list_tickets.sync(client=client, limit=1).tickets[0].id == ticket.id
    other = create_ticket.sync(
        client=client,
        body=models.CreateTicketRequest(
            subject="Oven cold", description="Again.", created_by_email="sam@example.com"
        ),
    )
    request = models.MergeTicketRequest(into_ticket_id=other.id)
    assert merge_ticket.sync(ticket.id, client=client, body=request).id == other.id
    refused = merge_ticket.sync(ticket.id, client=client, body=request)
    assert isinstance(refused, models.ErrorResponse)
    assert refused.error.code == models.ErrorCode.TICKET_MERGED

    chat = start_conversation.sync(
        client=client,
        body=models.StartConversationRequest(visitor_name="Sam", visitor_email="sam@example.com"),
    )
    assert chat.visitor_email == "sam@example.com"
    send_message.sync(
        chat.id,
        client=client,
        body=models.SendMessageRequest(
            content="Hello", sender_type=models.SenderType.SENDER_AGENT, sender_id=agent
        ),
    )
    assert get_conversation.sync(chat.id, client=client).messages[0].sender_id == agent
    ended = end_conversation.sync(
        chat.id,
        client=client,
        body=models.EndConversationRequest(status=models.EndConversationRequestStatus.ENDED),
    )
    assert ended.status == models.ConversationStatus.ENDED

# Each kind of event that a webhook brings has a model.
for kind in ["Created", "Updated", "Commented", "Resolved", "Closed", "Reopened", "Merged"]:
    assert hasattr(models, f"Ticket{kind}Event"), kind
assert hasattr(models, "WebhookTestEvent")
event = models.TicketCreatedEvent.from_dict(
    {
        "id": ticket.id,
        "type": "ticket.created",
        "timestamp": "2026-03-17T09:30:00.000Z",
        "data": {"ticket": ticket.to_dict()},
    }
)
assert event.data.ticket.subject == "Cold oven"
