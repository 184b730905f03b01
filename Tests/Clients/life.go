// The life of a ticket and of a chat with the client that openapi-generator makes for Go, whose
// folder this file is copied to: `go run ./life SERVER KEY AGENT_ID`.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	tacohelp "tacohelp.example/client"
)

func must(err error) {
	if err != nil {
		var refused *tacohelp.GenericOpenAPIError
		if errors.As(err, &refused) {
			log.Fatalf("%v: %s", err, refused.Body())
		}
		log.Fatal(err)
	}
}

func expect(holds bool, what string) {
	if !holds {
		log.Fatal("not so: ", what)
	}
}

func main() {
	server, key, agent := os.Args[1], os.Args[2], os.Args[3]
	configuration := tacohelp.NewConfiguration()
	configuration.Servers = tacohelp.ServerConfigurations{{URL: server}}
	client := tacohelp.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), tacohelp.ContextAccessToken, key)

	draft := tacohelp.NewCreateTicketRequest("Cold oven", "It was warm yesterday.", "sam@example.com")
	draft.SetTags([]string{"oven"})
	ticket, _, err := client.TicketsAPI.CreateTicket(ctx).CreateTicketRequest(*draft).Execute()
	must(err)
	expect(ticket.Status == tacohelp.OPEN && ticket.Assignee.Get() == nil, "a new ticket")

	patch := tacohelp.NewUpdateTicketRequest()
	patch.SetStatus(tacohelp.IN_PROGRESS)
	patch.SetAssigneeId(agent)
	changed, _, err := client.TicketsAPI.UpdateTicket(ctx, ticket.Id).UpdateTicketRequest(*patch).Execute()
	must(err)
	expect(changed.Assignee.Get().Id == agent, "it is assigned")
	patch = tacohelp.NewUpdateTicketRequest()
	patch.SetAssigneeIdNil()
	changed, _, err = client.TicketsAPI.UpdateTicket(ctx, ticket.Id).UpdateTicketRequest(*patch).Execute()
	must(err)
	expect(changed.Assignee.Get() == nil, "it is unassigned")

	_, _, err = client.TicketsAPI.AddComment(ctx, ticket.Id).
		AddCommentRequest(*tacohelp.NewAddCommentRequest("Plug it in.", "agent@taco.example")).Execute()
	must(err)
	found, _, err := client.TicketsAPI.GetTicket(ctx, ticket.Id).Execute()
	must(err)
	expect(len(found.Comments) == 1 && found.Comments[0].Author.Role == tacohelp.ROLE_AGENT, "its comment")
	page, _, err := client.TicketsAPI.ListTickets(ctx).Status(tacohelp.IN_PROGRESS).Limit(10).Execute()
	must(err)
	expect(page.Tickets[0].Id == ticket.Id, "it is listed")

	other, _, err := client.TicketsAPI.CreateTicket(ctx).CreateTicketRequest(
		*tacohelp.NewCreateTicketRequest("Oven cold", "Again.", "sam@example.com")).Execute()
	must(err)
	merge := client.TicketsAPI.MergeTicket(ctx, ticket.Id).
		MergeTicketRequest(*tacohelp.NewMergeTicketRequest(other.Id))
	target, _, err := merge.Execute()
	must(err)
	expect(target.Id == other.Id && len(target.Comments) == 1, "it is merged")
	_, _, err = merge.Execute()
	var refused *tacohelp.GenericOpenAPIError
	expect(errors.As(err, &refused), "a merge is refused the second time")
	answer, ok := refused.Model().(tacohelp.ErrorResponse)
	expect(ok && answer.Error.Code == tacohelp.TICKET_MERGED, "the error says why")

	start := tacohelp.NewStartConversationRequest("Sam")
	start.SetVisitorEmail("sam@example.com")
	chat, _, err := client.ChatAPI.StartConversation(ctx).StartConversationRequest(*start).Execute()
	must(err)
	expect(*chat.VisitorEmail.Get() == "sam@example.com", "the visitor's address")
	message := tacohelp.NewSendMessageRequest("Hello", tacohelp.SENDER_AGENT)
	message.SetSenderId(agent)
	_, _, err = client.ChatAPI.SendMessage(ctx, chat.Id).SendMessageRequest(*message).Execute()
	must(err)
	talk, _, err := client.ChatAPI.GetConversation(ctx, chat.Id).Execute()
	must(err)
	expect(len(talk.Messages) == 1 && *talk.Messages[0].SenderId.Get() == agent, "its message")
	ended, _, err := client.ChatAPI.EndConversation(ctx, chat.Id).
		EndConversationRequest(*tacohelp.NewEndConversationRequest("ended")).Execute()
	must(err)
	expect(ended.Status == tacohelp.ENDED, "it ends")
}
