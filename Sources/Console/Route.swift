import HTTPServer

/// A path and its handlers.
struct Route: Sendable {
  typealias Handler = @Sendable (Visit) async throws -> Response

  /// A path such as `/settings/api-keys/{id}/revoke`.
  let template: String
  var isForSignedIn = true
  /// True if a visitor gets a cookie for its forms.
  var hasForms = true
  /// True if it is also for people who have yet to choose an organization.
  var isForChoosing = false
  var get: Handler?
  var post: Handler?

  /// For the header `Allow`.
  var allowed: String {
    [get.map { _ in "GET, HEAD" }, post.map { _ in "POST" }].compactMap(\.self)
      .joined(separator: ", ")
  }
}
