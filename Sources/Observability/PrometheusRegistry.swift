public import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps every metric in memory and exposes them to Prometheus.
///
/// Written by hand because no package with a Prometheus backend was available where this project is
/// built.
///
/// | swift-metrics | Prometheus |
/// | --- | --- |
/// | `Counter` | counter, `_total` appended |
/// | `Gauge`, `Recorder(aggregate: false)` | gauge |
/// | `Recorder(aggregate: true)` | histogram in the recorder's own unit |
/// | `Timer` | histogram in seconds, `_seconds` appended |
///
/// swift-metrics builds `FloatingPointCounter` and `Meter`, which TacoHelp does not use, on these.
///
/// Recording takes no lock. The same label and dimensions, in any order, share one storage. Destroying a
/// metric does nothing, because others may share its storage. A metric that would exceed the series
/// limit, or whose exposed name already belongs to another type, is not recorded, and is counted in
/// `metrics_series_dropped_total` each time it is made.
public final class PrometheusRegistry: MetricsFactory {
  /// The `Content-Type` of ``exposition()``.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The buckets of timers: upper bounds in seconds, 0.5 ms to 10 s.
  static let timerBuckets: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// The buckets of aggregating recorders: upper bounds in the recorder's own unit.
  static let recorderBuckets: [Double] = [
    1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000,
  ]

  /// The most distinct names with labels that are kept; a histogram counts as one.
  static let seriesLimit = 10_000

  private static let droppedName = "metrics_series_dropped_total"

  private struct State {
    /// The series by their callers' names, of which one series may have several; at most `seriesLimit`
    /// names.
    var known: [MetricKey: MetricSeries] = [:]
    var families: [String: MetricFamily] = [:]
    var sampleNames = Set(ProcessStatistics.names + [droppedName])
    var seriesCount = 0
  }

  private let help: [String: String]
  private let state = Mutex(State())
  private let process = ProcessStatistics()
  private let dropped = CounterSeries()

  /// - Parameter help: help texts by exposed name, one sentence each; newlines are escaped
  public init(help: [String: String] = [:]) { self.help = help }

  /// Every metric's present value, in the Prometheus text format 0.0.4, sorted by name and then labels.
  public func exposition() -> String {
    var families = state.withLock { Array($0.families.values) } + process.families()
    families.append(
      MetricFamily(
        name: Self.droppedName, type: .counter,
        help: "Times a metric was made and dropped: too many series, or a name taken.",
        series: ["": .counter(dropped)]))
    var text = PrometheusText()
    for family in families.sorted(by: { $0.name < $1.name }) { text.append(family) }
    return text.text
  }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    let key = MetricKey(kind: .counter, label: label, dimensions: dimensions)
    guard case .counter(let counter) = series(key) else { return CounterSeries() }
    return counter
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    let kind: MetricKey.Kind = aggregate ? .distribution : .gauge
    switch series(MetricKey(kind: kind, label: label, dimensions: dimensions)) {
    case .histogram(let histogram): return histogram
    case .gauge(let gauge): return gauge
    case .counter: return GaugeSeries()
    }
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let key = MetricKey(kind: .timer, label: label, dimensions: dimensions)
    guard case .histogram(let histogram) = series(key) else { return HistogramSeries(bounds: []) }
    return histogram
  }

  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}

  /// The series of a metric; if the metric is dropped, one that is not exposed.
  private func series(_ key: MetricKey) -> MetricSeries {
    if let known = state.withLock({ $0.known[key] }) { return known }
    let family = newFamily(key)
    guard let series = register(key, family) else {
      dropped.increment(by: 1)
      return family.makeSeries()
    }
    return series
  }

  private func register(_ key: MetricKey, _ family: MetricFamily) -> MetricSeries? {
    let labels = PrometheusName.labels(key.dimensions)
    return state.withLock { state in
      if let type = state.families[family.name]?.type {
        guard type == family.type else { return nil }
      } else if !state.sampleNames.isDisjoint(with: family.sampleNames) {
        return nil
      }
      var series = state.families[family.name]?.series[labels]
      if series == nil {
        guard state.seriesCount < Self.seriesLimit else { return nil }
        state.seriesCount += 1
        state.sampleNames.formUnion(family.sampleNames)
        series = family.makeSeries()
        state.families[family.name, default: family].series[labels] = series
      }
      if state.known.count < Self.seriesLimit { state.known[key] = series }
      return series
    }
  }

  private func newFamily(_ key: MetricKey) -> MetricFamily {
    let name = PrometheusName.family(key.label, kind: key.kind)
    let (type, bounds): (MetricFamily.MetricType, [Double]) =
      switch key.kind {
      case .counter: (.counter, [])
      case .gauge: (.gauge, [])
      case .timer: (.histogram, Self.timerBuckets)
      case .distribution: (.histogram, Self.recorderBuckets)
      }
    return MetricFamily(name: name, type: type, help: help[name], bounds: bounds)
  }
}
