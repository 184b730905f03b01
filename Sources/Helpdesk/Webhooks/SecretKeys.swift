public import Cryptography

/// The keys that seal webhook secrets at rest. The first key seals, all of them open. Without keys,
/// secrets are stored in plain text.
public struct SecretKeys: Sendable {
  /// The most keys that there can be.
  public static let most = 16

  private var keys: [(id: String, key: SealingKey)] = []

  /// No keys.
  public init() {}

  /// - Parameter text: `id:key` once or more, separated by commas or line ends; the id of 1 to 32
  ///   characters of `[A-Za-z0-9._-]`, the key 32 bytes in base64
  public init(_ text: String) throws(SecretKeysError) {
    let entries = text.split { $0 == "," || $0.isNewline }
      .map { String($0).trimmingWhiteSpace() }.filter { !$0.isEmpty }
    guard (1...Self.most).contains(entries.count) else { throw .count(entries.count) }
    for (index, entry) in entries.enumerated() {
      let parts = entry.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw .form(index + 1) }
      guard parts[0].isPlainID(1...32) else { throw .id(index + 1) }
      guard let key = Base64.decode(parts[1]).flatMap(SealingKey.init) else {
        throw .key(index + 1)
      }
      if let first = ids.firstIndex(of: parts[0]) { throw .duplicate(first + 1, index + 1) }
      keys.append((parts[0], key))
    }
  }

  /// A new key in the form that `init` reads.
  public static func make() throws(CryptographyError) -> String {
    let id = Hex.encode(try RandomBytes.generate(4))
    return "k\(id):\(Base64.encode(try RandomBytes.generate(SealingKey.byteCount)))"
  }

  public var isEmpty: Bool { keys.isEmpty }
  /// The sealing key's id comes first.
  public var ids: [String] { keys.map(\.id) }

  /// Seals a secret with the first key, for its row only: it does not open in another.
  /// - Parameter text: in the form `whsec_…`
  public func seal(_ text: String, for row: SecretRow) throws(CryptographyError) -> StoredSecret {
    guard let (id, key) = keys.first else { return StoredSecret(row: row, text: text) }
    let sealed = try key.seal(Array(text.utf8), context: row.context)
    return StoredSecret(row: row, text: Base64.encode(sealed), keyID: id)
  }

  /// - Returns: the secret in the form `whsec_…`
  public func open(_ secret: StoredSecret) throws(SecretFault) -> String {
    guard let id = secret.keyID else { return secret.text }
    guard let key = keys.first(where: { $0.id == id })?.key else { throw .unknownKey(id) }
    guard let sealed = Base64.decode(secret.text),
      let message = try? key.open(sealed, context: secret.row.context)
    else { throw .notAuthentic(id) }
    return String(decoding: message, as: UTF8.self)
  }
}

/// The row that a secret is stored in.
public struct SecretRow: Sendable, Equatable {
  var organization: OrganizationID
  var endpoint: EndpointID
  var id: String

  /// The text that is authenticated beside a sealed secret. No id has a slash.
  var context: [UInt8] { Array("\(organization)/\(endpoint)/\(id)".utf8) }
}

/// A signing secret as the database holds it.
public struct StoredSecret: Sendable, Equatable {
  var row: SecretRow
  /// In the form `whsec_…`, or sealed and in base64.
  var text: String
  /// Nil if it is not sealed.
  var keyID: String?
}

/// The fault in a text that should list keys. It repeats nothing of the text, which may be part of a key.
public enum SecretKeysError: Error, Equatable, CustomStringConvertible {
  case count(Int)
  case form(Int)
  case id(Int)
  case key(Int)
  case duplicate(Int, Int)

  public var description: String {
    switch self {
    case .count(let count): "from 1 to \(SecretKeys.most) keys are needed, not \(count)"
    case .form(let number): "key \(number) is not id:key, with one colon"
    case .id(let number): "the id of key \(number) is not 1 to 32 characters of [A-Za-z0-9._-]"
    case .key(let number): "key \(number) is not 32 bytes in base64"
    case .duplicate(let first, let second): "keys \(first) and \(second) have the same id"
    }
  }
}

/// The fault of a stored secret that cannot be read.
public enum SecretFault: Error, Hashable, CustomStringConvertible {
  case unknownKey(String)
  /// Another key sealed it, it was sealed for another row, or it was changed.
  case notAuthentic(String)

  var keyID: String {
    switch self {
    case .unknownKey(let id), .notAuthentic(let id): id
    }
  }

  public var description: String {
    switch self {
    case .unknownKey(let id): "the key \(id) is not in SECRET_KEYS"
    case .notAuthentic(let id): "what the key \(id) sealed does not open with that of SECRET_KEYS"
    }
  }
}
