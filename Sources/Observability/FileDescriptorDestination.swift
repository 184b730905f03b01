import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes each line to a file descriptor with one `write(2)`, whole or, on an error, not at all.
///
/// Interrupted and partial writes are continued; any other error (a full disk, a descriptor that
/// would block) drops the rest of the line. The descriptor is borrowed, never closed. Writing to a
/// pipe without a reader raises `SIGPIPE` unless the process ignores it, as SwiftNIO makes it do.
public final class FileDescriptorDestination: LogDestination {
  /// Standard error, the only place the server logs to.
  public static let standardError = FileDescriptorDestination(descriptor: 2)

  private let descriptor: Int32
  private let endsInsideLine = Mutex(false)

  /// - Parameter descriptor: an open, writable file descriptor that outlives this object.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  public func emit(_ line: String) {
    // The kernel keeps only short writes to a pipe whole, so the lock keeps long lines whole.
    endsInsideLine.withLock { endsInsideLine in
      // A line cut short by an error must not swallow the start of the next record.
      var text = endsInsideLine ? "\n" + line : line
      let torn = text.withUTF8 { bytes -> Bool? in
        let written = Self.writeAll(bytes, to: descriptor)
        return written == 0 ? nil : bytes[written - 1] != UInt8(ascii: "\n")
      }
      endsInsideLine = torn ?? endsInsideLine
    }
  }

  private static func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeBufferPointer(rebasing: bytes[written...])
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        written += count
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    return written
  }
}
