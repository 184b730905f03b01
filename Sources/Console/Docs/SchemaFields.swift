/// A schema's fields, as the page lists them.
struct SchemaFields {
  struct Field: Equatable {
    var name: String
    /// HTML.
    var type: String
    var isRequired: Bool
    /// Markdown.
    var description: String
    /// Markdown: limits, allowed values, an example.
    var notes: [String]
  }

  let description: Description
  /// Schemas that have a place of their own on the page, and where.
  var places: [String: String] = [:]

  /// Fields of an object, those of its parts included; of inner objects without a place of their own as
  /// `error.code`.
  func fields(_ schema: JSONValue, prefix: String = "") -> [Field] {
    let schema = description.resolve(schema)
    let required = Set(schema["required"]?.items.compactMap(\.string) ?? [])
    let inherited = (schema["allOf"]?.items ?? []).flatMap { fields($0, prefix: prefix) }
    let own = (schema["properties"]?.members ?? []).flatMap { member in
      field(
        prefix + member.name, member.value, isRequired: required.contains(member.name))
    }
    return inherited + own
  }

  private func field(_ name: String, _ schema: JSONValue, isRequired: Bool) -> [Field] {
    let resolved = description.resolve(schema)
    let narrowed = alternatives(resolved).first.map(description.resolve) ?? resolved
    var inner: [Field] = []
    if place(schema) == nil, isObject(resolved) {
      inner = fields(schema, prefix: "\(name).")
    } else if let items = resolved["items"], place(items) == nil,
      isObject(description.resolve(items))
    {
      inner = fields(items, prefix: "\(name)[].")
    }
    var notes = notes(narrowed)
    if let example = narrowed["examples"]?.items.first {
      notes.append("Example: `\(example.word ?? example.line)`.")
    }
    return [
      Field(
        name: name, type: type(schema), isRequired: isRequired,
        description: resolved["description"]?.string ?? narrowed["description"]?.string ?? "",
        notes: notes)
    ] + inner
  }

  /// As `string`, `array of Comment`, `string or null`.
  func type(_ schema: JSONValue) -> String {
    if let place = place(schema), let name = description.name(schema) {
      let escape = PageText().escapeText
      return "<a href=\"/docs#\(escape(place))\">\(escape(words(name)))</a>"
    }
    let resolved = description.resolve(schema)
    let alternatives = alternatives(resolved)
    if let first = alternatives.first {
      return type(first)
        + (alternatives.count < (resolved["oneOf"]?.items.count ?? 0) ? " or null" : "")
    }
    if isObject(resolved) { return "object" }
    switch resolved["type"]?.string {
    case "array": return "array of " + (resolved["items"].map(type) ?? "values")
    case "integer": return "whole number"
    case let name?: return name
    case nil: return "string"
    }
  }

  /// A schema's name for people: `TicketWithComments` as `Ticket with comments`.
  func words(_ name: String) -> String {
    var words = ""
    for character in name {
      if character.isUppercase, !words.isEmpty {
        words += " " + character.lowercased()
      } else {
        words.append(character)
      }
    }
    return words
  }

  private func place(_ schema: JSONValue) -> String? {
    description.name(schema).flatMap { places[$0] }
  }

  private func isObject(_ schema: JSONValue) -> Bool {
    schema["type"]?.string == "object" || schema["allOf"] != nil
  }

  /// What a value may be besides `null` and nothing.
  private func alternatives(_ schema: JSONValue) -> [JSONValue] {
    (schema["oneOf"]?.items ?? []).filter {
      $0["type"]?.string != "null" && $0["enum"] == nil
    }
  }

  /// Limits, allowed values and the default, in Markdown.
  func notes(_ given: JSONValue) -> [String] {
    let schema = description.resolve(given)
    var notes: [String] = []
    if let only = schema["const"]?.word { notes.append("Always `\(only)`.") }
    let words = schema["enum"]?.items.compactMap(\.word) ?? []
    if !words.isEmpty {
      notes.append("One of \(words.map { "`\($0)`" }.joined(separator: ", ")).")
    }
    let isText = schema["type"]?.string == "string"
    notes += [
      isText ? range(schema, "minLength", "maxLength", "character") : nil,
      range(schema, "minItems", "maxItems", "element"), range(schema, "minimum", "maximum", ""),
    ].compactMap { $0 }
    if let items = schema["items"] {
      notes += self.notes(items).map { "Each: \($0)" }
    }
    if let value = schema["default"]?.word { notes.append("Default `\(value)`.") }
    return notes
  }

  private func range(_ schema: JSONValue, _ low: String, _ high: String, _ unit: String) -> String?
  {
    let (low, high) = (schema[low]?.word, schema[high]?.word.map(Self.grouped))
    let units = unit.isEmpty ? "" : " \(unit)s"
    switch (low, high) {
    case (let low?, let high?): return "\(low) to \(high)\(units)."
    case (let low?, nil):
      return "At least \(low)\(low == "1" && !unit.isEmpty ? " \(unit)" : units)."
    case (nil, let high?): return "At most \(high)\(units)."
    case (nil, nil): return nil
    }
  }

  /// `50000` as `50,000`.
  private static func grouped(_ number: String) -> String {
    var grouped = ""
    for (index, digit) in number.enumerated() {
      if index > 0, (number.count - index).isMultiple(of: 3) { grouped += "," }
      grouped.append(digit)
    }
    return grouped
  }
}
