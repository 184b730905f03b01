import CZlib
import NIOCore

/// Compression with zlib, as one gzip member (RFC 1952).
enum Gzip {
  /// The fastest level: each answer is compressed anew.
  private static let level = Z_BEST_SPEED

  /// Nil if zlib has no memory.
  static func compress(_ bytes: ByteBuffer) -> ByteBuffer? {
    var stream = z_stream()
    guard gzip_init(&stream, level) == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    let most = Int(deflateBound(&stream, UInt(bytes.readableBytes)))
    var compressed = ByteBufferAllocator().buffer(capacity: most)
    let isDone = bytes.withUnsafeReadableBytes { input in
      var status = Z_OK
      compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { output in
        stream.next_in = UnsafeMutablePointer(
          mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.avail_out = UInt32(output.count)
        status = deflate(&stream, Z_FINISH)
        return output.count - Int(stream.avail_out)
      }
      return status == Z_STREAM_END
    }
    return isDone ? compressed : nil
  }
}
