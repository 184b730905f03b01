import NIOCore
import NIOHTTP1

/// What has come of an answer.
struct ReceivedAnswer {
  /// How many bytes of a body are kept.
  static let keptLength = 1024

  /// How many bytes of a body are read at most.
  static let readLength = 64 << 10

  private let status: Int
  private let retryAfter: String?
  private var kept: [UInt8] = []
  private var length = 0

  /// Whether the head leaves the connection open for another request.
  let keepsConnection: Bool

  /// Whether all of the body has come.
  var isComplete = false

  init(_ head: HTTPResponseHead) {
    status = Int(head.status.code)
    let values = head.headers["retry-after"]
    retryAfter = values.count == 1 ? values[0] : nil
    keepsConnection =
      head.version == .http1_1 && head.isKeepAlive && head.status != .switchingProtocols
  }

  /// Whether more came than is read of a body.
  var isTooLong: Bool { length > Self.readLength }

  /// Takes the next bytes of the body.
  mutating func append(_ bytes: ByteBuffer) {
    length += bytes.readableBytes
    kept += bytes.readableBytesView.prefix(Self.keptLength - kept.count)
  }

  var outcome: AttemptOutcome {
    .answered(status: status, retryAfter: retryAfter, body: kept)
  }
}
