import HTTPServer
import HTTPTypes
import Helpdesk

extension APIContext {
  /// The parent in the path, and the page of its items: `limit` and `cursor`. Unknown parameters are
  /// ignored.
  func page<Entity>(of what: String) throws -> (Identifier<Entity>, ItemPage.Request) {
    let id = Identifier<Entity>(parameter)
    var query = QueryParameters(request.query)
    let limit = query.integer("limit", least: 1) ?? 100
    let cursor = query.cursor("cursor", in: id ?? .ofNothing)
    guard query.faults.isEmpty else { throw APIError.invalid(query.faults) }
    guard let id else { throw APIError.notFound(what) }
    return (id, ItemPage.Request(limit: min(limit, ItemPage.mostItems), after: cursor))
  }
}

extension JSONWriter {
  /// The response with the page that was written, and a link to the next.
  /// - Parameters:
  ///   - next: the cursor of the next page, if there is one
  ///   - path: the path of the pages
  func response(_ page: ItemPage.Request, next: String?, at path: String) -> Response {
    var response = response()
    if let next {
      // Relative to the requested address (RFC 8288), which a proxy may have changed.
      response.headers[.link] = "<\(path)?limit=\(page.limit)&cursor=\(next)>; rel=\"next\""
    }
    return response
  }
}

extension HTTPField.Name {
  fileprivate static let link = HTTPField.Name("Link")!
}
