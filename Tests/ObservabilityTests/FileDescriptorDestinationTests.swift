import Dispatch
import Testing

@testable import Observability

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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

  @Test("Lines arrive whole and in order")
  func order() {
    let destination = FileDescriptorDestination(descriptor: writer)
    destination.emit("one 🌮\n")
    destination.emit("two\n")
    #expect(readAvailable() == "one 🌮\ntwo\n")
    close(reader)
    close(writer)
  }

  @Test("A line longer than the pipe holds is continued until it is whole")
  func partialWrites() {
    let line = String(repeating: "x", count: 300_000) + "\n"
    // On a thread of its own: a blocked write would starve the pool that the tests run on.
    DispatchQueue.global().async { [writer] in
      FileDescriptorDestination(descriptor: writer).emit(line)
      close(writer)
    }
    #expect(readToEnd() == line)
    close(reader)
  }

  @Test("Lines of eight threads do not mix, however long")
  func concurrentLines() {
    let destination = FileDescriptorDestination(descriptor: writer)
    DispatchQueue.global().async { [writer] in
      let letters = Array("abcdefgh")
      DispatchQueue.concurrentPerform(iterations: letters.count) { index in
        for _ in 0..<5 { destination.emit(String(repeating: letters[index], count: 10_000) + "\n") }
      }
      close(writer)
    }
    let lines = readToEnd().split(separator: "\n")
    #expect(lines.count == 40)
    #expect(lines.allSatisfy { Set($0).count == 1 && $0.utf8.count == 10_000 })
    close(reader)
  }

  @Test("A line cut off by a full pipe is dropped without touching the next one")
  func tornLine() throws {
    try #require(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
    let destination = FileDescriptorDestination(descriptor: writer)
    destination.emit(String(repeating: "x", count: 300_000) + "\n")
    destination.emit("lost\n")
    let cut = readAvailable()
    #expect(!cut.isEmpty && cut.allSatisfy { $0 == "x" })
    destination.emit("next\n")
    destination.emit("last\n")
    #expect(readAvailable() == "\nnext\nlast\n")
    close(reader)
    close(writer)
  }

  @Test("A descriptor that cannot be written to drops the line")
  func badDescriptor() {
    FileDescriptorDestination(descriptor: -1).emit("lost\n")
    close(reader)
    close(writer)
  }
}
