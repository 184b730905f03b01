import HTTPServer

/// A path and its handlers.
struct Route: Sendable {
  typealias Handler = @Sendable (Visit) async throws -> Response

  /// A path such as `/settings/api-keys/{id}/revoke`.
  let template: String
  var isForSignedIn = true
  /// True if a visitor gets a cookie for the page's forms.
  var hasForms = true
  /// True if the page is also for people who have not chosen an organization yet.
  var isForChoosing = false
  var get: Handler?
  var post: Handler?

  /// The value of the header `Allow`.
  var allowed: String {
    [get.map { _ in "GET, HEAD" }, post.map { _ in "POST" }].compactMap(\.self)
      .joined(separator: ", ")
  }
}
