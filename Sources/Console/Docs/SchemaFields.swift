import OpenAPI
import Yams

/// A schema's fields in the form that the page lists them.
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
  /// The ids on the page of the schemas that it shows separately, by name.
  var anchors: [String: String] = [:]

  /// The fields of an object, including those of its parts. An inner object that the page does not show
  /// separately adds fields such as `error.code`.
  func fields(_ schema: Node, prefix: String = "") -> [Field] {
    let schema = description.resolve(schema)
    let required = schema.items("required").compactMap(\.string)
    let inherited = schema.items("allOf").flatMap { fields($0, prefix: prefix) }
    return inherited
      + schema.members("properties").flatMap { name, property in
        [field(prefix + name, property, isRequired: required.contains(name))]
          + inner(prefix + name, property)
      }
  }

  private func field(_ name: String, _ schema: Node, isRequired: Bool) -> Field {
    let resolved = description.resolve(schema)
    let narrowed = alternatives(resolved).first.map(description.resolve) ?? resolved
    var notes = notes(narrowed)
    if let example = narrowed.items("examples").first {
      notes.append("Example: `\(example.string ?? example.json)`.")
    }
    return Field(
      name: name, type: type(schema), isRequired: isRequired,
      description: resolved["description"]?.string ?? narrowed.text("description"), notes: notes)
  }

  private func inner(_ name: String, _ schema: Node) -> [Field] {
    let resolved = description.resolve(schema)
    if anchor(schema) == nil, Self.isObject(resolved) { return fields(schema, prefix: "\(name).") }
    guard let items = resolved["items"], anchor(items) == nil,
      Self.isObject(description.resolve(items))
    else { return [] }
    return fields(items, prefix: "\(name)[].")
  }

  /// A type as HTML: `string`, `array of Comment`, `string or null`.
  func type(_ schema: Node) -> String {
    if let anchor = anchor(schema), let name = description.name(schema) {
      let escape = PageText().escapeText
      return "<a href=\"/docs#\(escape(anchor))\">\(escape(words(name)))</a>"
    }
    let resolved = description.resolve(schema)
    let alternatives = alternatives(resolved)
    if let first = alternatives.first {
      return type(first) + (alternatives.count < resolved.items("oneOf").count ? " or null" : "")
    }
    if Self.isObject(resolved) { return "object" }
    switch resolved.text("type") {
    case "array": return "array of " + (resolved["items"].map(type) ?? "values")
    case "integer": return "whole number"
    case "": return "string"
    case let name: return name
    }
  }

  /// A schema's name for people, such as `Ticket with comments` for `TicketWithComments`.
  func words(_ name: String) -> String {
    "\(name.prefix(1))\(name.dropFirst().replacing(/[A-Z]/) { " \($0.0.lowercased())" })"
  }

  private func anchor(_ schema: Node) -> String? {
    description.name(schema).flatMap { anchors[$0] }
  }

  static func isObject(_ schema: Node) -> Bool {
    schema.text("type") == "object" || schema["allOf"] != nil
  }

  /// The alternatives for a value, without `null` and without fixed words.
  private func alternatives(_ schema: Node) -> [Node] {
    schema.items("oneOf").filter { $0.text("type") != "null" && $0["enum"] == nil }
  }

  /// Limits, allowed values and the default, in Markdown.
  func notes(_ given: Node) -> [String] {
    let schema = description.resolve(given)
    let words = schema.items("enum").compactMap(\.string).map { "`\($0)`" }
    let isText = schema.text("type") == "string"
    let notes = [
      schema["const"]?.string.map { "Always `\($0)`." },
      words.isEmpty ? nil : "One of \(words.joined(separator: ", ")).",
      isText ? range(schema, "minLength", "maxLength", " character") : nil,
      range(schema, "minItems", "maxItems", " element"), range(schema, "minimum", "maximum", ""),
    ]
    let ofItems = (schema["items"].map(self.notes) ?? []).map { "Each: \($0)" }
    let byDefault = schema["default"]?.string.map { ["Default `\($0)`."] } ?? []
    return notes.compactMap(\.self) + ofItems + byDefault
  }

  /// - Parameter unit: empty, or a space and a noun that takes an s in the plural
  private func range(_ schema: Node, _ low: String, _ high: String, _ unit: String) -> String? {
    let units = unit.isEmpty ? "" : "\(unit)s"
    let high = schema[high]?.int?.grouped
    switch (schema[low]?.string, high) {
    case (let low?, let high?): return "\(low) to \(high)\(units)."
    case (let low?, nil): return "At least \(low)\(low == "1" ? unit : units)."
    case (nil, let high?): return "At most \(high)\(units)."
    case (nil, nil): return nil
    }
  }
}
