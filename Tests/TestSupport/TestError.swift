import Foundation

/// Why a test could not be set up, or what it waited for in vain.
public struct TestError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// An environment variable that `scripts/test` sets. Tests never skip: without it they fail.
func variable(_ name: String) throws -> String {
  guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
    throw TestError("\(name) is not set: run the tests with scripts/test, which sets it")
  }
  return value
}
