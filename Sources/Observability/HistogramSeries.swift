import CoreMetrics
import Synchronization

/// One Prometheus histogram: a timer in seconds, or an aggregating recorder in its own unit.
///
/// A negative duration (a clock set back) counts as zero; a recorded value that is infinite or not
/// a number is ignored. The nanosecond sum of timers wraps around after 292 years of recorded time.
final class HistogramSeries: TimerHandler, RecorderHandler {
  /// A class for each counter, because an atomic cannot be an array's element.
  private final class Bucket: Sendable {
    let count = Atomic<UInt64>(0)
  }

  /// The inclusive upper bounds, ascending, without the last one, which is infinite.
  let bounds: [Double]
  private let buckets: [Bucket]
  private let nanoseconds = Atomic<Int64>(0)
  private let sum = AtomicDouble(0)

  /// - Parameter bounds: finite and strictly ascending.
  init(bounds: [Double]) {
    self.bounds = bounds
    self.buckets = (0...bounds.count).map { _ in Bucket() }
  }

  func recordNanoseconds(_ duration: Int64) {
    let duration = max(0, duration)
    nanoseconds.wrappingAdd(duration, ordering: .relaxed)
    count(Double(duration) / 1e9)
  }

  func record(_ value: Int64) {
    record(Double(value))
  }

  func record(_ value: Double) {
    guard value.isFinite else { return }
    sum.add(value)
    count(value)
  }

  private func count(_ value: Double) {
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    buckets[index].count.wrappingAdd(1, ordering: .relaxed)
  }

  /// The number of values up to each bound; the last, for infinity, counts all. Computed from the
  /// buckets, so that the two agree while others record.
  var cumulativeCounts: [UInt64] {
    var total: UInt64 = 0
    return buckets.map { bucket in
      total &+= bucket.count.load(ordering: .relaxed)
      return total
    }
  }

  /// The sum of the recorded values as Prometheus text.
  var sumText: String {
    let seconds = Double(nanoseconds.load(ordering: .relaxed)) / 1e9
    return PrometheusText.number(seconds + sum.value)
  }
}
