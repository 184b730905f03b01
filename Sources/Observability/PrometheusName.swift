/// Names in the Prometheus data model: the exposed names of metrics and labels.
///
/// Source: https://prometheus.io/docs/concepts/data_model/ and
/// https://prometheus.io/docs/practices/naming/
enum PrometheusName {
  /// The name of a metric's family: every character except ASCII letters, digits, `_` and `:` becomes
  /// `_`, and `_total` or `_seconds` is appended if the kind requires it.
  static func family(_ label: String, kind: MetricKey.Kind) -> String {
    let name = sanitised(label, allowingColon: true)
    switch kind {
    case .counter: return name.hasSuffix("_total") ? name : name + "_total"
    case .timer: return name.hasSuffix("_seconds") ? name : name + "_seconds"
    case .gauge, .distribution: return name
    }
  }

  /// The labels in the form between the braces, the same for the same pairs in any order.
  ///
  /// If two names become the same, the later one gets a trailing `_`. So does `le`, which histograms
  /// reserve.
  static func labels(_ dimensions: [(String, String)]) -> String {
    var used: Set<String> = ["le"]
    return dimensions.map { (label($0.0), $0.1) }.sorted(by: <).map { name, value in
      var name = name
      while !used.insert(name).inserted { name += "_" }
      return "\(name)=\"\(PrometheusText.escapedLabel(value))\""
    }.joined(separator: ",")
  }

  private static func label(_ name: String) -> String {
    let name = sanitised(name, allowingColon: false)
    // Two leading underscores are Prometheus's own.
    return name.hasPrefix("__") ? "_" + name.drop { $0 == "_" } : name
  }

  private static func sanitised(_ string: String, allowingColon: Bool) -> String {
    var name = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
      case ":" where allowingColon: name.unicodeScalars.append(scalar)
      case "0"..."9":
        if name.isEmpty { name = "_" }
        name.unicodeScalars.append(scalar)
      default: name += "_"
      }
    }
    return name.isEmpty ? "_" : name
  }
}
