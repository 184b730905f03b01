import HTTPTypes
import Helpdesk
import Hummingbird

/// One method of a resource: the scope that it takes, and what it does.
struct Operation {
  let method: HTTPRequest.Method
  let scope: APIKey.Scope
  let handle: @Sendable (Request, APIContext) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ scope: APIKey.Scope,
    _ handle: @escaping @Sendable (Request, APIContext) async throws -> Response
  ) {
    self.method = method
    self.scope = scope
    self.handle = handle
  }
}

extension RouterMethods where Context == APIContext {
  /// A resource with all its operations; any other method is answered with 405.
  func resource(_ path: RouterPath, _ operations: Operation...) {
    for operation in operations {
      on(path, method: operation.method) { request, context in
        guard context.principal.scopes.contains(operation.scope) else {
          throw APIError.insufficientScope(operation.scope)
        }
        return try await operation.handle(request, context)
      }
    }
    var allowed = operations.map(\.method)
    if let get = allowed.firstIndex(of: .get) { allowed.insert(.head, at: get + 1) }
    for method in HTTPRequest.Method.known
    where !operations.contains(where: { $0.method == method }) {
      on(path, method: method) { [allowed] _, _ -> Response in
        throw APIError.methodNotAllowed(allowed)
      }
    }
  }
}

extension HTTPRequest.Method {
  /// Every method that the HTTP parser lets through, but HEAD, which is answered as GET.
  fileprivate static let known: [HTTPRequest.Method] =
    [.get, .post, .put, .patch, .delete, .options, .trace, .connect]
    + [
      "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MSEARCH", "MERGE",
      "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE",
      "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK",
      "UNSUBSCRIBE",
    ].compactMap { HTTPRequest.Method($0) }
}
