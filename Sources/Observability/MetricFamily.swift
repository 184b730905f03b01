/// All series of one exposed name.
struct MetricFamily: Sendable {
  /// The word after `# TYPE`.
  enum MetricType: String, Sendable {
    case counter, gauge, histogram
  }

  /// The exposed name.
  let name: String
  let type: MetricType
  /// The text after `# HELP`.
  var help: String?
  /// The upper bounds of a histogram's buckets; empty for the other types.
  var bounds: [Double] = []
  /// The series by their rendered labels.
  var series: [String: MetricSeries] = [:]

  /// Every sample name the family exposes; no other family may expose one of them.
  var sampleNames: [String] {
    type == .histogram
      ? [name, name + "_bucket", name + "_sum", name + "_count"] : [name]
  }

  /// A new series of the family, not yet in it.
  func makeSeries() -> MetricSeries {
    switch type {
    case .counter: .counter(CounterSeries())
    case .gauge: .gauge(GaugeSeries())
    case .histogram: .histogram(HistogramSeries(bounds: bounds))
    }
  }
}
