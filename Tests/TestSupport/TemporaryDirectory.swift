public import Foundation

/// A test's own directory.
public enum TemporaryDirectory {
  /// Lends a new directory to `body` and removes it afterwards.
  public static func with<R>(_ body: (URL) async throws -> R) async throws -> R {
    let directory = try make()
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory)
  }

  /// Makes a directory, which the caller removes.
  static func make() throws -> URL {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "tacohelp-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    return directory
  }
}
