import CoreMetrics

/// One Prometheus gauge: a meter, or a recorder that does not aggregate.
///
/// A set value is kept as it is, even an infinite one; increments and decrements that are infinite
/// or not a number are ignored, for the gauge could not come back from them.
final class GaugeSeries: MeterHandler, RecorderHandler {
  private let current: AtomicDouble

  init(_ value: Double = 0) {
    current = AtomicDouble(value)
  }

  func set(_ value: Int64) { current.value = Double(value) }
  func set(_ value: Double) { current.value = value }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }

  func increment(by amount: Double) {
    guard amount.isFinite else { return }
    current.add(amount)
  }

  func decrement(by amount: Double) {
    increment(by: -amount)
  }

  /// The value as Prometheus text.
  var text: String { PrometheusText.number(current.value) }
}
