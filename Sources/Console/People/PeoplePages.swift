import HTTPServer
import HTTPTypes
import Helpdesk

/// Settings → People: the organization's admins and agents, their roles and their invitations.
struct PeoplePages: Sendable {
  let people: PersonStore
  let pages: Pages

  private static let path = "/settings/people"

  var routes: [Route] {
    [
      Route(template: Self.path, get: list, post: invite),
      Route(template: "\(Self.path)/new", get: showForm),
      Route(template: "\(Self.path)/{id}", get: show),
      Route(template: "\(Self.path)/{id}/role", get: show, post: changeRole),
      Route(template: "\(Self.path)/{id}/link", get: show, post: makeLink),
      Route(template: "\(Self.path)/{id}/withdraw", get: show, post: withdraw),
      Route(template: "\(Self.path)/{id}/remove", get: confirm, post: remove),
    ]
  }

  // MARK: Showing

  @Sendable private func list(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let after = visit.query["after"]
    let person = UserID(after)
    guard after.isEmpty || person != nil else { throw PageFault.badAddress }
    let (shown, last) = Pages.shown(
      try await people.list(session.organization, after: person, limit: Pages.listLength + 1))
    let mayChange = session.mayChangeSettings
    return try pages.page(
      "people", title: "People", visit,
      [
        "organizationName": session.organizationName, "any": !shown.isEmpty,
        "mayInvite": mayChange,
        "people": shown.map { person in
          var values = self.values(person, session)
          values["manage"] = mayChange ? "\(Self.path)/\(person.id)" : nil
          return values
        },
        "more": last.map { "\(Self.path)?after=\($0.id)" },
      ])
  }

  private func values(_ person: Person, _ session: Session) -> PageValues {
    [
      "id": person.id.rawValue, "name": person.name, "email": person.email,
      "role": person.role.rawValue, "state": person.state.rawValue,
      "badge": person.state == .active ? "live" : person.state == .invited ? "" : "expired",
      "isSelf": person.id == session.user, "isActive": person.state == .active,
      "linkUntil": person.linkUntil.map(Pages.time), "lastSeen": person.lastSeenAt.map(Pages.time),
    ]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    var values = self.values(person, session)
    values["choices"] = PersonForm.roles(chosen: person.role.rawValue)
    values["isExpired"] = person.state == .expired
    values["submission"] = try Form.newSubmission()
    return try pages.page("people-person", title: person.name, visit, values)
  }

  // MARK: Links

  @Sendable private func showForm(_ visit: Visit) async throws -> Response {
    _ = try visit.admin()
    return try page(visit, PersonForm())
  }

  private func page(_ visit: Visit, _ form: PersonForm) throws -> Response {
    try pages.page(
      "people-new", title: "Invite somebody", visit, form.values,
      summary: form.isFaulty ? "Nobody is invited yet: see below." : nil)
  }

  @Sendable private func invite(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    var form = PersonForm(visit.form)
    guard let draft = form.draft else { return try page(visit, form) }
    let link: Person.Link
    do {
      link = try await people.invite(draft, by: session, from: visit.address)
    } catch HelpdeskError.emailTaken {
      let role = try await people.role(of: draft.email, in: session.organization)
      form.markTaken(by: role ?? .agent)
      return try page(visit, form)
    }
    return try page(visit, link, "\(draft.name) is invited", draft.email.text, isFirst: true)
  }

  @Sendable private func makeLink(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    let link: Person.Link
    do {
      link = try await people.makeLink(
        for: person.id, submission: try visit.form.submission, by: session, from: visit.address)
    } catch HelpdeskError.doneBefore {
      throw PageFault.linkMadeBefore(("\(Self.path)/\(person.id)", "Back to \(person.name)"))
    }
    return try page(
      visit, link, "A link for \(person.name)", person.email, isFirst: person.state != .active)
  }

  /// Shows the link in the answer to the form, so that it is in no URL and kept nowhere.
  private func page(
    _ visit: Visit, _ link: Person.Link, _ title: String, _ email: String, isFirst: Bool
  ) throws -> Response {
    try pages.page(
      "invitation-made", title: title, visit,
      [
        "link": "\(pages.origin(of: visit.request))/invitations/\(link.token.text)",
        "email": email, "until": Pages.time(link.until), "isFirst": isFirst,
      ])
  }

  @Sendable private func withdraw(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    try await people.withdrawLink(of: person.id, by: session, from: visit.address)
    return pages.redirect(to: Self.path, notice: .linkWithdrawn)
  }

  // MARK: Role and access

  @Sendable private func changeRole(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    guard let role = PersonForm.staffRole(visit.form["role"]) else { throw PageFault.noForm }
    guard person.role != role else { return pages.redirect(to: Self.path) }
    do {
      try await people.change(person.id, to: role, by: session, from: visit.address)
    } catch HelpdeskError.unchanged {
      throw PageFault.lastAdmin
    }
    return pages.redirect(to: Self.path, notice: .roleChanged)
  }

  @Sendable private func confirm(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    guard person.state == .active else { return pages.redirect(to: Self.path) }
    return try pages.page(
      "people-remove", title: "Remove the access of \(person.name)?", visit,
      values(person, session))
  }

  @Sendable private func remove(_ visit: Visit) async throws -> Response {
    let session = try visit.admin()
    let person = try await visit.named(by: people.find)
    guard person.state == .active else { return pages.redirect(to: Self.path) }
    do {
      try await people.removeAccess(of: person.id, by: session, from: visit.address)
    } catch HelpdeskError.unchanged {
      throw PageFault.lastAdmin
    }
    return pages.redirect(to: Self.path, notice: .accessRemoved)
  }
}

extension PageFault {
  fileprivate static let lastAdmin = PageFault(
    status: .conflict, title: "The last admin stays an admin",
    words: """
      Somebody has to be able to change the settings. Make somebody else an admin first, and wait \
      until they have set their password. Nothing was changed.
      """, way: ("/settings/people", "Back to the people"))

  fileprivate static func linkMadeBefore(_ way: (href: String, label: String)) -> PageFault {
    PageFault(
      status: .conflict, title: "This link was made before",
      words: """
        It was shown then and cannot be shown again. If you did not copy it, make another: the one \
        before no longer works then.
        """, way: way)
  }
}
