/// A text file that the executable carries: every file of this folder and of those it links to. The plug-in
/// EmbedFiles writes their list at each build, with a constant for each, named after its path.
public struct EmbeddedFile: Sendable {
  /// Relative to this folder, as `sql/functions/tickets.sql`.
  public let path: String
  private let contents: StaticString

  init(_ path: String, _ contents: StaticString) {
    self.path = path
    self.contents = contents
  }

  public var name: String { String(path.split(separator: "/").last ?? "") }
  public var text: String { contents.description }

  /// The files directly in a folder, by name.
  public static func files(in folder: String) -> [EmbeddedFile] {
    all.filter { $0.path.dropLast($0.name.count) == folder + "/" }
  }
}
