// The life of a ticket with the client that openapi-generator makes for TypeScript (typescript-fetch);
// compiled beside it, not run.
import {
  ChatApi,
  Configuration,
  ResponseError,
  TicketPriority,
  TicketsApi,
  TicketStatus,
} from './index';

export async function life(server: string, key: string, agent: string): Promise<void> {
  const configuration = new Configuration({ basePath: server, accessToken: key });
  const tickets = new TicketsApi(configuration);
  const ticket = await tickets.createTicket({
    createTicketRequest: {
      subject: 'Cold oven',
      description: 'It was warm yesterday.',
      createdByEmail: 'sam@example.com',
      priority: TicketPriority.High,
      tags: null,
    },
  });
  const createdAt: Date = ticket.createdAt;
  await tickets.updateTicket({
    ticketId: ticket.id,
    updateTicketRequest: { status: TicketStatus.InProgress, assigneeId: agent },
  });
  await tickets.updateTicket({ ticketId: ticket.id, updateTicketRequest: { assigneeId: null } });
  const found = await tickets.getTicket({ ticketId: ticket.id });
  const names: string[] = found.comments.map((comment) => comment.author.name);
  try {
    await tickets.mergeTicket({
      ticketId: ticket.id,
      mergeTicketRequest: { intoTicketId: ticket.id },
    });
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
  }
  const chat = await new ChatApi(configuration).startConversation({
    startConversationRequest: { visitorName: 'Sam', visitorEmail: null },
  });
  console.log(createdAt, names, chat.visitorEmail);
}
