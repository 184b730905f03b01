import Foundation

/// A data folder by `initdb`, made once in the process and copied for each cluster: that takes a tenth of
/// the time.
actor ClusterTemplate {
  static let shared = ClusterTemplate()

  private static let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("tacohelp-initdb-\(UUID().uuidString)").path
  private var making: Task<String, any Error>?

  /// The data folder to copy.
  func path() async throws -> String {
    let task = making ?? Task { try await Self.make() }
    making = task
    return try await task.value
  }

  private static func make() async throws -> String {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    atexit { try? FileManager.default.removeItem(atPath: ClusterTemplate.directory) }
    if geteuid() == 0 { try await TestProcess.run("chown", ["postgres", directory]) }
    try await TestCluster.run(
      "\(TestCluster.binaries)/initdb",
      [
        "-D", "\(directory)/data", "-U", "postgres", "-A", "trust", "--no-sync",
        "--encoding=UTF8", "--locale=C.UTF-8",
      ])
    return "\(directory)/data"
  }
}
