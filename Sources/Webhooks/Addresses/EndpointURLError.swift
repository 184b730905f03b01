/// The reason why a URL is refused as a destination for webhooks; `description` explains each.
public enum EndpointURLError: Error, Equatable, Sendable, CustomStringConvertible {
  case notASCII
  /// The URL has this many characters, more than ``EndpointURL/maximumLength``.
  case tooLong(Int)
  case whiteSpace
  /// A control character other than white space.
  case controlCharacter
  case backslash
  /// A character that RFC 3986 allows only percent-encoded.
  case unencodedCharacter(Character)
  case badPercentEncoding
  /// The URL does not begin with an allowed scheme and `://`.
  case unsupportedScheme(httpAllowed: Bool)
  /// A fragment, even an empty one.
  case fragment
  /// A user name or password, even an empty one.
  case userInfo
  case missingHost
  case badPort
  case badHostName(String)
  case badIPv4Address(String)
  case badIPv6Address(String)
  case zoneID
  /// The host is, or resolves to, an address that is refused, for the reason given.
  case refusedAddress(String)

  /// The reason in plain words, meant for the user who gave the URL.
  public var description: String {
    switch self {
    case .notASCII:
      "the URL must be ASCII only: give an international host name in its xn-- form and "
        + "percent-encode the rest"
    case .tooLong(let count):
      "the URL must have at most \(EndpointURL.maximumLength) characters, not \(count)"
    case .whiteSpace: "the URL must not contain white space"
    case .controlCharacter: "the URL must not contain control characters"
    case .backslash: "the URL must not contain a backslash"
    case .unencodedCharacter(let character):
      "the URL must not contain \(character) unless it is percent-encoded"
    case .badPercentEncoding:
      "the URL must have two hexadecimal digits after each percent sign"
    case .unsupportedScheme(httpAllowed: false): "the URL must begin with https://"
    case .unsupportedScheme(httpAllowed: true): "the URL must begin with https:// or http://"
    case .fragment: "the URL must not have a fragment (#)"
    case .userInfo: "the URL must not contain a user name or password (@)"
    case .missingHost: "the URL must name a host"
    case .badPort: "the URL's port must be a whole number from 1 to 65535"
    case .badHostName(let reason): "the URL's host is not a valid name: \(reason)"
    case .badIPv4Address(let host):
      "the URL's host \(host) ends in a number but is not an IPv4 address such as 192.0.2.1"
    case .badIPv6Address(let host):
      "the URL's host \(host) is not an IPv6 address in brackets such as [2001:db8::1]"
    case .zoneID: "the URL's IPv6 address must not have a zone (%)"
    case .refusedAddress(let reason): "the URL's host is not allowed: \(reason)"
    }
  }
}
