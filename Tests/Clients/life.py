"""The life of a ticket and of a chat with the client that openapi-generator makes for Python.

`life.py SERVER KEY AGENT_ID`, with the client's package, `tacohelp`, on the path.
"""

import sys

import tacohelp
from tacohelp.exceptions import ApiException

server, key, agent = sys.argv[1:]
configuration = tacohelp.Configuration(host=server, access_token=key)

with tacohelp.ApiClient(configuration) as client:
    tickets, chats = tacohelp.TicketsApi(client), tacohelp.ChatApi(client)

    ticket = tickets.create_ticket(
        tacohelp.CreateTicketRequest(
            subject="Cold oven",
            description="It was warm yesterday.",
            created_by_email="sam@example.com",
            priority=tacohelp.TicketPriority.HIGH,
            tags=["oven"],
        ),
        idempotency_key="a-ticket",
    )
    assert ticket.status == tacohelp.TicketStatus.OPEN and ticket.assignee is None
    assert ticket.created_by.email == "sam@example.com" and ticket.tags == ["oven"]

    changed = tickets.update_ticket(
        ticket.id,
        tacohelp.UpdateTicketRequest(status=tacohelp.TicketStatus.IN_PROGRESS, assignee_id=agent),
    )
    assert changed.assignee.id == agent and changed.updated_at > ticket.updated_at
    assert tickets.update_ticket(
        ticket.id, tacohelp.UpdateTicketRequest(assignee_id=None)
    ).assignee is None

    comment = tickets.add_comment(
        ticket.id,
        tacohelp.AddCommentRequest(content="Plug it in.", author_email="agent@taco.example"),
    )
    found = tickets.get_ticket(ticket.id)
    assert [c.id for c in found.comments] == [comment.id]
    assert found.comments[0].author.role == tacohelp.Role.ROLE_AGENT
    page = tickets.list_tickets(status=tacohelp.TicketStatus.IN_PROGRESS, limit=10)
    assert page.total == 1 and page.tickets[0].id == ticket.id

    other = tickets.create_ticket(
        tacohelp.CreateTicketRequest(
            subject="Oven cold", description="Again.", created_by_email="sam@example.com"
        )
    )
    target = tickets.merge_ticket(
        ticket.id, tacohelp.MergeTicketRequest(into_ticket_id=other.id)
    )
    assert target.id == other.id and len(target.comments) == 1
    try:
        tickets.update_ticket(ticket.id, tacohelp.UpdateTicketRequest(subject="Too late"))
    except ApiException as refused:
        assert refused.status == 400 and refused.data.error.code == "ticket_merged"
    else:
        sys.exit("a ticket that was merged away was changed")

    chat = chats.start_conversation(
        tacohelp.StartConversationRequest(visitor_name="Sam", visitor_email="sam@example.com")
    )
    assert chat.visitor_email == "sam@example.com"
    said = chats.send_message(
        chat.id,
        tacohelp.SendMessageRequest(
            content="Hello", sender_type=tacohelp.SenderType.SENDER_AGENT, sender_id=agent
        ),
    )
    assert said.sender_id == agent
    chats.send_message(
        chat.id,
        tacohelp.SendMessageRequest(
            content="Hi", sender_type=tacohelp.SenderType.SENDER_VISITOR
        ),
    )
    assert len(chats.get_conversation(chat.id).messages) == 2
    ended = chats.end_conversation(chat.id, tacohelp.EndConversationRequest(status="ended"))
    assert ended.status == tacohelp.ConversationStatus.ENDED
