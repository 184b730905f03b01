public import Hummingbird
import NIOCore

/// What is known of a request before anything is read of it: the connection it came on.
public struct ServerContext: RequestContext {
  public var coreContext: CoreRequestContextStorage
  let channel: any Channel

  public init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The address of whoever connected, which may be a proxy's; nil when the connection is gone.
  var remoteAddress: String? { channel.remoteAddress?.ipAddress }
}

/// Where a request came from, given it and the address that connected: another, where that is a proxy
/// whose word counts.
public typealias ClientAddress = @Sendable (Request, _ peer: String?) -> String?

/// Answers requests that are not the API's: the pages for people, which this module knows nothing of.
/// Given the request, the address it came from and its id; returns the answer and its route for the
/// log, nil for what is no page.
public typealias PageResponder =
  @Sendable (Request, _ address: String?, _ requestID: String) async -> (
    response: Response, route: String?
  )?
