extension Int {
  /// A number that is not negative, with separators: `50,000`.
  var grouped: String {
    self < 1000 ? "\(self)" : "\((self / 1000).grouped),\("\(self % 1000 + 1000)".dropFirst())"
  }
}
