public import Foundation

/// A directory of a test's own.
public enum TemporaryDirectory {
  /// Lends a new directory to `body` and removes it afterwards.
  public static func with<R>(_ body: (URL) async throws -> R) async throws -> R {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory)
  }
}
