import CoreMetrics

/// One Prometheus gauge: a recorder that does not aggregate. Its value may be infinite or not a number.
final class GaugeSeries: RecorderHandler {
  private let current: AtomicDouble

  init(_ value: Double = 0) {
    current = AtomicDouble(value)
  }

  func record(_ value: Int64) { current.value = Double(value) }
  func record(_ value: Double) { current.value = value }

  /// The value as Prometheus text.
  var text: String { PrometheusText.number(current.value) }
}
