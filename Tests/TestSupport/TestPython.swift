public import Foundation

/// Python with the packages of `Tests/requirements.txt`: the interpreter that `TEST_PYTHON` names.
public enum TestPython {
  /// Runs a script of `Tests/Python`, its modules within reach, and returns its output; throws with
  /// the output when it fails.
  @discardableResult
  public static func run(
    _ script: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: String = ""
  ) async throws -> String {
    try await TestProcess.run(
      variable("TEST_PYTHON"), [Repository.path("Tests/Python/\(script)")] + arguments,
      environment: environment, input: input)
  }

  /// Runs a module, as `python -m`, in a directory.
  public static func run(
    module: String, _ arguments: [String], in directory: URL, environment: [String: String]
  ) async throws -> String {
    try await TestProcess.run(
      "env", ["-C", directory.path, variable("TEST_PYTHON"), "-m", module] + arguments,
      environment: environment)
  }
}
