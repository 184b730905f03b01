/// Makes the API page's chapters of the description: its prose, then the operations of each tag, then
/// what their answers are made of.
struct DocsBook {
  private let pages: Pages
  private let description: Description
  private let markdown: Markdown
  private let fields: SchemaFields
  /// Schemas that have a place of their own, in the order in which answers and events mention them.
  private let objects: [String]

  init(pages: Pages) throws {
    self.pages = pages
    let description = try Description()
    self.description = description
    objects = Self.objects(of: description)
    fields = SchemaFields(
      description: description,
      places: Dictionary(
        objects.map { ($0, "object-\($0)") }, uniquingKeysWith: { first, _ in first }))
    let codes = description.words(of: "ErrorCode")
    let scopes = Set(description.operations.compactMap(\.scope)).union(["*"])
    markdown = Markdown(
      places: Dictionary(
        codes.map { ($0, "error-\($0)") } + scopes.map { ($0, "scope-\($0)") }
          + description.events.map { ($0.path, $0.path) }, uniquingKeysWith: { first, _ in first }),
      definedInTables: scopes.union(codes))
  }

  func chapters() throws -> [DocsChapter] {
    let introduction = try Markdown.parts(description.introduction, level: 2).map { part in
      let title = part.title.isEmpty ? "Introduction" : part.title
      return DocsChapter(lead: try prose(part, id: Markdown.slug(title), title: title, level: 2))
    }
    let tags = try description.tags.map(chapter)
    let lead = try prose(
      Markdown.Part(title: "", text: "What answers and events are made of."), id: "objects",
      title: "Objects", level: 2)
    return introduction + tags + [DocsChapter(lead: lead, entries: try objects.map(object))]
  }

  private func chapter(_ tag: Description.Tag) throws -> DocsChapter {
    let id = Markdown.slug(tag.name)
    let parts = Markdown.parts(tag.text, level: 3)
    let lead = try prose(parts[0], id: id, title: tag.name, level: 2)
    let sections = try parts.dropFirst().map { part in
      try prose(part, id: "\(id)-\(Markdown.slug(part.title))", title: part.title, level: 3)
    }
    let operations = try description.operations.filter { $0.tag == tag.name }.map(operation)
    let events = try description.events.filter { $0.tag == tag.name }.map(event)
    return DocsChapter(lead: lead, entries: sections + operations + events)
  }

