import Hummingbird

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

  /// The path's part in place of `{id}`, empty if the route has none; nil if the path is another route's.
  func match(_ path: String) -> String? {
    let wanted = template.split(separator: "/", omittingEmptySubsequences: false)
    let given = path.split(separator: "/", omittingEmptySubsequences: false)
    guard wanted.count == given.count else { return nil }
    var parameter = ""
    for (want, have) in zip(wanted, given) {
      if want == "{id}" {
        parameter = String(have)
      } else if want != have {
        return nil
      }
    }
    return parameter
  }

  /// For the header `Allow`.
  var allowed: String {
    [get.map { _ in "GET, HEAD" }, post.map { _ in "POST" }].compactMap(\.self)
      .joined(separator: ", ")
  }
}
