@preconcurrency import Glibc

/// The file descriptors 0, 1 and 2, as the process inherited them.
enum StandardDescriptors {
  /// Opens `/dev/null` in place of those that are closed. Otherwise a socket would get one of their
  /// numbers, and printed text would go to it.
  static func openMissing() {
    // Lost output must be an error, so standard output is opened for reading: writing to it fails.
    for (descriptor, mode) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // `open` returns the lowest free number.
      _ = open("/dev/null", mode)
    }
  }

  /// Writes what was printed and is still buffered. Throws a `Failure` when any of it was lost.
  static func finishOutput() throws {
    guard fflush(stdout) != 0 || ferror(stdout) != 0 else { return }
    throw Failure.output("cannot write to standard output: \(String(cString: strerror(errno)))")
  }
}
