/// Why a test could not be set up, or what it waited for in vain.
public struct TestError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
