import HTTPServer
import HTTPTypes
import Helpdesk

/// A request, and what is learned about it while it is handled, for the response's headers and the log.
struct Exchange {
  let request: Request
  let isForAPI: Bool
  /// The route's template, such as `/api/external/tickets/{ticketId}`.
  var route: String?
  var admission: Admission?

  init(_ request: Request) {
    self.request = request
    isForAPI = request.path == Resource.root || request.path.hasPrefix(Resource.prefix)
  }

  /// The request's position in a trace (W3C Trace Context, 3.2); nil if it has none.
  var traceParent: String? {
    guard let text = request.headers[.traceParent], TraceParent.isValid(text) else { return nil }
    return text
  }

  /// HEAD is answered like GET, and its body dropped at the end.
  var requestAsGet: Request {
    guard request.method == .head else { return request }
    var request = request
    request.head.method = .get
    return request
  }

  /// The token of `Authorization: Bearer …`; the scheme's name is not case-sensitive.
  var bearerToken: Substring? {
    guard let header = request.headers[.authorization] else { return nil }
    let scheme = "bearer ".utf8
    // Upper and lower case differ in this bit.
    guard header.utf8.prefix(scheme.count).elementsEqual(scheme, by: { $0 | 0x20 == $1 }) else {
      return nil
    }
    return Substring(header.utf8.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") })
  }

  var principal: Principal? {
    switch admission {
    case .admitted(let principal, _), .refused(let principal, _): principal
    case .unknownKey, nil: nil
    }
  }
}

extension HTTPField.Name {
  static let traceParent = HTTPField.Name("traceparent")!
  static let xRequestID = HTTPField.Name("X-Request-Id")!
  static let xRateLimitLimit = HTTPField.Name("X-RateLimit-Limit")!
  static let xRateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining")!
  static let xRateLimitReset = HTTPField.Name("X-RateLimit-Reset")!
  static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
  static let rateLimit = HTTPField.Name("RateLimit")!
}
