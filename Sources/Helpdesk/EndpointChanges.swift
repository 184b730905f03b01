import Postgres

/// Changes that admins make to their organization's endpoints. Each throws `HelpdeskError` when it is not done:
/// `notAllowed` if the session's user is no admin any more, `notFound` if there is no such endpoint.
extension EndpointStore {
  /// A function whose first parameters are the organization, who does it, and the address.
  private static func change(_ name: String, _ types: PostgresType...) -> Statement {
    Statement(calling: "helpdesk.\(name)", [.text, .text, .text] + types)
  }

  private func call(
    _ change: Statement, _ session: Session, _ address: String?, _ more: Parameter...
  ) async throws -> RowReader {
    try await pool.call(
      change(
        [
          .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        ] + more))
  }

  private static let createEndpoint = change(
    "create_endpoint", .text, .textArray, .text, .text, .text, .text, .text)

  /// Makes an endpoint. The same form, sent again, makes no second one.
  /// - Returns: the id of the form's endpoint.
  /// - Throws: `HelpdeskError.limitReached`; `invalid` for a URL that cannot be used
  public func create(_ draft: Endpoint.Draft, by session: Session, from address: String?)
    async throws -> EndpointID
  {
    let secret = try await secrets.make(for: nil, of: session.organization).stored
    var columns = try await call(
      Self.createEndpoint, session, address, .text(draft.url), .textArray(draft.events),
      .text(draft.submission), .text(secret.place.endpoint.rawValue), .text(secret.place.id),
      .text(secret.text), .text(secret.keyID))
    return EndpointID(stored: try columns.text())
  }

  private static let updateEndpoint = change("update_endpoint", .text, .text, .textArray)

  /// Changes an endpoint; what is the same already stays.
  /// - Throws: `HelpdeskError.invalid` for a URL that cannot be used
  public func update(
    _ endpoint: EndpointID, url: String, events: [String], by session: Session,
    from address: String?
  ) async throws {
    _ = try await call(
      Self.updateEndpoint, session, address, .text(endpoint.rawValue), .text(url),
      .textArray(events))
  }

  private static let enableEndpoint = change("enable_endpoint", .text, .bool)

  /// Enables an endpoint; one that is enabled stays as it is.
  /// - Parameter replay: true sends what was held, or failed since the run of failures began that
  ///   disabled it (by hand: since it was disabled)
  public func enable(
    _ endpoint: EndpointID, replay: Bool, by session: Session, from address: String?
  ) async throws {
    _ = try await call(
      Self.enableEndpoint, session, address, .text(endpoint.rawValue), .bool(replay))
  }

  private static let disableEndpoint = change("disable_endpoint", .text, .text)

  /// Disables an endpoint; one that is disabled stays as it is.
  public func disable(
    _ endpoint: EndpointID, reason: String, by session: Session, from address: String?
  ) async throws {
    _ = try await call(
      Self.disableEndpoint, session, address, .text(endpoint.rawValue), .text(reason))
  }

  private static let deleteEndpoint = change("delete_endpoint", .text)

  /// Deletes an endpoint: nothing is sent to it any more, and nobody sees it.
  public func delete(_ endpoint: EndpointID, by session: Session, from address: String?)
    async throws
  {
    _ = try await call(Self.deleteEndpoint, session, address, .text(endpoint.rawValue))
  }

  private static let rotateSecret = change(
    "rotate_secret", .text, .text, .text, .text, .text, .textArray)

  /// Gives an endpoint a new secret.
  /// - Parameter current: the id of the secret that is to be replaced; another stays
  /// - Throws: `HelpdeskError.limitReached`
  public func rotateSecret(
    of endpoint: EndpointID, current: String, by session: Session, from address: String?
  ) async throws {
    let secret = try await secrets.make(for: endpoint, of: session.organization).stored
    _ = try await call(
      Self.rotateSecret, session, address, .text(endpoint.rawValue), .text(current),
      .text(secret.place.id), .text(secret.text), .text(secret.keyID), .null)
  }

  private static let showSecrets = change("show_secrets", .text)

  /// The secrets that sign, the current one first; none when the session's user may not see them.
  /// - Throws: `SecretFault` when one cannot be opened.
  public func showSecrets(of endpoint: EndpointID, by session: Session, from address: String?)
    async throws -> [Endpoint.Secret]
  {
    try await pool.write(
      Self.showSecrets(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(endpoint.rawValue))
    ).map { row in
      var columns = RowReader(row)
      let place = SecretPlace(
        organization: session.organization, endpoint: endpoint, id: try columns.text())
      let stored = StoredSecret(
        place: place, text: try columns.text(), keyID: try columns.textOrNull())
      return Endpoint.Secret(
        text: try keys.open(stored), createdAt: try columns.timestamp(),
        expiresAt: try columns.timestampOrNull())
    }
  }

  private static let testEndpoint = change("test_endpoint", .text)

  /// - Returns: the id of the test event's delivery.
  public func test(_ endpoint: EndpointID, by session: Session, from address: String?) async throws
    -> DeliveryID
  {
    var columns = try await call(
      Self.testEndpoint, session, address, .text(endpoint.rawValue))
    return DeliveryID(stored: try columns.text())
  }

  private static let redeliver = change("redeliver", .text)

  /// Sends a delivery again; held, when its endpoint is disabled.
  /// - Throws: `HelpdeskError.isBeingSent`
  public func redeliver(_ delivery: DeliveryID, by session: Session, from address: String?)
    async throws
  {
    _ = try await call(Self.redeliver, session, address, .text(delivery.rawValue))
  }

  private static let replayEndpoint = change("replay_endpoint", .text, .int4)

  /// Sends again what failed in the last hours, and all that is held: the first 1,000 at once, the
  /// rest by a worker.
  /// - Throws: `HelpdeskError.unchanged` if the endpoint is disabled
  public func redeliverFailed(
    of endpoint: EndpointID, hours: Int32, by session: Session, from address: String?
  ) async throws {
    _ = try await call(
      Self.replayEndpoint, session, address, .text(endpoint.rawValue), .int4(hours))
  }
}
