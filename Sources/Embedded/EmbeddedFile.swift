/// A text file that the executable carries: any file in this folder or in the folders it links to. The
/// plug-in EmbedFiles lists them at each build, with a constant for each file, named after its path.
public struct EmbeddedFile: Sendable {
  /// The path relative to this folder, such as `sql/functions/tickets.sql`.
  public let path: String
  private let contents: StaticString

  init(_ path: String, _ contents: StaticString) {
    self.path = path
    self.contents = contents
  }

  public var name: String { String(path.split(separator: "/").last ?? "") }
  public var text: String { contents.description }

  /// The files directly in a folder, sorted by name.
  public static func files(in folder: String) -> [EmbeddedFile] {
    all.filter { $0.path.dropLast($0.name.count) == folder + "/" }
  }
}
