/// The destination of a webhook: an absolute `https` or `http` URL (RFC 3986) within the limits that
/// openapi.yaml gives under "Register an endpoint".
///
/// Stricter than RFC 3986: no user info, no fragment, no empty port, no zone, and a host that is a name
/// in ASCII, four decimal numbers, or an IPv6 address in brackets. More lenient in one point: square
/// brackets may stand unencoded in path and query.
public struct EndpointURL: Hashable, Sendable, CustomStringConvertible {
  /// The schemes that a webhook can be sent with.
  public enum Scheme: String, Sendable {
    case http, https

    /// The port of a URL that specifies none.
    public var defaultPort: UInt16 {
      switch self {
      case .http: 80
      case .https: 443
      }
    }
  }

  /// The longest URL accepted, in characters.
  public static let maximumLength = 2048

  /// The scheme, in any case in the text.
  public let scheme: Scheme

  /// The host name in lower case, or the canonical text of the address, without brackets.
  public let host: String

  /// The address, if the host is one rather than a name.
  public let address: IPAddress?

  /// The port; the scheme's default if the text specifies none.
  public let port: UInt16

  /// Path and query as in the request line: from the first slash on; `/` if empty.
  public let target: String

  /// The URL exactly as it was given. It is stored in this form, too.
  public let description: String

  /// The value of the `Host` header (RFC 9110 section 7.2): an IPv6 address in brackets, and the port
  /// only if it is not the scheme's default.
  public var authority: String {
    let name = address?.family == .v6 ? "[\(host)]" : host
    return port == scheme.defaultPort ? name : "\(name):\(port)"
  }

  /// Reads and checks a URL. ``DestinationCheck`` looks the name up and applies the address policy.
  ///
  /// - Throws: ``EndpointURLError``, whose description tells a user what is wrong.
  public init(_ text: String, allowHTTP: Bool = false) throws(EndpointURLError) {
    try Self.checkCharacters(of: text)
    let (scheme, rest) = try Self.splitScheme(from: text, allowHTTP: allowHTTP)
    guard !rest.contains("#") else { throw .fragment }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let target = rest[authority.endIndex...]
    guard !authority.contains("@") else { throw .userInfo }
    let (hostText, port) = try Self.splitPort(from: authority)
    let host = try EndpointHost(hostText)
    guard Self.hasValidEscapes(target) else { throw .badPercentEncoding }

    self.scheme = scheme
    self.host = host.text
    self.address = host.address
    self.port = port ?? scheme.defaultPort
    self.target = target.hasPrefix("/") ? String(target) : "/" + target
    description = text
  }

  private static func checkCharacters(of text: String) throws(EndpointURLError) {
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { throw .notASCII }
    guard text.utf8.count <= maximumLength else { throw .tooLong(text.utf8.count) }
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ", "\t", "\n", "\r": throw .whiteSpace
      case "\0"..."\u{1f}", "\u{7f}": throw .controlCharacter
      case "\\": throw .backslash
      case "\"", "<", ">", "^", "`", "{", "|", "}": throw .unencodedCharacter(Character(scalar))
      default: continue
      }
    }
  }

  private static func splitScheme(
    from text: String, allowHTTP: Bool
  ) throws(EndpointURLError) -> (Scheme, Substring) {
    let name = text.prefix { $0 != ":" }
    let rest = text[name.endIndex...]
    guard rest.hasPrefix("://"), let scheme = Scheme(rawValue: name.lowercased()),
      scheme == .https || allowHTTP
    else { throw .unsupportedScheme(httpAllowed: allowHTTP) }
    return (scheme, rest.dropFirst(3))
  }

  /// The host as written, and the port; nil if there is no colon after the host.
  private static func splitPort(
    from authority: Substring
  ) throws(EndpointURLError) -> (host: Substring, port: UInt16?) {
    let end: Substring.Index
    if authority.hasPrefix("[") {
      guard let bracket = authority.firstIndex(of: "]") else {
        throw .badIPv6Address(String(authority))
      }
      end = authority.index(after: bracket)
    } else {
      end = authority.firstIndex(of: ":") ?? authority.endIndex
    }
    let rest = authority[end...]
    // This is most likely an IPv6 address without brackets; a complaint about its port would mislead.
    guard !rest.dropFirst().contains(":") else { throw .badIPv6Address(String(authority)) }
    guard !rest.isEmpty else { return (authority, nil) }
    guard rest.hasPrefix(":"), let number = Int(plainDecimal: rest.dropFirst()),
      let port = UInt16(exactly: number), port > 0
    else { throw .badPort }
    return (authority[..<end], port)
  }

  private static func hasValidEscapes(_ target: Substring) -> Bool {
    target.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy {
      $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy(\.isHexDigit)
    }
  }
}
