import Yams

/// The API's description, as the API page reads it.
struct Description {
  let root: Node
  private(set) var operations: [DescribedOperation] = []
  private(set) var events: [DescribedOperation] = []

  /// The server's address in the description's examples. The page shows the real one.
  static let exampleOrigin = "http://127.0.0.1:8080"

  init(_ root: Node) {
    self.root = root
    operations = operations(in: "paths")
    events = operations(in: "webhooks")
  }

  private func operations(in name: String) -> [DescribedOperation] {
    root.members(name).flatMap { path, item in
      item.mapping?.filter { $0.key.string != "parameters" }.map { method, node in
        DescribedOperation(
          node, method: method.string ?? "", path: path, shared: item.items("parameters"), of: self)
      } ?? []
    }
  }

  /// The object that a reference leads to. Members next to the reference replace those of the same name.
  func resolve(_ node: Node) -> Node {
    guard let reference = node["$ref"]?.string else { return node }
    let target = reference.split(separator: "/").dropFirst()
      .reduce(root as Node?) { $0?[String($1)] }
    guard var resolved = target.map(resolve)?.mapping else { return node }
    for (name, value) in node.mapping ?? [:] where name.string != "$ref" { resolved[name] = value }
    return .mapping(resolved)
  }

  /// The name of the schema that a reference leads to, through schemas that are only references.
  func name(_ schema: Node) -> String? {
    guard let name = schema["$ref"]?.string?.split(separator: "/").last else { return nil }
    return self.name(self.schema(named: String(name))) ?? String(name)
  }

  func schema(named name: String) -> Node { root["components"]?["schemas"]?[name] ?? [:] }

  /// The only example of a body, or its named examples.
  func examples(_ content: Node) -> [DescribedOperation.Example] {
    if let value = content["example"] { return [.init(summary: "", value: value)] }
    return content.members("examples").compactMap { name, node in
      let example = resolve(node)
      return example["value"].map { .init(summary: example["summary"]?.string ?? name, value: $0) }
    }
  }
}

extension Node {
  /// A member's text; empty if there is none.
  func text(_ name: String) -> String { self[name]?.string ?? "" }

  /// A member's elements; empty if it is not a list.
  func items(_ name: String) -> [Node] { self[name]?.array() ?? [] }

  /// A member's own members, in the document's order.
  func members(_ name: String) -> [(name: String, value: Node)] {
    self[name]?.mapping?.map { ($0.key.string ?? "", $0.value) } ?? []
  }
}
