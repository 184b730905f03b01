import CoreMetrics
import Synchronization

/// One Prometheus counter.
///
/// Negative amounts are ignored, since a counter only grows. Past `UInt64.max` it starts again at zero,
/// which Prometheus reads as a restart.
final class CounterSeries: CounterHandler {
  private let count = Atomic<UInt64>(0)

  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    count.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }

  func reset() { count.store(0, ordering: .relaxed) }

  /// The value as Prometheus text.
  var text: String { String(count.load(ordering: .relaxed)) }
}
