import HTTPServer
import Helpdesk
import Postgres

/// A body that says what to change and, optionally in `ifUpdatedAt`, which version the client has read.
/// That serves clients behind proxies that drop entity tags, and clients that have read an item from a
/// list, where it has no `ETag`.
private struct ConditionalContent<Content: RequestContent>: RequestContent {
  let content: Content
  let ifUpdatedAt: Int64?

  init(_ fields: inout BodyFields) {
    content = Content(&fields)
    ifUpdatedAt = fields.moment("ifUpdatedAt")?.millisecondsSince1970
  }
}

extension RequestBody {
  /// The body as `Content`, and the condition for the change: `If-Match`, `ifUpdatedAt` or both.
  static func readConditionally<Content: RequestContent>(_: Content.Type, of request: Request)
    async throws -> (Content, Precondition)
  {
    let (body, tags) = try await read(ConditionalContent<Content>.self, of: request) { _ in
      try EntityTags.ifMatch(request)
    }
    return (body.content, Precondition(tags, body.ifUpdatedAt))
  }

  /// The same, with the idempotency key of the request.
  static func readConditionallyWithKey<Content: RequestContent>(
    _: Content.Type, of request: Request
  ) async throws -> (Content, Precondition, IdempotencyKey?) {
    let (body, (tags, key)) = try await read(ConditionalContent<Content>.self, of: request) {
      (try EntityTags.ifMatch(request), try IdempotencyHeader.read(request, body: $0))
    }
    return (body.content, Precondition(tags, body.ifUpdatedAt), key)
  }
}

extension Precondition {
  fileprivate init(_ tags: EntityTags?, _ ifUpdatedAt: Int64?) {
    var moments = ifUpdatedAt.map { [$0] }
    if case .these(let tags) = tags {
      let read = tags.compactMap(\.moment)
      moments = moments?.filter(read.contains) ?? read
    }
    self.init(moments: moments)
  }
}
