/// Finds what a path leads to, by templates such as `/tickets/{ticketId}/merge`.
///
/// A template has at most one `{parameter}`, which stands for one segment, possibly an empty one.
/// Segments are compared as they were sent: still percent-encoded, case included.
package struct Router<Destination: Sendable>: Sendable {
  private var table = RouteTable()
  private var destinations: [Destination] = []

  /// - Parameter template: the path template of a destination; the first that matches wins
  package init(_ destinations: [Destination], template: (Destination) -> String) {
    for destination in destinations { table.add(template(destination)) }
    self.destinations = destinations
  }

  /// The destination, and the path's segment in place of the parameter, empty if the template has none;
  /// nil if no template matches.
  package func match(_ path: String) -> (destination: Destination, parameter: String)? {
    table.match(path).map { (destinations[$0.index], $0.parameter) }
  }
}

/// The templates, by their number of segments.
private struct RouteTable {
  private struct Template {
    let index: Int
    /// Nil matches any segment.
    let segments: [Substring?]
  }

  private var templates: [Int: [Template]] = [:]
  private var count = 0

  mutating func add(_ template: String) {
    let segments = Self.segments(template).map { $0.hasPrefix("{") ? nil : $0 }
    templates[segments.count, default: []].append(Template(index: count, segments: segments))
    count += 1
  }

  func match(_ path: String) -> (index: Int, parameter: String)? {
    let segments = Self.segments(path)
    for template in templates[segments.count] ?? [] {
      var parameter = ""
      let isMatch = zip(template.segments, segments).allSatisfy { wanted, segment in
        if wanted == nil { parameter = String(segment) }
        return wanted == nil || wanted == segment
      }
      if isMatch { return (template.index, parameter) }
    }
    return nil
  }

  private static func segments(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: false)
  }
}
