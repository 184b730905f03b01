import Cryptography
public import Postgres

/// The signing secrets in the database: creating them, and sealing those that are not sealed with the
/// first key.
public struct SecretStore: Sendable {
  /// The most secrets that one call seals.
  public static let batch = 100

  private let pool: PostgresPool
  private let keys: SecretKeys

  public init(_ pool: PostgresPool, keys: SecretKeys) {
    self.pool = pool
    self.keys = keys
  }

  /// A secret that is about to be stored. It is made here so that neither the database nor its log of
  /// changes ever has it in plain text.
  struct New: Sendable {
    /// In the form `whsec_…`.
    var text: String
    var stored: StoredSecret

    /// The secret's id, its text as stored, and its key, in the form that functions of the database take.
    var parameters: [Parameter] {
      [.text(stored.row.id), .text(stored.text), .text(stored.keyID)]
    }
  }

  private static let makeIDs = Statement(
    """
    select helpdesk.new_id(clock_timestamp()) as endpoint_id,
           helpdesk.new_id(clock_timestamp()) as secret_id
    """)

  /// - Parameter endpoint: nil for one that is about to be created, too
  func make(for endpoint: EndpointID?, of organization: OrganizationID) async throws -> New {
    let rows = try await pool.read(Self.makeIDs())
    guard let row = rows.first else {
      throw PostgresError.decoding(column: "endpoint_id", expected: "a row")
    }
    var columns = RowReader(row)
    let newEndpoint = EndpointID(stored: try columns.text())
    let text = "whsec_\(Base64.encode(try RandomBytes.generate(32)))"
    let stored = try keys.seal(
      text,
      for: SecretRow(
        organization: organization, endpoint: endpoint ?? newEndpoint, id: try columns.text()))
    return New(text: text, stored: stored)
  }

  // MARK: Sealing

  private static let columns = "org_id, endpoint_id, id, secret, key_id"

  private static func secret(_ row: Row) throws(PostgresError) -> StoredSecret {
    var columns = RowReader(row)
    return StoredSecret(
      row: SecretRow(
        organization: OrganizationID(stored: try columns.text()),
        endpoint: EndpointID(stored: try columns.text()), id: try columns.text()),
      text: try columns.text(), keyID: try columns.textOrNull())
  }

  private static let listPlain = Statement(
    """
    select \(columns) from helpdesk.endpoint_secrets
     where key_id is null order by org_id, id limit \(batch)
    """)

  /// Seals secrets that are stored in plain text: those that functions in `ops` made, and those from
  /// before there were keys. At most `batch`; none without keys.
  /// - Returns: how many it sealed
  public func sealPlain() async throws -> Int {
    guard !keys.isEmpty else { return 0 }
    let secrets = try await pool.read(Self.listPlain()).map(Self.secret)
    return try await replace(secrets.map { ($0, $0.text) })
  }

  private static let listOthers = Statement(
    """
    select \(columns) from helpdesk.endpoint_secrets
     where key_id is distinct from $1 and (org_id, id) > ($2, $3)
     order by org_id, id limit \(batch)
    """, .text, .text, .text)

  /// Seals every secret that is not sealed with the first key. Can be stopped and called again at any
  /// time.
  /// - Returns: how many it sealed, and each reason why others could not be opened
  public func sealAll() async throws -> (sealed: Int, faults: Set<SecretFault>) {
    var (sealed, faults) = (0, Set<SecretFault>())
    var last: SecretRow?
    repeat {
      let secrets = try await pool.read(
        Self.listOthers(
          .text(keys.ids.first), .text(last?.organization.rawValue ?? ""), .text(last?.id ?? ""))
      ).map(Self.secret)
      var opened: [(StoredSecret, String)] = []
      for secret in secrets {
        do throws(SecretFault) {
          opened.append((secret, try keys.open(secret)))
        } catch {
          faults.insert(error)
        }
      }
      sealed += try await replace(opened)
      last = secrets.count == Self.batch ? secrets.last?.row : nil
    } while last != nil
    return (sealed, faults)
  }

  private static let sealSecrets = Statement(
    calling: "helpdesk.seal_secrets", .text, .textArray, .textArray, .textArray, .textArray)

  /// Replaces each secret, unless another process was faster.
  /// - Returns: how many it replaced
  private func replace(_ secrets: [(stored: StoredSecret, text: String)]) async throws -> Int {
    guard !secrets.isEmpty else { return 0 }
    // In one order, so that two processes cannot deadlock.
    let calls = try Dictionary(grouping: secrets) { $0.stored.row.organization.rawValue }
      .sorted { $0.key < $1.key }
      .map { organization, secrets in
        let sealed = try secrets.map { try keys.seal($0.text, for: $0.stored.row) }
        return Self.sealSecrets(
          .text(organization), .textArray(sealed.map(\.row.id)),
          .textArray(secrets.map(\.stored.text)), .textArray(sealed.map(\.text)),
          .textArray(sealed.map { $0.keyID ?? "" }))
      }
    return try await pool.execute(UnitOfWork(.write, calls))
      .reduce(0) { try $0 + ($1.first?.int4() ?? 0) }
  }

  // MARK: Checking

  /// A few secrets of each key, from those that still sign. It hops through the index from key to key.
  private static let sampleKeys = Statement(
    """
    with recursive key (id) as (
      (select key_id from helpdesk.endpoint_secrets where key_id is not null
        order by key_id limit 1)
      union all
      select (select s.key_id from helpdesk.endpoint_secrets s where s.key_id > k.id
               order by s.key_id limit 1)
        from key k where k.id is not null
    )
    select s.* from (select id from key where id is not null limit 100) k
     cross join lateral (
       select \(columns) from helpdesk.endpoint_secrets
        where key_id = k.id and (expires_at is null or expires_at > now())
        order by org_id, id limit 3) s
     order by s.key_id
    """)

  /// The reason for each key that opens none of the few secrets looked at; empty if all is well.
  public func faults() async throws(PostgresError) -> [SecretFault] {
    var (faults, working) = ([SecretFault](), Set<String?>())
    for row in try await pool.read(Self.sampleKeys()) {
      let secret = try Self.secret(row)
      do throws(SecretFault) {
        _ = try keys.open(secret)
        working.insert(secret.keyID)
      } catch {
        if faults.last != error { faults.append(error) }
      }
    }
    return faults.filter { !working.contains($0.keyID) }
  }
}
