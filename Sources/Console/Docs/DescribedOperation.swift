/// An operation, or an event, of the description: what its place on the page shows.
struct DescribedOperation {
  struct Parameter {
    let name: String
    /// `path`, `query` or `header`.
    let place: String
    let isRequired: Bool
    let description: String
    let schema: JSONValue
    let example: String?
  }

  struct Example {
    let summary: String
    let value: JSONValue
  }

  struct Answer {
    /// A status, `2XX` or `default`.
    let status: String
    let description: String
    /// Of an error's body.
    let codes: [String]
    let schema: JSONValue?
    let examples: [Example]

    var isSuccess: Bool { status.hasPrefix("2") }
  }

  let id: String
  let tag: String
  /// In capitals.
  let method: String
  /// A path, or an event's type.
  let path: String
  let summary: String
  let description: String
  /// Nil where no key is needed.
  let scope: String?
  let parameters: [Parameter]
  let requestSchema: JSONValue?
  let requestExamples: [Example]
  let answers: [Answer]

  /// - Parameter shared: the parameters of all operations of the path
  init(
    _ value: JSONValue, method: String, path: String, shared: [JSONValue],
    of description: Description
  ) {
    let text = { (value: JSONValue, name: String) in value[name]?.string ?? "" }
    id = text(value, "operationId")
    tag = value["tags"]?.items.first?.string ?? ""
    self.method = method.uppercased()
    self.path = path
    summary = text(value, "summary")
    scope = value["x-scope"]?.string
    // The page shows the scope in a place of its own.
    self.description = text(value, "description")
      .replacing("\nScope: `\(scope ?? "")`.\n", with: "")
    parameters = (shared + (value["parameters"]?.items ?? [])).map { given in
      let parameter = description.resolve(given)
      return Parameter(
        name: text(parameter, "name"), place: text(parameter, "in"),
        isRequired: parameter["required"] == .bool(true),
        description: text(parameter, "description"), schema: parameter["schema"] ?? .null,
        example: parameter["example"]?.word)
    }
    let content = value["requestBody"]?["content"]?.members.first?.value
    requestSchema = content?["schema"]
    requestExamples = content.map(description.examples) ?? []
    answers = (value["responses"]?.members ?? []).map { member in
      let answer = description.resolve(member.value)
      let content = answer["content"]?.members.first?.value
      return Answer(
        status: member.name, description: text(answer, "description"),
        codes: answer["x-error-codes"]?.items.compactMap(\.string) ?? [],
        schema: content?["schema"],
        examples: content.map(description.examples) ?? [])
    }
  }
}
