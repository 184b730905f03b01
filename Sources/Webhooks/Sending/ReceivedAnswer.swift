import NIOCore
import NIOHTTP1

/// The part of an answer that has arrived.
struct ReceivedAnswer {
  /// The most bytes of a body that are kept.
  static let keptLength = 1024

  /// The most bytes of a body that are read.
  static let readLength = 64 << 10

  private let status: Int
  private let retryAfter: String?
  private var kept: [UInt8] = []
  private var length = 0

  /// True if the head allows another request on the connection.
  let keepsConnection: Bool

  /// True if the whole body has arrived.
  var isComplete = false

  init(_ head: HTTPResponseHead) {
    status = Int(head.status.code)
    let values = head.headers["retry-after"]
    retryAfter = values.count == 1 ? values[0] : nil
    keepsConnection =
      head.version == .http1_1 && head.isKeepAlive && head.status != .switchingProtocols
  }

  /// True if the body is longer than `readLength`.
  var isTooLong: Bool { length > Self.readLength }

  /// Takes the next bytes of the body.
  mutating func append(_ bytes: ByteBuffer) {
    length += bytes.readableBytes
    kept += bytes.readableBytesView.prefix(Self.keptLength - kept.count)
  }

  var outcome: SendResult {
    .answered(status: status, retryAfter: retryAfter, body: kept)
  }
}
