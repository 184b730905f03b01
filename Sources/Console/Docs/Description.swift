import Embedded

/// The description of the API that the executable carries, as far as the page shows it.
struct Description {
  struct Tag {
    let name: String
    let text: String
  }

  private let root: JSONValue
  let introduction: String
  let tags: [Tag]
  private(set) var operations: [DescribedOperation] = []
  private(set) var events: [DescribedOperation] = []

  /// Where the description says that the server is. The page says where it really is.
  static let exampleOrigin = "http://127.0.0.1:8080"

  /// Throws only when what the executable carries is broken.
  init() throws {
    var text = EmbeddedFile.openapi_json.text
    root = try text.withUTF8 { try JSONReader.read(UnsafeRawBufferPointer($0)) }
    introduction = root["info"]?["description"]?.string ?? ""
    tags = (root["tags"]?.items ?? []).map {
      Tag(name: $0["name"]?.string ?? "", text: $0["description"]?.string ?? "")
    }
    operations = operations(in: "paths")
    events = operations(in: "webhooks")
  }

  private func operations(in name: String) -> [DescribedOperation] {
    (root[name]?.members ?? []).flatMap { path in
      path.value.members.filter { $0.name != "parameters" }.map { operation in
        DescribedOperation(
          operation.value, method: operation.name, path: path.name,
          shared: path.value["parameters"]?.items ?? [], of: self)
      }
    }
  }

  /// What a reference stands for, its siblings before the members of the same name.
  func resolve(_ value: JSONValue) -> JSONValue {
    var value = value
    // A reference may lead to another, but not endlessly.
    for _ in 0..<8 {
      guard let reference = value["$ref"]?.string else { break }
      let siblings = value.members.filter { $0.name != "$ref" }
      let target = reference.split(separator: "/").dropFirst()
        .reduce(root as JSONValue?) { $0?[String($1)] }
      value = .object(siblings + (target?.members ?? []))
    }
    return value
  }

  /// The name of the schema that a reference leads to, over others that are nothing but references.
  func name(_ schema: JSONValue) -> String? {
    var name: String?
    var schema = schema
    for _ in 0..<8 {
      guard let next = schema["$ref"]?.string?.split(separator: "/").last else { break }
      name = String(next)
      schema = self.schema(named: String(next)) ?? .null
    }
    return name
  }

  func schema(named name: String) -> JSONValue? { root["components"]?["schemas"]?[name] }

  /// The words that a schema of the description allows.
  func words(of name: String) -> [String] {
    schema(named: name)?["enum"]?.items.compactMap(\.string) ?? []
  }

  /// Of a body: the one example, or those that have names.
  func examples(_ content: JSONValue) -> [DescribedOperation.Example] {
    if let value = content["example"] { return [.init(summary: "", value: value)] }
    return (content["examples"]?.members ?? []).compactMap { member in
      let example = resolve(member.value)
      return example["value"].map {
        .init(summary: example["summary"]?.string ?? member.name, value: $0)
      }
    }
  }
}
