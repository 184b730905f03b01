/// The storage of one name and set of labels.
enum MetricSeries: Sendable {
  case counter(CounterSeries)
  case gauge(GaugeSeries)
  case histogram(HistogramSeries)
}

/// What swift-metrics was asked for.
enum MetricKind: Hashable, Sendable {
  case counter
  case gauge
  case timer
  case distribution
}
