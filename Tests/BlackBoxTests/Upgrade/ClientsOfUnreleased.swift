import Foundation
import TestSupport

/// The keys, cookies and answers that clients of an `UnreleasedDatabase` have.
struct ClientsOfUnreleased: Sendable, Decodable {
  /// A request with an `Idempotency-Key`, and its answer.
  struct Kept: Sendable, Decodable {
    let key: String
    let path: String
    let body: String
    let status: Int
    let answer: String
  }

  /// A key with all scopes.
  let key: String
  let revokedKey: String
  /// The cookies of an admin who is signed in.
  let cookies: [String: String]
  /// The path of a link to set a password.
  let invitation: String
  /// The server's `SECRET_KEYS`.
  let secretKeys: String
  /// The ids of endpoints, by the last part of their URLs' paths.
  let endpoints: [String: String]
  /// Their signing secrets, the current one first.
  let secrets: [String: [String]]
  let kept: [Kept]
  /// The answers of some paths.
  let reads: [String: JSON]

  init(_ database: UnreleasedDatabase) async throws {
    self = try JSONDecoder().decode(Self.self, from: Data(await database.known().utf8))
  }
}

extension JSON {
  /// True if this has everything that `other` has. Releases may add members.
  func holds(_ other: JSON) -> Bool {
    switch (self, other) {
    case (.object(let members), .object(let others)):
      others.allSatisfy { members[$0.key]?.holds($0.value) == true }
    case (.array(let items), .array(let others)):
      items.count == others.count && zip(items, others).allSatisfy { $0.holds($1) }
    default: self == other
    }
  }
}