  private func prose(_ part: Markdown.Part, id: String, title: String, level: Int) throws
    -> DocsEntry
  {
    let html = markdown.html(part.text, id: id) + (try additions(to: id))
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

  /// What the prose of a section announces: lists made of the description, and code that was run.
  private func additions(to id: String) throws -> String {
    switch id {
    case "webhooks-headers":
      return try list(
        description.events.first.map { parameters($0) { _ in true } } ?? [], .received)
    case "webhooks-body":
      return try list(fields.fields(description.schema(named: "Event") ?? .null), .received)
    case "webhooks-your-answer":
      let answers = description.events.first?.answers ?? []
      return try pages.fragment(
        "docs-fields",
        [
          "fields": answers.map { answer in
            [
              "name": answer.status == "default" ? "anything else" : answer.status,
              "description": markdown.html(answer.description, id: id),
            ]
          }
        ])
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
    var values: [String: Any] = [
      "call": ["method": operation.method, "path": operation.path],
      "text": markdown.html(operation.description, id: operation.id),
    ]
    values["scope"] = operation.scope
    let body = operation.requestSchema.map { fields.fields($0) } ?? []
    values["lists"] = try [
      ("Parameters", parameters(operation) { $0.place != "header" }), ("Body", body),
      ("Headers", parameters(operation) { $0.place == "header" }),
    ]
    .filter { !$0.1.isEmpty }
    .map { ["title": $0.0, "fields": try list($0.1, .sent)] }
    let curl = CurlLine(operation: operation, origin: Description.exampleOrigin)
    values["curl"] =
      CodeBlock(
        id: "curl-\(operation.id)", label: "the command for: \(operation.summary)", text: curl.text
      ).html
    values["more"] = operation.requestExamples.dropFirst().enumerated().map { index, example in
      ["summary": example.summary, "code": code(example, "\(operation.id)-body-\(index)")]
    }
    values["answers"] = operation.answers.filter(\.isSuccess).map { answer in
      var values: [String: Any] = [
        "status": answer.status, "text": markdown.inline(answer.description),
        "examples": answer.examples.enumerated().map {
          code($1, "\(operation.id)-\(answer.status)-\($0)")
        },
      ]
      values["object"] = answer.schema.flatMap(description.name).flatMap { name in
        fields.places[name].map { ["id": $0, "name": fields.words(name)] }
      }
      return values
    }
    let errors = operation.answers.filter { !$0.isSuccess && $0.status != "default" }
    values["hasErrors"] = !errors.isEmpty
    values["errors"] = errors.map {
      [
        "status": $0.status, "codes": $0.codes.map { markdown.inline("`\($0)`") },
        "text": $0.codes.isEmpty ? markdown.inline($0.description) : "",
      ] as [String: Any]
    }
    return try entry(
      id: operation.id, title: operation.summary, method: operation.method,
      body: try pages.fragment("docs-operation", values))
  }

  private func event(_ event: DescribedOperation) throws -> DocsEntry {
    // Of the whole body only `data` differs from event to event.
    let data = (event.requestSchema.map { fields.fields($0) } ?? [])
      .filter { $0.name.hasPrefix("data.") }
    let values: [String: Any] = [
      "text": markdown.html(event.description, id: event.id),
      "lists": data.isEmpty ? [] : [["title": "Data", "fields": try list(data, .received)]],
      "answers": [
        [
          "text": "The body, with line breaks that the real one does not have:",
          "examples": event.requestExamples.enumerated().map { code($1, "\(event.id)-\($0)") },
        ] as [String: Any]
      ],
    ]
    return try entry(
      id: event.path, title: event.path, isCode: true,
      body: try pages.fragment("docs-operation", values))
  }

  private func object(_ name: String) throws -> DocsEntry {
    let schema = description.schema(named: name) ?? .null
    let text = markdown.html(schema["description"]?.string ?? "", id: name)
    return try entry(
      id: "object-\(name)", title: fields.words(name),
      body: text + (try list(fields.fields(schema), .received)))
  }

  private func code(_ example: DescribedOperation.Example, _ id: String) -> String {
    let text = example.value.string ?? example.value.lines()
    return CodeBlock(id: id, label: "the example", text: text).html
  }

  private func parameters(
    _ operation: DescribedOperation, where isWanted: (DescribedOperation.Parameter) -> Bool
  ) -> [SchemaFields.Field] {
    operation.parameters.filter(isWanted).map { parameter in
      let place = parameter.place == "header" ? "" : ", in the \(parameter.place)"
      var field = SchemaFields.Field(
        name: parameter.name, type: fields.type(parameter.schema) + place,
        isRequired: parameter.isRequired, description: parameter.description,
        notes: fields.notes(parameter.schema))
      if let example = parameter.example { field.notes.append("Example: `\(example)`.") }
      return field
    }
  }

  /// Which fields stand out: those that must be sent, or those that are not always there.
  private enum Direction { case sent, received }

  private func list(_ fields: [SchemaFields.Field], _ direction: Direction) throws -> String {
    try pages.fragment(
      "docs-fields",
      [
        "fields": fields.map { field in
          [
            "name": field.name, "type": field.type,
            "required": direction == .sent && field.isRequired,
            "optional": direction == .received && !field.isRequired,
            "description": markdown.html(field.description, id: field.name),
            "notes": markdown.inline(field.notes.joined(separator: " ")),
          ] as [String: Any]
        }
      ])
  }

  /// Schemas of objects that answers and events are made of. Those that nothing describes are shown where
  /// they are used.
  private static func objects(of description: Description) -> [String] {
    var found: [String] = []
    func visit(_ schema: JSONValue) {
      var fields = schema
      if let name = description.name(schema) {
        guard !found.contains(name) else { return }
        fields = description.schema(named: name) ?? .null
        let isObject = fields["type"]?.string == "object" || fields["allOf"] != nil
        if isObject, fields["description"] != nil { found.append(name) }
      }
      for part in (fields["allOf"]?.items ?? []) + (fields["oneOf"]?.items ?? []) { visit(part) }
      for member in fields["properties"]?.members ?? [] { visit(member.value) }
      if let items = fields["items"] { visit(items) }
    }
    for operation in description.operations where operation.scope != nil {
      for answer in operation.answers { answer.schema.map(visit) }
    }
    for event in description.events { event.requestSchema.map(visit) }
    // What events have in common stands with the webhooks.
    return found.filter { $0 != "Event" }
  }
}
