extension Int {
  /// The value of ASCII decimal digits: no sign, no leading zero, at most five digits.
  init?(plainDecimal text: Substring) {
    let digits = text.utf8
    guard (1...5).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { return nil }
    self.init(text)
  }
}
