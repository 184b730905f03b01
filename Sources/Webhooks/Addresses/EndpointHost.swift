/// The host of an ``EndpointURL``.
enum EndpointHost: Hashable, Sendable {
  /// A DNS name in lower case.
  case name(String)
  /// An address, in dotted decimal or in brackets.
  case address(IPAddress)

  /// Reads the host part of an authority: ASCII, including brackets.
  init(_ text: Substring) throws(EndpointURLError) {
    let text = text.lowercased()
    guard !text.isEmpty else { throw .missingHost }
    if text.hasPrefix("[") {
      self = .address(try Self.bracketedAddress(text))
      return
    }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    if let last = labels.last, Self.isNumeric(last) {
      guard let address = IPAddress(text) else { throw .badIPv4Address(text) }
      self = .address(address)
    } else {
      try Self.checkName(text, labels: labels)
      self = .name(text)
    }
  }

  var text: String {
    switch self {
    case .name(let name): name
    case .address(let address): address.description
    }
  }

  var address: IPAddress? {
    switch self {
    case .name: nil
    case .address(let address): address
    }
  }

  private static func bracketedAddress(_ text: String) throws(EndpointURLError) -> IPAddress {
    guard !text.contains("%") else { throw .zoneID }
    guard text.hasSuffix("]"), let address = IPAddress(String(text.dropFirst().dropLast())),
      address.family == .v6
    else { throw .badIPv6Address(text) }
    return address
  }

  /// True if browsers and `inet_aton` mistake a host with this last label for an IPv4 address: they read
  /// decimal, octal and hexadecimal numbers.
  private static func isNumeric(_ label: Substring) -> Bool {
    label.hasPrefix("0x") || (!label.isEmpty && label.allSatisfy { ("0"..."9").contains($0) })
  }

  private static func checkName(
    _ name: String, labels: [Substring]
  ) throws(EndpointURLError) {
    // DNS accepts a final dot, but TLS server names must not have one (RFC 6066 section 3).
    guard !name.hasSuffix(".") else { throw .badHostName("it must not end with a dot") }
    guard name.utf8.count <= 253 else {
      throw .badHostName("it must have at most 253 characters")
    }
    for label in labels {
      guard (1...63).contains(label.utf8.count) else {
        throw .badHostName("each part between dots must have 1 to 63 characters")
      }
      guard label.allSatisfy(isNameCharacter) else {
        throw .badHostName("it must consist of letters, digits, hyphens and dots")
      }
      guard !label.hasPrefix("-"), !label.hasSuffix("-") else {
        throw .badHostName("no part may begin or end with a hyphen")
      }
    }
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    switch character {
    case "a"..."z", "0"..."9", "-", "_": true
    default: false
    }
  }
}
