import Helpdesk
import Postgres

/// The members of a JSON object, and the faults found in them.
struct BodyFields {
  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Name>
  private(set) var faults: [APIError.Detail] = []

  init(_ container: KeyedDecodingContainer<Name>) { self.container = container }

  mutating func fault(_ field: String, _ message: String) {
    faults.append(
      APIError.Detail(field: field, message: field.isEmpty ? message : "\(field) \(message)"))
  }

  /// True if the member is present, even if it is null.
  func has(_ name: String) -> Bool { container.contains(Name(stringValue: name)) }

  /// True if the member is absent or null.
  func isAbsent(_ name: String) -> Bool {
    (try? container.decodeNil(forKey: Name(stringValue: name))) ?? true
  }

  /// A string, unless it is absent.
  mutating func string(_ name: String) -> String? {
    guard !isAbsent(name) else { return nil }
    guard let text = try? container.decode(String.self, forKey: Name(stringValue: name)) else {
      fault(name, "must be a string")
      return nil
    }
    guard !text.utf8.contains(0) else {
      fault(name, "must not contain U+0000")
      return nil
    }
    return text
  }

  /// A text of `lengths` code points that is not blank, unless it is absent. `trimmed` removes white
  /// space around it.
  mutating func text(_ name: String, _ lengths: ClosedRange<Int>, trimmed: Bool = false) -> String?
  {
    guard let sent = string(name) else { return nil }
    let core = sent.trimmingWhiteSpace()
    guard !core.isEmpty else {
      fault(name, "must not be blank")
      return nil
    }
    let text = trimmed ? core : sent
    guard lengths.contains(text.unicodeScalars.count) else {
      fault(name, "must have \(lengths.lowerBound) to \(lengths.upperBound) characters")
      return nil
    }
    return text
  }

  mutating func requiredText(_ name: String, _ lengths: ClosedRange<Int>, trimmed: Bool = false)
    -> String
  {
    if isAbsent(name) { fault(name, "is required") }
    return text(name, lengths, trimmed: trimmed) ?? ""
  }

  mutating func email(_ name: String) -> EmailAddress? {
    guard let text = string(name), !text.trimmingWhiteSpace().isEmpty else { return nil }
    guard let address = EmailAddress(text) else {
      fault(name, "must be an e-mail address")
      return nil
    }
    return address
  }

  /// A time in the form of answers, unless it is absent.
  mutating func moment(_ name: String) -> Timestamp? {
    guard let text = string(name) else { return nil }
    guard let moment = Timestamp(rfc3339: text) else {
      fault(name, "must be a time such as 2026-03-17T09:30:00.000Z")
      return nil
    }
    return moment
  }

  mutating func requiredEmail(_ name: String) -> EmailAddress? {
    let faultsBefore = faults.count
    let address = email(name)
    if address == nil, faults.count == faultsBefore { fault(name, "is required") }
    return address
  }

  /// One of the words of `Choice`.
  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
    guard let text = string(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      fault(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return choice
  }

  /// At most 20 tags, each of 1 to 50 code points after trimming. Duplicates are dropped, and the order
  /// is kept.
  mutating func tags(_ name: String) -> [String]? {
    guard !isAbsent(name) else { return nil }
    guard var list = try? container.nestedUnkeyedContainer(forKey: Name(stringValue: name)) else {
      fault(name, "must be an array of strings")
      return nil
    }
    var tags: [String] = []
    var seen: Set<[UInt8]> = []
    // More faults help nobody, and an answer must not be many times as large as its request.
    while !list.isAtEnd, faults.count < 100 {
      let field = "\(name)[\(list.currentIndex)]"
      guard let sent = try? list.decode(String.self) else {
        fault(field, "must be a string")
        // A failed decode stays at its element; decoding null or anything else steps over it.
        guard (try? list.decode(Anything.self)) != nil else { return nil }
        continue
      }
      let tag = sent.trimmingWhiteSpace()
      if sent.utf8.contains(0) {
        fault(field, "must not contain U+0000")
      } else if !(1...50).contains(tag.unicodeScalars.count) {
        fault(field, "must have 1 to 50 characters")
      } else if seen.insert(Array(tag.utf8)).inserted {
        tags.append(tag)
      }
    }
    if tags.count > 20 { fault(name, "must have at most 20 different tags") }
    return tags
  }

  private struct Anything: Decodable { init(from decoder: any Decoder) throws {} }
}
