import Helpdesk

/// The parameters of a list: `status`, `limit`, `offset`. Unknown parameters are ignored.
struct ListQuery<Status: RawRepresentable<String> & CaseIterable> {
  var status: Status?
  var page: Page

  /// Throws an `APIError` that names every faulty parameter.
  init(_ query: String) throws {
    var parameters = QueryParameters(query)
    let limit = parameters.integer("limit", least: 1) ?? 50
    let offset = parameters.integer("offset", least: 0) ?? 0
    status = parameters.choice("status")
    page = Page(limit: min(limit, 100), offset: offset)
    guard parameters.faults.isEmpty else { throw APIError.invalid(parameters.faults) }
  }
}
