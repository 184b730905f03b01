import HTTPTypes
import Helpdesk
import Hummingbird

/// A request and what becomes known of it on its way, for the answer's headers and the log.
struct Exchange {
  let request: Request
  let path: String
  /// The caller's own id if it is one, else a new one.
  let requestID: String
  /// The route's template, as `/api/external/tickets/{ticketId}`.
  var route: String?
  var admission: Admission?

  init(_ request: Request) {
    self.request = request
    path = request.uri.path
    requestID =
      request.headers[.xRequestID].flatMap { RequestIdentifier.isValid($0) ? $0 : nil }
      ?? RequestIdentifier.make()
  }

  /// The caller's place in a trace (W3C Trace Context, 3.2), nil for what is none.
  var traceParent: String? {
    guard let text = request.headers[.traceParent], TraceParent.isValid(text) else { return nil }
    return text
  }

  var isForAPI: Bool { path == "/api/external" || path.hasPrefix("/api/external/") }

  var hasEmptySegment: Bool {
    var previous: UInt8 = 0
    for byte in path.utf8 {
      if byte == UInt8(ascii: "/"), previous == byte { return true }
      previous = byte
    }
    return previous == UInt8(ascii: "/")
  }

  /// The ticket that a request to read one names: it can be read together with the admission.
  var ticketToRead: TicketID? {
    let prefix = "/api/external/tickets/".utf8
    guard request.method == .get || request.method == .head, path.utf8.starts(with: prefix) else {
      return nil
    }
    return TicketID(Substring(path.utf8.dropFirst(prefix.count)))
  }

  /// HEAD is answered as GET, and its body left out at the end.
  var requestAsGet: Request {
    guard request.method == .head else { return request }
    var head = request.head
    head.method = .get
    return Request(head: head, body: request.body)
  }

  /// The token of `Authorization: Bearer …`; the scheme's name has no case.
  var bearerToken: Substring? {
    guard let header = request.headers[.authorization] else { return nil }
    let scheme = "bearer ".utf8
    // The bit apart, upper and lower case are the same.
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
