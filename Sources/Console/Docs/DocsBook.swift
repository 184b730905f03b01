import OpenAPI
import Yams

/// Makes the API page's chapters from the description: its prose, the operations of each tag, then the
/// objects in their answers.
struct DocsBook {
  private let pages: Pages
  private let description: Description
  private let markdown: Markdown
  private let fields: SchemaFields
  /// Schemas that the page shows separately, in the order in which answers and events mention them.
  private let objects: [String]

  /// Throws only if the description that the executable carries is not YAML.
  init(pages: Pages) throws {
    self.pages = pages
    let description = Description(try OpenAPIDocument.parse())
    self.description = description
    objects = Self.objects(of: description)
    fields = SchemaFields(
      description: description, anchors: Self.anchors(objects.map { ($0, "object-\($0)") }))
    let codes = description.schema(named: "ErrorCode").items("enum").compactMap(\.string)
    let scopes = Set(description.operations.compactMap(\.scope)).union(["*"])
    markdown = Markdown(
      anchors: Self.anchors(
        codes.map { ($0, "error-\($0)") } + scopes.map { ($0, "scope-\($0)") }
          + description.events.map { ($0.path, $0.path) }),
      definedInTables: scopes.union(codes))
  }

  private static func anchors(_ pairs: [(String, String)]) -> [String: String] {
    Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  func chapters() throws -> [DocsChapter] {
    let introduction = try Markdown.parts(
      description.root["info"]?.text("description") ?? "", level: 2
    )
    .map { part in
      let title = part.title.isEmpty ? "Introduction" : part.title
      return DocsChapter(
        lead: try prose(part.text, id: Markdown.slug(title), title: title, level: 2))
    }
    let lead = try prose(
      "The objects in answers and events.", id: "objects", title: "Objects", level: 2)
    return try introduction + description.root.items("tags").map(chapter)
      + [DocsChapter(lead: lead, entries: objects.map(object))]
  }

  private func chapter(_ tag: Node) throws -> DocsChapter {
    let name = tag.text("name")
    let id = Markdown.slug(name)
    let parts = Markdown.parts(tag.text("description"), level: 3)
    let lead = try prose(parts[0].text, id: id, title: name, level: 2)
    let sections = try parts.dropFirst().map { part in
      try prose(part.text, id: "\(id)-\(Markdown.slug(part.title))", title: part.title, level: 3)
    }
    let operations = try description.operations.filter { $0.has(tag: name) }.map(operation)
    let events = try description.events.filter { $0.has(tag: name) }.map(event)
    return DocsChapter(lead: lead, entries: sections + operations + events)
  }

  private func prose(_ text: String, id: String, title: String, level: Int) throws -> DocsEntry {
    let html = markdown.html(text, id: id) + (try additions(to: id))
    return try entry(id: id, title: title, level: level, body: html)
  }

  private func entry(
    id: String, title: String, level: Int = 3, method: String? = nil, isCode: Bool = false,
    body: String
  ) throws -> DocsEntry {
    DocsEntry(
      id: id, title: title, method: method,
      html: try pages.fragment(
        "docs-entry",
        ["id": id, "title": title, "isChapter": level == 2, "isCode": isCode, "body": body]))
  }

  /// The additions that the prose of a section announces: lists made from the description, and code that
  /// tests run.
  private func additions(to id: String) throws -> String {
    let event = description.events.first
    switch id {
    case "webhooks-headers":
      return try list(event?.parameters.map(parameter) ?? [], .received)
    case "webhooks-body":
      return try list(fields.fields(description.schema(named: "Event")), .received)
    case "webhooks-your-answer":
      let answers = event?.answers.map { answer in
        [
          "name": answer.status == "default" ? "anything else" : answer.status,
          "description": markdown.html(answer.description, id: id),
        ]
      }
      return try pages.fragment("docs-fields", ["fields": answers])
    case "webhooks-verify-the-signature":
      return ReceiverSample.all.map { sample in
        let code = CodeBlock(
          id: "sample-\(sample.file)", label: "the code for \(sample.language)", text: sample.code)
        return "<details><summary>\(sample.language)</summary>\n\(code.html)</details>\n"
      }.joined()
    default: return ""
    }
  }

  // MARK: Operations, events and objects

  private func operation(_ operation: DescribedOperation) throws -> DocsEntry {
    func parameters(areHeaders: Bool) -> [SchemaFields.Field] {
      operation.parameters.filter { ($0.text("in") == "header") == areHeaders }.map(parameter)
    }
    let lists = [
      ("Parameters", parameters(areHeaders: false)),
      ("Body", operation.requestSchema.map { fields.fields($0) } ?? []),
      ("Headers", parameters(areHeaders: true)),
    ].filter { !$0.1.isEmpty }
    let curl = CodeBlock(
      id: "curl-\(operation.id)", label: "the command for: \(operation.summary)",
      text: CurlLine(operation: operation, origin: Description.exampleOrigin).text)
    let errors = operation.answers.filter { !$0.isSuccess && $0.status != "default" }
    let values: PageValues = [
      "call": ["method": operation.method, "path": operation.path], "scope": operation.scope,
      // The page shows the scope separately.
      "text": markdown.html(
        operation.node.text("description")
          .replacing("\nScope: `\(operation.scope ?? "")`.\n", with: ""), id: operation.id),
      "lists": try lists.map { ["title": $0.0, "fields": try list($0.1, .sent)] },
      "curl": curl.html,
      "more": operation.requestExamples.dropFirst().enumerated().map { index, example in
        ["summary": example.summary, "code": code(example, "\(operation.id)-body-\(index)")]
      },
      "answers": operation.answers.filter(\.isSuccess).map { success($0, of: operation) },
      "hasErrors": !errors.isEmpty,
      "errors": errors.map { error -> PageValues in
        let codes = error.node.items("x-error-codes").compactMap(\.string)
        return [
          "status": error.status, "codes": codes.map { markdown.inline("`\($0)`") },
          "text": codes.isEmpty ? markdown.inline(error.description) : "",
        ]
      },
    ]
    return try entry(
      id: operation.id, title: operation.summary, method: operation.method,
      body: try pages.fragment("docs-operation", values))
  }

  private func success(_ answer: DescribedOperation.Answer, of operation: DescribedOperation)
    -> PageValues
  {
    let name = answer.schema.flatMap(description.name) ?? ""
    return [
      "status": answer.status, "text": markdown.inline(answer.description),
      "object": fields.anchors[name].map { ["id": $0, "name": fields.words(name)] },
      "examples": answer.examples.enumerated().map {
        code($1, "\(operation.id)-\(answer.status)-\($0)")
      },
    ]
  }

  private func event(_ event: DescribedOperation) throws -> DocsEntry {
    // Only `data` differs between events.
    let data = (event.requestSchema.map { fields.fields($0) } ?? [])
      .filter { $0.name.hasPrefix("data.") }
    let body: PageValues = [
      "text": "The body, with line breaks that the real one does not have:",
      "examples": event.requestExamples.enumerated().map { code($1, "\(event.id)-\($0)") },
    ]
    let values: PageValues = [
      "text": markdown.html(event.node.text("description"), id: event.id),
      "lists": data.isEmpty ? [] : [["title": "Data", "fields": try list(data, .received)]],
      "answers": [body],
    ]
    return try entry(
      id: event.path, title: event.path, isCode: true,
      body: try pages.fragment("docs-operation", values))
  }

  private func object(_ name: String) throws -> DocsEntry {
    let schema = description.schema(named: name)
    let text = markdown.html(schema.text("description"), id: name)
    return try entry(
      id: "object-\(name)", title: fields.words(name),
      body: text + (try list(fields.fields(schema), .received)))
  }

  private func code(_ example: DescribedOperation.Example, _ id: String) -> String {
    let text = example.value.string ?? example.value.jsonLines()
    return CodeBlock(id: id, label: "the example", text: text).html
  }

  private func parameter(_ node: Node) -> SchemaFields.Field {
    let schema = node["schema"] ?? [:]
    let location = node.text("in") == "header" ? "" : ", in the \(node.text("in"))"
    let example = node["example"]?.string.map { ["Example: `\($0)`."] } ?? []
    return SchemaFields.Field(
      name: node.text("name"), type: fields.type(schema) + location,
      isRequired: node.text("required") == "true", description: node.text("description"),
      notes: fields.notes(schema) + example)
  }

  /// Decides which fields are marked: those that must be sent, or those that may be missing.
  private enum Direction { case sent, received }

  private func list(_ fields: [SchemaFields.Field], _ direction: Direction) throws -> String {
    let values = fields.map { field -> PageValues in
      [
        "name": field.name, "type": field.type,
        "required": direction == .sent && field.isRequired,
        "optional": direction == .received && !field.isRequired,
        "description": markdown.html(field.description, id: field.name),
        "notes": markdown.inline(field.notes.joined(separator: " ")),
      ]
    }
    return try pages.fragment("docs-fields", ["fields": values])
  }

  /// The schemas of objects in answers and events. The page shows those without a description only where
  /// they are used.
  private static func objects(of description: Description) -> [String] {
    var found: [String] = []
    func visit(_ schema: Node) {
      var fields = schema
      if let name = description.name(schema) {
        guard !found.contains(name) else { return }
        fields = description.schema(named: name)
        if SchemaFields.isObject(fields), fields["description"] != nil { found.append(name) }
      }
      for part in fields.items("allOf") + fields.items("oneOf") { visit(part) }
      for (_, property) in fields.members("properties") { visit(property) }
      if let items = fields["items"] { visit(items) }
    }
    for operation in description.operations where operation.scope != nil {
      for answer in operation.answers { answer.schema.map(visit) }
    }
    for event in description.events { event.requestSchema.map(visit) }
    // The chapter on webhooks shows what all events have in common.
    return found.filter { $0 != "Event" }
  }
}
