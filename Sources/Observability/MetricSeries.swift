/// The storage of one name and set of labels.
enum MetricSeries: Sendable {
  case counter(CounterSeries)
  case gauge(GaugeSeries)
  case histogram(HistogramSeries)
}
