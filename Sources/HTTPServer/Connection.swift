import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// An accepted connection, whose requests are answered in turn on its event loop.
struct Connection: Sendable {
  let channel: any Channel
  let requests: RequestQueue
  let responder: any Responder
  let dates: DateHeader

  /// Answers requests until the connection is closed, or the task is cancelled.
  func run() async {
    await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
      await withTaskCancellationHandler {
        await answerRequests()
        channel.close(promise: nil)
        // This does not take long: the gate limits how long a connection drains and lingers. An error
        // changes nothing.
        try? await channel.closeFuture.get()
      } onCancel: {
        channel.pipeline.fireUserInboundEventTriggered(MessageGate.GiveUp())
      }
    }
  }

  private func answerRequests() async {
    while let request = await requests.next() {
      let response = await responder.respond(to: request)
      request.body?.abandon()
      write(response)
      if request.headers[.connection] == "close" { return }
    }
  }

  private func write(_ response: Response) {
    var head = response.head
    head.headerFields[.date] = dates.now()
    write(.head(HTTPResponseHead(head)))
    for buffer in response.body { write(.body(.byteBuffer(buffer))) }
    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    response.room?.release()
  }

  private func write(_ part: HTTPServerResponsePart) { channel.write(part, promise: nil) }
}
