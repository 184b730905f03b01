import Postgres

/// Making and withdrawing links to set a password.
extension PersonStore {
  private static let invitePerson = Statement(
    """
    with \(admin), p as (
      insert into helpdesk.users (org_id, id, name, email, role)
      select $1, helpdesk.new_id(clock_timestamp()), $3, $4, $5 from u
      on conflict do nothing
      returning id, name, role
    ), i as (
      insert into helpdesk.invitations
        (org_id, user_id, created_by, hash, created_at, expires_at)
      select $1, p.id, $2, $6, t.at, t.at + interval '\(Invitation.hours) hours'
        from p, (select clock_timestamp() as at) t
      returning user_id, expires_at
    ), audited as (
      \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.invited'",
        targetID: "p.id", targetName: "p.name", address: "$7", detail: "p.role"))
        from u, p
    )
    select user_id, expires_at from i
    """, .text, .text, .text, .text, .text, .bytea, .text)

  /// Makes an agent or admin who has no password yet, and the link to set one.
  /// - Returns: nil when nobody was made: somebody has the address already.
  public func invite(_ draft: Person.Draft, by session: Session, from address: String?) async throws
    -> Person.Link?
  {
    let token = try InvitationToken.make(in: session.organization)
    return try await pool.write(
      Self.invitePerson(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(draft.name),
        .text(draft.email.text), .text(draft.role.rawValue), .bytea(token.hash), .text(address))
    ).first.map { row throws(PostgresError) in
      Person.Link(
        user: UserID(stored: try row.text(0)), token: token, until: try row.timestamp(1))
    }
  }

  private static let makeLink = Statement(
    """
    with \(admin), p as materialized (
      select id, name, password_hash is null as is_first from helpdesk.users
       where org_id = $1 and id = $3 and role <> 'client'
    ), i as (
      insert into helpdesk.invitations as i
        (org_id, user_id, created_by, hash, created_at, expires_at, submission)
      select $1, p.id, $2, $4, t.at,
             t.at + case when p.is_first then interval '\(Invitation.hours) hours'
                         else interval '\(Invitation.passwordHours) hours' end, $5
        from u, p, (select clock_timestamp() as at) t
      on conflict (org_id, user_id) do update
         set created_by = excluded.created_by, hash = excluded.hash,
             created_at = excluded.created_at, expires_at = excluded.expires_at, submission = excluded.submission
       where i.submission is distinct from excluded.submission
      returning user_id, expires_at
    ), audited as (
      \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.link_made'",
        targetID: "p.id", targetName: "p.name", address: "$6"))
        from u, p, i
    )
    select expires_at from i
    """, .text, .text, .text, .bytea, .text, .text)

  /// Makes a link in place of the one before, if any, which thereby is void.
  /// - Parameter submission: what tells one filled-in form from another
  /// - Returns: nil when none was made: the same form had made one before.
  public func makeLink(
    for person: UserID, submission: String, by session: Session, from address: String?
  ) async throws -> Person.Link? {
    let token = try InvitationToken.make(in: session.organization)
    return try await pool.write(
      Self.makeLink(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(person.rawValue),
        .bytea(token.hash), .text(submission), .text(address))
    ).first.map { row throws(PostgresError) in
      Person.Link(user: person, token: token, until: try row.timestamp(0))
    }
  }

  private static let withdrawLink = Statement(
    """
    with \(admin), i as (
      delete from helpdesk.invitations i using u where i.org_id = $1 and i.user_id = $3
      returning i.user_id
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.invitation_withdrawn'",
      targetID: "p.id", targetName: "p.name", address: "$4"))
      from u, i join helpdesk.users p on p.org_id = $1 and p.id = i.user_id
    """, .text, .text, .text, .text)

  /// Makes the link void. Where there is none, nothing happens.
  public func withdrawLink(of person: UserID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.write(
      Self.withdrawLink(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(person.rawValue),
        .text(address)))
  }
}
