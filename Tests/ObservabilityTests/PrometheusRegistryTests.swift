import CoreMetrics
import Testing

@testable import Observability

/// The part of every exposition beside the process's own metrics.
private let noneDropped = """
  # HELP metrics_series_dropped_total Times a metric was made and dropped: too many series, or a \
  name taken.
  # TYPE metrics_series_dropped_total counter
  metrics_series_dropped_total 0

  """

@Suite("Prometheus exposition")
struct PrometheusRegistryTests {
  private let registry = PrometheusRegistry(
    help: ["jobs_total": "Jobs\nrun with \\.", "wait_seconds": "Time waited."])

  /// The exposition without the process's own metrics.
  private var exposition: String {
    registry.exposition().split(separator: "\n").filter { !$0.contains(/^(# \w+ )?process_/) }
      .map { $0 + "\n" }.joined()
  }

  /// The lines of one family, without those that describe it.
  private func samples(_ prefix: String) -> [String] {
    registry.exposition().split(separator: "\n").filter { $0.hasPrefix(prefix) }.map(String.init)
  }

  @Test("An empty registry exposes only the count of dropped series")
  func empty() {
    #expect(exposition == noneDropped)
  }

  @Test("A counter is exposed with its total, help and labels in order")
  func counter() {
    Counter(label: "jobs", dimensions: [("queue", "mail")], factory: registry).increment(by: 3)
    Counter(label: "jobs", factory: registry).increment()
    Counter(
      label: "jobs", dimensions: [("queue", "hook"), ("outcome", "ok")], factory: registry
    ).increment()
    #expect(
      exposition == """
        # HELP jobs_total Jobs\\nrun with \\\\.
        # TYPE jobs_total counter
        jobs_total 1
        jobs_total{outcome="ok",queue="hook"} 1
        jobs_total{queue="mail"} 3

        """ + noneDropped)
  }

  @Test("Gauges and recorders that do not aggregate are gauges")
  func gauges() {
    Gauge(label: "depth", factory: registry).record(6.5)
    Gauge(label: "heat", factory: registry).record(-Double.infinity)
    Recorder(label: "level", aggregate: false, factory: registry).record(7)
    #expect(
      exposition == """
        # TYPE depth gauge
        depth 6.5
        # TYPE heat gauge
        heat -Inf
        # TYPE level gauge
        level 7

        """ + noneDropped)
  }

  @Test("An aggregating recorder is a histogram in its own unit")
  func recorder() {
    let recorder = Recorder(label: "size", dimensions: [("kind", "in")], factory: registry)
    for value in [0.5, 1, 1.5, 10, 2_000_000, .nan, .infinity] { recorder.record(value) }
    let buckets = PrometheusRegistry.recorderBuckets.map { $0 < 5 ? 2 : $0 < 10 ? 3 : 4 } + [5]
    #expect(exposition.contains("# TYPE size histogram\n"))
    #expect(samples("size_bucket{kind=\"in\",le=").map { $0.suffix(1) } == buckets.map { "\($0)" })
    #expect(samples("size_sum") == ["size_sum{kind=\"in\"} 2000013"])
    #expect(samples("size_count") == ["size_count{kind=\"in\"} 5"])
  }

  @Test("A timer is a histogram in seconds")
  func timer() {
    let timer = Timer(label: "wait", factory: registry)
    for milliseconds in [1, 20, 700, 20_000] { timer.recordMilliseconds(milliseconds) }
    #expect(
      exposition == noneDropped + """
        # HELP wait_seconds Time waited.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="0.0005"} 0
        wait_seconds_bucket{le="0.001"} 1
        wait_seconds_bucket{le="0.0025"} 1
        wait_seconds_bucket{le="0.005"} 1
        wait_seconds_bucket{le="0.01"} 1
        wait_seconds_bucket{le="0.025"} 2
        wait_seconds_bucket{le="0.05"} 2
        wait_seconds_bucket{le="0.1"} 2
        wait_seconds_bucket{le="0.25"} 2
        wait_seconds_bucket{le="0.5"} 2
        wait_seconds_bucket{le="1"} 3
        wait_seconds_bucket{le="2.5"} 3
        wait_seconds_bucket{le="5"} 3
        wait_seconds_bucket{le="10"} 3
        wait_seconds_bucket{le="+Inf"} 4
        wait_seconds_sum 20.721
        wait_seconds_count 4

        """)
  }

  @Test("A bucket's bound is inclusive", arguments: PrometheusRegistry.timerBuckets)
  func inclusiveBound(bound: Double) {
    let timer = Timer(label: "t", factory: registry)
    let nanoseconds = Int64((bound * 1e9).rounded())
    timer.recordNanoseconds(nanoseconds)
    timer.recordNanoseconds(nanoseconds + 1)
    let le = PrometheusText.number(bound)
    #expect(samples("t_seconds_bucket{le=\"\(le)\"}") == ["t_seconds_bucket{le=\"\(le)\"} 1"])
    #expect(samples("t_seconds_count") == ["t_seconds_count 2"])
  }

  @Test("A label's value is escaped")
  func labelEscaping() {
    Counter(label: "c", dimensions: [("v", "a\\b\"c\nd\r\n🌮")], factory: registry).increment()
    #expect(samples("c_total{") == ["c_total{v=\"a\\\\b\\\"c\\nd\r\\n🌮\"} 1"])
  }

  @Test("Extreme amounts are kept off or clamped and never trap")
  func extremes() {
    let counter = Counter(label: "c", factory: registry)
    for amount in [Int64.min, -1, .max, .max] { counter.increment(by: amount) }
    let timer = Timer(label: "t", factory: registry)
    for duration in [Int64.min, -1, .max, .max] { timer.recordNanoseconds(duration) }
    #expect(samples("c_total") == ["c_total 18446744073709551614"])
    #expect(samples("t_seconds_count") == ["t_seconds_count 4"])
    #expect(samples(#"t_seconds_bucket{le="0.0005"}"#) == [#"t_seconds_bucket{le="0.0005"} 2"#])
    counter.increment(by: 2)
    #expect(samples("c_total") == ["c_total 0"])
    counter.increment(by: 2)
    counter.reset()
    #expect(samples("c_total") == ["c_total 0"])
  }

  @Test("Process metrics are exposed in order with the others")
  func process() {
    let exposition = PrometheusRegistry().exposition()
    let samples = exposition.split(separator: "\n").filter { $0.hasPrefix("process_") }
    #expect(
      samples.map { $0.prefix { $0 != " " } } == ProcessStatistics.names.sorted().map { $0[...] })
    for sample in samples {
      let value = sample.split(separator: " ").last.flatMap { Double($0) } ?? 0
      #expect(value > 0, "\(sample)")
      if sample.hasPrefix("process_start") {
        let now = Double(UTCTimestamp.now.milliseconds) / 1000
        #expect(value <= now + 1 && value > now - 86400)
      }
    }
  }
}
