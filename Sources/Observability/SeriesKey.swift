/// A metric as its caller names it, before any sanitising.
struct SeriesKey: Hashable, Sendable {
  let kind: MetricKind
  let label: String
  let dimensions: [(String, String)]

  static func == (left: SeriesKey, right: SeriesKey) -> Bool {
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
