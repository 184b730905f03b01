public import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps every metric in memory and exposes them to Prometheus.
///
/// Written by hand because no package with a Prometheus backend could be had where this project is
/// built.
///
/// | swift-metrics | Prometheus |
/// | --- | --- |
/// | `Counter`, `FloatingPointCounter` | counter, `_total` appended |
/// | `Gauge`, `Meter`, `Recorder(aggregate: false)` | gauge |
/// | `Recorder(aggregate: true)` | histogram in the recorder's own unit |
/// | `Timer` | histogram in seconds, `_seconds` appended |
///
/// Recording takes no lock, nor does making a metric again; the same label and dimensions, in any
/// order, share one storage. Destroying a metric does nothing, because others may share its
/// storage. A metric that would go past the series limit, or whose exposed name another type
/// already has, is recorded nowhere and counted in `metrics_series_dropped_total`, once for each
/// time it is made.
public final class PrometheusRegistry: MetricsFactory {
  /// The `Content-Type` of ``exposition()``.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The buckets of timers: upper bounds in seconds, 0.5 ms to 10 s.
  public static let timerBuckets: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]

  /// The buckets of aggregating recorders: upper bounds in the recorder's own unit.
  public static let recorderBuckets: [Double] = [
    1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000,
  ]

  private static let droppedName = "metrics_series_dropped_total"

  private struct State {
    var help: [String: String]
    var families: [String: MetricFamily] = [:]
    var sampleNames: Set<String>
    var seriesCount = 0
  }

  private let index: SeriesIndex
  private let state: Mutex<State>
  private let buckets: [String: [Double]]
  private let seriesLimit: Int
  private let process: ProcessStatistics?
  private let dropped = CounterSeries()
  private let unexposedCounter = CounterSeries()
  private let unexposedGauge = GaugeSeries()
  private let unexposedHistogram = HistogramSeries(bounds: [])

  /// - Parameters:
  ///   - help: help texts by metric name, either as swift-metrics is given it or as it is exposed.
  ///   - buckets: upper bounds for histograms by metric name, likewise, instead of
  ///     ``timerBuckets`` or ``recorderBuckets``; sorted, and infinite or repeated ones left out.
  ///   - seriesLimit: how many distinct names with labels are kept, a histogram counting as one.
  ///   - exposesProcess: whether the `process_…` metrics are in the exposition.
  public init(
    help: [String: String] = [:], buckets: [String: [Double]] = [:], seriesLimit: Int = 10_000,
    exposesProcess: Bool = true
  ) {
    self.index = SeriesIndex(capacity: seriesLimit)
    self.buckets = Dictionary(
      buckets.map { (PrometheusName.metric($0), Set($1.filter(\.isFinite)).sorted()) },
      uniquingKeysWith: { first, _ in first })
    self.seriesLimit = seriesLimit
    self.process = exposesProcess ? ProcessStatistics() : nil
    let help = Dictionary(
      help.map { (PrometheusName.metric($0), $1) }, uniquingKeysWith: { first, _ in first })
    self.state = Mutex(
      State(help: help, sampleNames: Set(ProcessStatistics.names + [Self.droppedName])))
  }

  /// Sets the `# HELP` text of a metric, made already or not.
  ///
  /// - Parameters:
  ///   - name: the metric's name, either as swift-metrics is given it or as it is exposed.
  ///   - help: one sentence; a newline in it is escaped.
  public func describe(_ name: String, _ help: String) {
    state.withLock { $0.help[PrometheusName.metric(name)] = help }
  }

  /// Every metric as it is now, in the Prometheus text format 0.0.4, sorted by name and then
  /// labels.
  public func exposition() -> String {
    var (families, help) = state.withLock { (Array($0.families.values), $0.help) }
    for index in families.indices {
      let family = families[index]
      families[index].help = help[family.name] ?? help[family.baseName]
    }
    families.append(
      .single(
        Self.droppedName, "Times a metric was made and dropped: too many series, or a name taken.",
        .counter(dropped)))
    families += process?.families() ?? []
    var text = PrometheusText()
    for family in families.sorted(by: { $0.name < $1.name }) { text.append(family) }
    return text.text
  }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    counter(label, dimensions)
  }

  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    counter(label, dimensions)
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label, dimensions)
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    aggregate ? histogram(.distribution, label, dimensions) : gauge(label, dimensions)
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(.timer, label, dimensions)
  }

  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}
}

extension PrometheusRegistry {
  private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
    let key = SeriesKey(kind: .counter, label: label, dimensions: dimensions)
    guard case .counter(let counter)? = series(key) else { return unexposedCounter }
    return counter
  }

  private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
    let key = SeriesKey(kind: .gauge, label: label, dimensions: dimensions)
    guard case .gauge(let gauge)? = series(key) else { return unexposedGauge }
    return gauge
  }

  private func histogram(
    _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)]
  ) -> HistogramSeries {
    let key = SeriesKey(kind: kind, label: label, dimensions: dimensions)
    guard case .histogram(let histogram)? = series(key) else { return unexposedHistogram }
    return histogram
  }

  private func series(_ key: SeriesKey) -> MetricSeries? {
    if let known = index.find(key) { return known }
    guard let series = register(key) else {
      dropped.increment(by: 1 as Int64)
      return nil
    }
    index.insert(key, series)
    return series
  }

  private func register(_ key: SeriesKey) -> MetricSeries? {
    let labels = PrometheusName.labels(key.dimensions)
    let family = newFamily(key)
    return state.withLock { state in
      if let type = state.families[family.name]?.type {
        guard type == family.type else { return nil }
      } else if !state.sampleNames.isDisjoint(with: family.sampleNames) {
        return nil
      }
      if let known = state.families[family.name]?.series[labels] { return known }
      guard state.seriesCount < seriesLimit else { return nil }
      state.seriesCount += 1
      state.sampleNames.formUnion(family.sampleNames)
      let series = (state.families[family.name] ?? family).makeSeries()
      state.families[family.name, default: family].series[labels] = series
      return series
    }
  }

  private func newFamily(_ key: SeriesKey) -> MetricFamily {
    let baseName = PrometheusName.metric(key.label)
    let name = PrometheusName.family(key.label, kind: key.kind)
    let chosen = buckets[name] ?? buckets[baseName]
    let (type, bounds): (MetricFamily.MetricType, [Double]) =
      switch key.kind {
      case .counter: (.counter, [])
      case .gauge: (.gauge, [])
      case .timer: (.histogram, chosen ?? Self.timerBuckets)
      case .distribution: (.histogram, chosen ?? Self.recorderBuckets)
      }
    return MetricFamily(name: name, type: type, baseName: baseName, bounds: bounds)
  }
}
