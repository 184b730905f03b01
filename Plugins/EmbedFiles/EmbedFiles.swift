import Foundation
import PackagePlugin

/// Writes the list of the files that an executable carries, as Swift. SwiftPM watches the target's folder and what
/// it links to, so a new file needs no line anywhere.
@main
struct EmbedFiles: BuildToolPlugin {
  private static let folders = [
    "assets", "receivers", "sql", "sql/functions", "sql/migrations", "sql/ops", "templates",
  ]
  private static let files = ["openapi.yaml"]

  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = target.directoryURL
    let paths = try Self.folders.flatMap { try files(in: $0, of: root) } + Self.files
    let script = context.package.directoryURL.appending(path: "Plugins/EmbedFiles/embed.sh")
    let list = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
    return [
      .buildCommand(
        displayName: "Embedding files", executable: URL(filePath: "/bin/sh"),
        arguments: [script.path, root.path, list.path] + paths,
        inputFiles: paths.map { root.appending(path: $0) } + [script], outputFiles: [list])
    ]
  }

  private func files(in folder: String, of root: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.path + "/\(folder)/")
      .filter { $0.contains(".") && !$0.hasSuffix(".md") && !$0.hasPrefix(".") }
      .sorted().map { "\(folder)/\($0)" }
  }
}
