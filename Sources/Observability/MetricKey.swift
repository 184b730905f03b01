/// A metric under its caller's name, before that is sanitized.
struct MetricKey: Hashable, Sendable {
  /// The kinds of metric that swift-metrics asks for.
  enum Kind: Hashable, Sendable {
    case counter, gauge, timer, distribution
  }

  let kind: Kind
  let label: String
  let dimensions: [(String, String)]

  static func == (left: MetricKey, right: MetricKey) -> Bool {
    left.kind == right.kind && left.label == right.label
      && left.dimensions.elementsEqual(right.dimensions, by: ==)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(label)
    for (name, value) in dimensions {
      hasher.combine(name)
      hasher.combine(value)
    }
  }
}
