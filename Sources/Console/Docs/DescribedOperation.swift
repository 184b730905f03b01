import Yams

/// An operation of the description, or an event.
struct DescribedOperation {
  struct Example {
    let summary: String
    let value: Node
  }

  struct Answer {
    /// A status, `2XX` or `default`.
    let status: String
    let node: Node
    let schema: Node?
    let examples: [Example]

    var description: String { node.text("description") }
    var isSuccess: Bool { status.hasPrefix("2") }
  }

  let node: Node
  /// In upper case.
  let method: String
  /// A path, or an event's type.
  let path: String
  let parameters: [Node]
  let requestSchema: Node?
  let requestExamples: [Example]
  let answers: [Answer]

  var id: String { node.text("operationId") }
  var summary: String { node.text("summary") }
  /// Nil if no key is needed.
  var scope: String? { node["x-scope"]?.string }

  /// - Parameter shared: the parameters that all operations of the path have
  init(
    _ node: Node, method: String, path: String, shared: [Node], of description: Description
  ) {
    self.node = node
    self.method = method.uppercased()
    self.path = path
    parameters = (shared + node.items("parameters")).map(description.resolve)
    let content = node["requestBody"]?.members("content").first?.value
    requestSchema = content?["schema"]
    requestExamples = content.map(description.examples) ?? []
    answers = node.members("responses").map { status, node in
      let answer = description.resolve(node)
      let content = answer.members("content").first?.value
      return Answer(
        status: status, node: answer, schema: content?["schema"],
        examples: content.map(description.examples) ?? [])
    }
  }

  func has(tag: String) -> Bool { node.items("tags").contains { $0.string == tag } }
}
