#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Musl)
  @preconcurrency import Musl
#endif

/// The file descriptors 0, 1 and 2, as whoever started the process left them.
enum StandardDescriptors {
  /// Opens `/dev/null` in place of those that are closed. A socket would get their numbers otherwise, and
  /// be written to by whatever prints.
  static func openMissing() {
    // Output that nobody can get is an error, so that descriptor is one that cannot be written to.
    for (descriptor, mode) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)] as [(Int32, Int32)]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest number that is free.
      _ = open("/dev/null", mode)
    }
  }

  /// Writes what was printed and is still buffered. Throws a `Failure` when any of it was lost.
  static func finishOutput() throws {
    guard fflush(stdout) != 0 || ferror(stdout) != 0 else { return }
    throw Failure.output("cannot write to standard output: \(String(cString: strerror(errno)))")
  }
}
