import Embedded
import Foundation
import Testing

@Suite struct EmbeddedFileTests {
  @Test(
    "the executable carries every file of a folder, in order and to the letter",
    arguments: [
      ("assets", "css js svg"), ("receivers", "go mjs py sh swift"), ("sql", "sql"),
      ("sql/functions", "sql"), ("sql/migrations", "sql"), ("sql/ops", "sql"),
      ("templates", "mustache"),
    ])
  func carried(folder: String, types: String) throws {
    let types = Set(types.split(separator: " ").map(String.init))
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Embedded/\(folder)").resolvingSymlinksInPath()
    let files = try FileManager.default
      .contentsOfDirectory(at: root, includingPropertiesForKeys: nil)
      .filter { types.contains($0.pathExtension) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    #expect(!files.isEmpty)
    let carried = EmbeddedFile.files(in: folder)
    #expect(carried.map(\.name) == files.map(\.lastPathComponent))
    #expect(carried.map(\.text) == (try files.map { try String(contentsOf: $0, encoding: .utf8) }))
  }
}
