import Glibc

/// A file that holds a setting's value.
enum SettingsFile {
  /// The most bytes that a file of keys may have.
  private static let longest = 65_536

  /// The file's text. Throws a `Failure` that names the variable.
  static func read(_ path: String, for variable: String) throws -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(path, variable) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(file, &chunk, chunk.count)
      guard count >= 0 else { throw failure(path, variable) }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
      guard bytes.count <= longest else {
        throw Failure.configuration("\(variable): \(path) is too long to hold keys")
      }
    }
  }

  private static func failure(_ path: String, _ variable: String) -> Failure {
    .configuration("\(variable): cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
