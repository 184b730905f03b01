import Dispatch
import Glibc
import Testing

@testable import Observability

@Suite("Writing lines to a descriptor")
struct FileDescriptorDestinationTests {
  private let reader: Int32
  private let writer: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    (reader, writer) = (ends[0], ends[1])
  }

  private func readAvailable() -> String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(reader, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private func readToEnd() -> String {
    var received = ""
    while true {
      let part = readAvailable()
      if part.isEmpty { return received }
      received += part
    }
  }

  private func destination(capacity: Int = 1 << 20) -> FileDescriptorDestination {
    FileDescriptorDestination(descriptor: writer, capacity: capacity) { "\($0) missing\n" }
  }

  @Test("Lines arrive whole and in order")
  func order() {
    let destination = destination()
    destination.emit("one 🌮\n")
    destination.emit("two\n")
    destination.flush(within: .seconds(10))
    #expect(readAvailable() == "one 🌮\ntwo\n")
    close(reader)
    close(writer)
  }

  @Test(
    "A line longer than the pipe holds is continued until it is whole", arguments: [0, O_NONBLOCK])
  func partialWrites(flags: Int32) throws {
    try #require(fcntl(writer, F_SETFL, flags) == 0)
    let line = String(repeating: "x", count: 300_000) + "\n"
    let destination = destination()
    destination.emit(line)
    DispatchQueue.global().async { [writer] in
      destination.flush(within: .seconds(10))
      close(writer)
    }
    #expect(readToEnd() == line)
    close(reader)
  }

  @Test("Lines of eight threads do not mix, however long")
  func concurrentLines() {
    let destination = destination()
    DispatchQueue.global().async { [writer] in
      let letters = Array("abcdefgh")
      DispatchQueue.concurrentPerform(iterations: letters.count) { index in
        for _ in 0..<5 { destination.emit(String(repeating: letters[index], count: 10_000) + "\n") }
      }
      destination.flush(within: .seconds(10))
      close(writer)
    }
    let lines = readToEnd().split(separator: "\n")
    #expect(lines.count == 40)
    #expect(lines.allSatisfy { Set($0).count == 1 && $0.utf8.count == 10_000 })
    close(reader)
  }

  @Test(
    "While nobody reads, callers go on, and a line tells how many lines are missing at that point")
  func unread() {
    let destination = destination(capacity: 10_000)
    let start = ContinuousClock.now
    for index in 0..<20_000 { destination.emit("line \(index)\n") }
    destination.flush(within: .milliseconds(10))
    #expect(ContinuousClock.now - start < .seconds(5))
    DispatchQueue.global().async { [writer] in
      destination.flush(within: .seconds(10))
      destination.emit("the last\n")
      destination.flush(within: .seconds(10))
      close(writer)
    }
    // Every line is there in order, or counted by a notice at that point.
    var next = 0
    var notices = 0
    for line in readToEnd().split(separator: "\n") {
      let words = line.split(separator: " ")
      if line == "the last" {
        next += 1
      } else if words.last == "missing", let count = Int(words[0]) {
        next += count
        notices += 1
      } else {
        #expect(line == "line \(next)")
        next += 1
      }
    }
    #expect(next == 20_001)
    #expect(notices > 0)
    close(reader)
  }

  @Test("Lines lost to an error are reported when writing succeeds again")
  func failing() throws {
    let destination = destination()
    // Refuses every byte.
    let pipe = dup(writer)
    let full = open("/dev/full", O_WRONLY)
    dup2(full, writer)
    destination.emit("lost\n")
    destination.emit("lost\n")
    destination.flush(within: .seconds(10))
    dup2(pipe, writer)
    destination.emit("next\n")
    destination.flush(within: .seconds(10))
    #expect(readAvailable() == "2 missing\nnext\n")
    for descriptor in [pipe, full, reader, writer] { close(descriptor) }
  }

  @Test("A descriptor that cannot be written to holds nobody up")
  func badDescriptor() {
    let destination = FileDescriptorDestination(descriptor: -1) { _ in "missing\n" }
    destination.emit("lost\n")
    let start = ContinuousClock.now
    destination.flush(within: .seconds(10))
    #expect(ContinuousClock.now - start < .seconds(5))
    close(reader)
    close(writer)
  }
}
