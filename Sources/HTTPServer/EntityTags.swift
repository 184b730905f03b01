package import HTTPTypes

/// An entity tag (RFC 9110, 8.8.3).
package struct EntityTag: Equatable, Sendable {
  /// Without quotation marks.
  package let text: String

  package init(text: some StringProtocol) { self.text = String(text) }

  /// The form that headers use.
  package var quoted: String { "\"\(text)\"" }
}

/// The value of an `If-Match` or `If-None-Match` header.
package enum EntityTags: Equatable {
  /// `*` matches any tag.
  case any
  /// Strong and weak tags are not told apart, since proxies that compress make tags weak.
  case these([EntityTag])

  package init?(_ list: String) {
    let separators: Set<Character> = [" ", "\t", ","]
    var rest = list.drop(while: separators.contains)
    if rest.first == "*", rest.dropFirst().allSatisfy(separators.contains) {
      self = .any
      return
    }
    var tags: [EntityTag] = []
    while !rest.isEmpty {
      if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
      guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
      tags.append(EntityTag(text: rest[rest.index(after: rest.startIndex)..<end]))
      rest = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
      guard rest.isEmpty || rest.first == "," else { return nil }
      rest = rest.drop(while: separators.contains)
    }
    guard !tags.isEmpty else { return nil }
    self = .these(tags)
  }

  func contains(_ tag: EntityTag) -> Bool {
    switch self {
    case .any: true
    case .these(let tags): tags.contains(tag)
    }
  }
}

extension Request {
  /// The answer 304 for a client that has the current version; nil for others.
  package func notModified(_ tag: EntityTag, _ headers: HTTPFields = [:]) -> Response? {
    hasCurrent(tag) ? Response(status: .notModified, headers: headers).tagged(tag) : nil
  }

  /// True if `If-None-Match` lists the tag (RFC 9110, 13.1.2). A malformed header is ignored.
  private func hasCurrent(_ tag: EntityTag) -> Bool {
    let values = headers[values: .ifNoneMatch]
    guard !values.isEmpty else { return false }
    return EntityTags(values.joined(separator: ","))?.contains(tag) == true
  }
}

extension Response {
  package func tagged(_ tag: EntityTag) -> Response {
    var response = self
    response.headers[.eTag] = tag.quoted
    return response
  }
}
