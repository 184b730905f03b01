import CLibPQ
import Glibc

/// Starts a detached thread, for work that blocks in C and must never hold up Swift's own threads.
/// Returns false if the system has no thread left.
@discardableResult
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
  final class Box {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  let box = Unmanaged.passRetained(Box(name, body))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  defer { pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument else { return nil }
      let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
      // Linux allows 15 bytes.
      pthread_setname_np(pthread_self(), String(box.name.prefix(15)))
      box.body()
      return nil
    }, box.toOpaque())
  if status != 0 { box.release() }
  return status == 0
}

/// Runs `body` on its own thread and waits until it ends. Throws if the system has no thread left.
func onThread<R: Sendable>(
  _ name: String, _ body: @escaping @Sendable () -> R
) async throws(PostgresError) -> R {
  let result: R? = await withUnsafeContinuation { continuation in
    if !startThread(name, { continuation.resume(returning: body()) }) {
      continuation.resume(returning: nil)
    }
  }
  guard let result else { throw .cannotConnect("no thread left") }
  return result
}

/// Nanoseconds on a clock that never steps.
@usableFromInline func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
