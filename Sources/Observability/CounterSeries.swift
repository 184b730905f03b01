import CoreMetrics
import Synchronization

/// One Prometheus counter: whole and fractional increments of the same name add up in it.
///
/// Amounts that are negative, infinite or not a number are ignored, for a counter only grows. Past
/// `UInt64.max` the whole part starts again at zero, which Prometheus reads as a restart.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
  private let whole = Atomic<UInt64>(0)
  private let fractional = AtomicDouble(0)

  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }

  func increment(by amount: Double) {
    guard amount > 0, amount.isFinite else { return }
    fractional.add(amount)
  }

  func reset() {
    whole.store(0, ordering: .relaxed)
    fractional.value = 0
  }

  /// The value as Prometheus text, exact while only whole amounts were added.
  var text: String {
    let count = whole.load(ordering: .relaxed)
    let fraction = fractional.value
    return fraction == 0 ? String(count) : PrometheusText.number(Double(count) + fraction)
  }
}
