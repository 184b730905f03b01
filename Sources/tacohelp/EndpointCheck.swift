import Console
import Webhooks

/// Decides, by the settings of this process, if a URL may be registered as an endpoint.
struct EndpointCheck: Sendable {
  private let check: DestinationCheck

  init(_ settings: WebhookSettings) {
    check = DestinationCheck(
      policy: AddressPolicy(allowedNetworks: settings.allowedNetworks),
      resolver: SharedResolver(SystemResolver()), allowHTTP: settings.allowHTTP)
  }

  /// - Returns: the URL to store
  func register(_ url: String) async throws -> String {
    try await check.register(url, deadline: .now + .seconds(5)).description
  }

  /// For the console's forms.
  func words(_ url: String) async throws -> String {
    do {
      return try await register(url)
    } catch let error as EndpointURLError {
      var words = "\(error)."
      words.replaceSubrange(...words.startIndex, with: words.prefix(1).uppercased())
      if let setting = error.setting {
        words += " Whoever runs this helpdesk can allow it: \(setting)."
      }
      throw UnusableDestination(words: words)
    }
  }

  /// For commands.
  func command(_ url: String) async throws -> String {
    do {
      return try await register(url)
    } catch let error as EndpointURLError {
      guard let setting = error.setting else { throw Failure.usage("\(error)") }
      throw Failure.usage("\(error) (to allow it, here and in the server: \(setting))")
    }
  }
}

extension EndpointURLError {
  /// The setting with which an operator can allow the destination.
  fileprivate var setting: String? {
    switch self {
    case .unsupportedScheme(httpAllowed: false):
      "WEBHOOK_ALLOW_HTTP=true, and a receiver on this machine with "
        + "WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8 besides"
    case .refusedAddress: "WEBHOOK_ALLOWED_NETWORKS, a list such as 127.0.0.0/8,10.1.2.0/24"
    default: nil
    }
  }
}
