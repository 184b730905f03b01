import Foundation

/// The project's files.
public enum Repository {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  /// The absolute path of a file, given from the top folder.
  public static func path(_ name: String) -> String { root.appending(path: name).path }

  /// A file's text.
  public static func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
