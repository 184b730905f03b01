import CoreMetrics
import Dispatch
import Glibc
import Synchronization

/// Writes log lines to a file descriptor, in order, and never holds up the callers.
///
/// Lines wait in a buffer, which a thread of its own writes. A line that finds no room is dropped and
/// counted in the metric `log_lines_dropped`, and so is every line after it until the buffer has been
/// taken; then a line says how many are missing. A write that is interrupted, partial or would block is
/// continued. Any other error (a full disk, a pipe without a reader) drops what was to be written. The
/// descriptor is borrowed, never closed. Writing to a pipe without a reader raises `SIGPIPE` unless the
/// process ignores it.
public final class FileDescriptorDestination: Sendable {
  private struct Buffer {
    var lines: [UInt8] = []
    /// Lines that were dropped after those in the buffer.
    var missing = 0
    var isBeingWritten = false
  }

  private struct Output {
    /// Dropped lines that no line has reported yet.
    var untold = 0
    /// True if an error cut a line short: the next line must not become its end.
    var endsInsideLine = false
  }

  private let descriptor: Int32
  private let capacity: Int
  private let lossLine: @Sendable (_ lines: Int) -> String
  private let dropped = Counter(label: "log_lines_dropped")
  private let buffer = Mutex(Buffer())
  private let output = Mutex(Output())
  private let queue = DispatchQueue(label: "log")

  /// - Parameters:
  ///   - descriptor: a writable file descriptor that outlives this object.
  ///   - capacity: bytes of lines that may wait; as many again may be on their way out.
  ///   - lossLine: the line that says how many lines were dropped.
  init(
    descriptor: Int32, capacity: Int = 1 << 20,
    lossLine: @escaping @Sendable (_ lines: Int) -> String
  ) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.lossLine = lossLine
  }

  /// Takes one line with its ending newline.
  func emit(_ line: String) {
    var line = line
    let (fits, isBeingWritten) = line.withUTF8 { bytes in
      buffer.withLock { buffer in
        defer { buffer.isBeingWritten = true }
        let fits = buffer.missing == 0 && buffer.lines.count + bytes.count <= capacity
        if fits { buffer.lines.append(contentsOf: bytes) } else { buffer.missing += 1 }
        return (fits, buffer.isBeingWritten)
      }
    }
    if !fits { dropped.increment() }
    if !isBeingWritten { queue.async { self.writeBuffer() } }
  }

  /// Returns when every line emitted before is written or dropped, or when the time is up.
  public func flush(within limit: Duration) {
    let isDone = DispatchSemaphore(value: 0)
    queue.async {
      self.writeBuffer()
      isDone.signal()
    }
    _ = isDone.wait(timeout: .now() + .milliseconds(Int(limit / .milliseconds(1))))
  }

  // MARK: On the queue

  private func writeBuffer() {
    while let (lines, missing) = takeBuffer() {
      output.withLock { output in
        tellOfLoss(&output)
        let lost = write(lines, &output)
        if lost > 0 { dropped.increment(by: lost) }
        output.untold += lost + missing
        tellOfLoss(&output)
      }
      // A busy server logs more in the meantime, which is sent in one write.
      usleep(1000)
    }
  }

  private func takeBuffer() -> (lines: [UInt8], missing: Int)? {
    buffer.withLock { buffer in
      guard !buffer.lines.isEmpty || buffer.missing > 0 else {
        buffer.isBeingWritten = false
        return nil
      }
      defer {
        buffer.lines = []
        buffer.missing = 0
      }
      return (buffer.lines, buffer.missing)
    }
  }

  private func tellOfLoss(_ output: inout Output) {
    guard output.untold > 0 else { return }
    if write(Array(lossLine(output.untold).utf8), &output) == 0 { output.untold = 0 }
  }

  /// Returns how many of the lines were not completely written.
  private func write(_ lines: [UInt8], _ output: inout Output) -> Int {
    let newline = UInt8(ascii: "\n")
    var rest = (output.endsInsideLine ? [newline] + lines : lines)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        output.endsInsideLine = rest[rest.startIndex + count - 1] != newline
        rest = rest.dropFirst(count)
      } else if count < 0, errno == EAGAIN {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&descriptors, 1, -1)
      } else if count == 0 || errno != EINTR {
        return rest.count { $0 == newline }
      }
    }
    return 0
  }
}
