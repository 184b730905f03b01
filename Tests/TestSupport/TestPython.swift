public import Foundation

/// Python with the packages of `Tests/requirements.txt`.
public enum TestPython {
  /// The interpreter that `TEST_PYTHON` names. Tests never skip: without it they fail.
  public static var path: String {
    get throws {
      guard let path = ProcessInfo.processInfo.environment["TEST_PYTHON"], !path.isEmpty else {
        throw TestError(
          """
          TEST_PYTHON is not set: this test needs a Python that has Tests/requirements.txt installed; \
          run it with scripts/test, which makes one
          """)
      }
      return path
    }
  }

  /// Runs a script of `Tests/Python`, its modules within reach, and returns its output; throws with
  /// the output when it fails.
  @discardableResult
  public static func run(
    _ script: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: String = ""
  ) async throws -> String {
    try await TestProcess.run(
      path, [Repository.path("Tests/Python/\(script)")] + arguments, environment: environment,
      input: input)
  }

  /// Runs a module, as `python -m`, in a directory.
  @discardableResult
  public static func run(
    module: String, _ arguments: [String], in directory: URL, environment: [String: String] = [:]
  ) async throws -> String {
    try await TestProcess.run(
      "env", ["-C", directory.path, path, "-m", module] + arguments, environment: environment)
  }
}
