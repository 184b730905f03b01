import HTTPServer
import HTTPTypes
import Helpdesk
import Postgres

/// An error as a page, with a link to continue.
struct PageFault: Error {
  var status: HTTPResponse.Status
  var title: String
  var words: String
  var way = (href: "/", label: "Go to the start")
  var headers: HTTPFields = [:]

  static let notFound = PageFault(
    status: .notFound, title: "There is no such page",
    words: "The address may be mistyped, or the page is gone.")
  static let foreignForm = PageFault(
    status: .forbidden, title: "This form is out of date",
    words: """
      You signed in or out since the page was opened, or it was not sent from here. Nothing was \
      changed. Open the page again and repeat what you did.
      """)
  static let badAddress = PageFault(
    status: .badRequest, title: "This address cannot be read",
    words: "The part after the question mark is incomplete, or no page here made it.")
  static let adminsOnly = PageFault(
    status: .forbidden, title: "Only admins may do this",
    words: "Agents see the settings and do not change them. Ask an admin of your organization.",
    way: ("/settings/api-keys", "Back to the settings"))
  static let noForm = PageFault(
    status: .badRequest, title: "The form could not be read",
    words: "It arrived incomplete, or this page did not send it. Nothing was changed.")
  static let tooLarge = PageFault(
    status: .contentTooLarge, title: "The form is too large",
    words: "No form here needs that much. Nothing was changed.", headers: [.connection: "close"])
  static let busy = PageFault(
    status: .serviceUnavailable, title: "Too much at once",
    words: """
      Many passwords are being checked at this moment, of many people or of you alone. Yours was \
      not looked at. Try again in a few seconds.
      """,
    headers: [.retryAfter: "5"])
  static let sealedSecret = PageFault(
    status: .serviceUnavailable, title: "The secret cannot be shown",
    words: """
      It is stored sealed, and this server was not given the key. Deliveries to the endpoint wait \
      until it has the key. Tell the operator of this helpdesk; the log names the key.
      """, way: ("/settings/webhooks", "Back to the endpoints"))
  static let unavailable = PageFault(
    status: .serviceUnavailable, title: "Not available for the moment",
    words: "The database does not answer. Try again in a few seconds.", headers: [.retryAfter: "1"])
  static let serverFault = PageFault(
    status: .internalServerError, title: "Something went wrong on our side",
    words: "It is in the log. Trying again may help.")

  static func wrongMethod(_ allowed: String) -> PageFault {
    PageFault(
      status: .methodNotAllowed, title: "This page does not work that way",
      words: "Open it anew, from the start.", headers: [.allow: allowed])
  }

  static func tooManyTries(retryAfter seconds: Int) -> PageFault {
    let minutes = (seconds + 59) / 60
    return PageFault(
      status: .tooManyRequests, title: "Too many tries",
      words: """
        Too many passwords were tried from here. Try again in \
        \(minutes == 1 ? "a minute" : "\(minutes) minutes").
        """, headers: [.retryAfter: "\(seconds)"])
  }
}

extension PageFault {
  /// The page for any error. It reveals nothing internal.
  init(_ error: any Error) {
    switch error {
    case let fault as PageFault: self = fault
    case BodyFault.tooLarge: self = .tooLarge
    case is BodyFault: self = .noForm
    case HelpdeskError.notFound: self = .notFound
    case HelpdeskError.notAllowed: self = .adminsOnly
    case is SecretFault: self = .sealedSecret
    case let error as PostgresError: self = error.isTransient ? .unavailable : .serverFault
    default: self = .serverFault
    }
  }
}
