/// Builds an exposition in the Prometheus text format 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
struct PrometheusText {
  private(set) var text = ""

  /// Appends a family: its help, its type, and its series in the order of their labels.
  mutating func append(_ family: MetricFamily) {
    if let help = family.help {
      text += "# HELP \(family.name) \(Self.escapedHelp(help))\n"
    }
    text += "# TYPE \(family.name) \(family.type.rawValue)\n"
    for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
      switch series {
      case .counter(let counter): appendSample(family.name, labels, counter.text)
      case .gauge(let gauge): appendSample(family.name, labels, gauge.text)
      case .histogram(let histogram): append(histogram, name: family.name, labels: labels)
      }
    }
  }

  private mutating func append(_ histogram: HistogramSeries, name: String, labels: String) {
    let counts = histogram.cumulativeCounts
    let prefix = labels.isEmpty ? "" : labels + ","
    for (bound, count) in zip(histogram.bounds + [.infinity], counts) {
      appendSample(name + "_bucket", "\(prefix)le=\"\(Self.number(bound))\"", String(count))
    }
    appendSample(name + "_sum", labels, histogram.sumText)
    appendSample(name + "_count", labels, String(counts.last ?? 0))
  }

  private mutating func appendSample(_ name: String, _ labels: String, _ value: String) {
    text += name
    if !labels.isEmpty { text += "{\(labels)}" }
    text += " \(value)\n"
  }

  /// A number in the form that Prometheus reads (Go's `ParseFloat`), whole numbers without `.0`.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A label's value between its quotes.
  static func escapedLabel(_ value: String) -> String {
    escaped(value, quotes: true)
  }

  /// A help text to the end of its line.
  static func escapedHelp(_ help: String) -> String {
    escaped(help, quotes: false)
  }

  private static func escaped(_ string: String, quotes: Bool) -> String {
    var text = ""
    // By scalar: "\r\n" is one Character and would hide its newline.
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\"" where quotes: text += "\\\""
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
