import CoreMetrics
import Testing

@testable import Observability

@Suite("Prometheus series")
struct PrometheusSeriesTests {
  private func lines(_ registry: PrometheusRegistry, _ prefix: String) -> [String] {
    registry.exposition().split(separator: "\n").filter { $0.hasPrefix(prefix) }.map(String.init)
  }

  @Test("The same name and labels made twice are the same storage, in any order of labels")
  func sameStorage() {
    let registry = PrometheusRegistry()
    let labels = [("a", "1"), ("b", "2")]
    let counter = registry.makeCounter(label: "x.y", dimensions: labels)
    #expect(counter === registry.makeCounter(label: "x.y", dimensions: labels))
    #expect(counter === registry.makeCounter(label: "x.y", dimensions: labels.reversed()))
    #expect(counter === registry.makeCounter(label: "x_y_total", dimensions: labels))
    #expect(counter !== registry.makeCounter(label: "x.y", dimensions: [("a", "1")]))
    let timer = registry.makeTimer(label: "t", dimensions: [])
    #expect(timer === registry.makeTimer(label: "t_seconds", dimensions: []))
  }

  @Test("A destroyed metric keeps its value, since others may share it")
  func destroy() {
    let registry = PrometheusRegistry()
    let counter = Counter(label: "c", factory: registry)
    counter.increment()
    counter.destroy()
    Counter(label: "c", factory: registry).increment()
    #expect(lines(registry, "c_total") == ["c_total 2"])
  }

  @Test("Increments of eight tasks sum exactly")
  func concurrency() async {
    let registry = PrometheusRegistry()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<2000 {
            let dimensions = [("n", String((task + round) % 50))]
            Counter(label: "many", dimensions: dimensions, factory: registry).increment()
            Counter(label: "whole", factory: registry).increment()
            Recorder(label: "part", factory: registry).record(0.5)
            Timer(label: "time", factory: registry).recordNanoseconds(Int64(1_000_000))
          }
        }
      }
    }
    #expect(lines(registry, "whole_total") == ["whole_total 16000"])
    #expect(lines(registry, "part_sum") == ["part_sum 8000"])
    #expect(lines(registry, "time_seconds_sum") == ["time_seconds_sum 16"])
    #expect(lines(registry, "time_seconds_count") == ["time_seconds_count 16000"])
    let many = lines(registry, "many_total")
    #expect(many.count == 50)
    #expect(many.allSatisfy { $0.hasSuffix(" 320") })
  }

  @Test("Series past the limit are counted, not exposed")
  func limit() {
    let registry = PrometheusRegistry()
    for number in 0..<10_050 {
      Counter(label: "c", dimensions: [("n", String(number))], factory: registry).increment()
    }
    Timer(label: "t", factory: registry).recordNanoseconds(Int64(1))
    Gauge(label: "g", factory: registry).record(1)
    // Neither dropped nor a new series.
    for label in ["c", "c_total"] {
      Counter(label: label, dimensions: [("n", "7")], factory: registry).increment()
    }
    let counters = lines(registry, "c_total{")
    #expect(counters.count == 10_000)
    #expect(counters.contains("c_total{n=\"7\"} 3"))
    #expect(lines(registry, "t_seconds") == [])
    #expect(lines(registry, "g ") == [])
    #expect(lines(registry, "metrics_series") == ["metrics_series_dropped_total 52"])
  }

  @Test("A name that another type exposes is dropped")
  func conflicts() {
    let registry = PrometheusRegistry()
    Timer(label: "t", factory: registry).recordNanoseconds(Int64(1))
    Counter(label: "c", factory: registry).increment()
    let taken = [
      "t_seconds", "t_seconds_count", "c_total", "process_open_fds", "metrics_series_dropped_total",
    ]
    for label in taken { Gauge(label: label, factory: registry).record(99) }
    #expect(!registry.exposition().contains(" 99\n"))
    #expect(lines(registry, "metrics_series") == ["metrics_series_dropped_total 5"])
  }

  @Test(
    "Names are sanitised and end as their kind asks",
    arguments: [
      ("http.server.requests", .counter, "http_server_requests_total"),
      ("jobs_total", .counter, "jobs_total"),
      ("http.server.request.duration", .timer, "http_server_request_duration_seconds"),
      ("wait_seconds", .timer, "wait_seconds"),
      ("9 lives", .gauge, "_9_lives"),
      ("rule:a", .distribution, "rule:a"),
      ("é🌮", .gauge, "__"),
      ("", .gauge, "_"),
      ("a{b=\"c\"}\n", .gauge, "a_b__c___"),
    ] as [(String, MetricKey.Kind, String)])
  func names(label: String, kind: MetricKey.Kind, name: String) {
    #expect(PrometheusName.family(label, kind: kind) == name)
  }

  @Test(
    "Labels are sanitised, sorted and made distinct",
    arguments: [
      ([], ""),
      ([("b", "2"), ("a", "1")], #"a="1",b="2""#),
      ([("http.route", "/x")], #"http_route="/x""#),
      ([("a:b", ""), ("1", "x")], #"_1="x",a_b="""#),
      ([("__name__", "x")], #"_name__="x""#),
      ([("le", "x")], #"le_="x""#),
      ([("a.b", "1"), ("a-b", "2")], #"a_b="1",a_b_="2""#),
      ([("a", "x\",b=\"y")], #"a="x\",b=\"y""#),
    ] as [([(String, String)], String)])
  func labels(dimensions: [(String, String)], text: String) {
    #expect(PrometheusName.labels(dimensions) == text)
  }

  @Test(
    "Numbers are written as Prometheus reads them",
    arguments: [
      (0, "0"), (1, "1"), (0.0005, "0.0005"), (0.00001, "1e-05"), (1e20, "1e+20"),
      (-1.5, "-1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(PrometheusText.number(value) == text)
  }
}
