import ArgumentParser
import Helpdesk

/// `tacohelp webhook`.
struct WebhookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook", abstract: "Webhook endpoints and their deliveries.",
    subcommands: [
      Create.self, List.self, Update.self, Enable.self, Disable.self, Delete.self, Rotate.self,
      Test.self, Deliveries.self, Attempts.self, Redeliver.self,
    ])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register an endpoint; print its id and secret, tab-separated.",
      discussion: """
        Events: \(Event.types.joined(separator: ", ")). An organization has at most 50 endpoints.
        """)

    @Option(help: "The organization's id.") var org: String
    @Option(help: "Where to send: an https URL on a public address.") var url: String
    @Option(help: "The events to send, comma-separated.") var events: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let settings = try Settings(flags)
      try settings.requireSecretKeys()
      let url = try await EndpointCheck(settings.webhooks).command(url)
      let (org, events, keys) = (org, list(events), settings.secretKeys)
      print(
        try await Database.with(flags) {
          try await OperatorFunctions($0).createEndpoint(
            org: org, url: url, events: events, keys: keys)
        })
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List an organization's endpoints.",
      discussion: """
        A line for each: id, url, enabled or disabled, failures in a row, events; tab-separated.
        """)

    @Option(help: "The organization's id.") var org: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let org = org
      let lines = try await Database.with(flags) {
        try await OperatorFunctions($0).listEndpoints(org: org)
      }
      for line in lines { print(line) }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change an endpoint's URL, its events or both.",
      discussion: "What waits to be sent goes to the new URL.")

    @Argument(help: "The endpoint's id.") var id: String
    @Option(help: "Where to send: an https URL on a public address.") var url: String?
    @Option(help: "The events to send, comma-separated.") var events: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws {
      guard url != nil || events != nil else {
        throw ValidationError("give --url, --events or both")
      }
    }

    func run() async throws {
      let check = EndpointCheck(try Settings(flags).webhooks)
      let (id, events) = (id, events.map { list($0) })
      var checked: String?
      if let url { checked = try await check.command(url) }
      let url = checked
      try await Database.with(flags) {
        try await OperatorFunctions($0).updateEndpoint(id, url: url, events: events)
      }
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enable an endpoint and forget its failures.")

    @Argument(help: "The endpoint's id.") var id: String
    @Flag(
      help: """
        Send what was held, or failed since the run of failures began that disabled the endpoint; if a \
        person disabled it, since then.
        """)
    var replay = false
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let (id, replay) = (id, replay)
      try await Database.with(flags) {
        try await OperatorFunctions($0).enableEndpoint(id, replay: replay)
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disable an endpoint: what would be sent to it is held.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let id = id
      try await Database.with(flags) { try await OperatorFunctions($0).disableEndpoint(id) }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an endpoint: what waits for it is dropped.",
      discussion: "Its deliveries are deleted by a worker, a little at a time.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let id = id
      try await Database.with(flags) { try await OperatorFunctions($0).deleteEndpoint(id) }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an endpoint a new secret and print it.",
      discussion: "Older secrets sign too, for 24 hours more; ten at most sign at once.")

    @Argument(help: "The endpoint's id.") var id: String
    @Flag(
      help: """
        When a key is lost: end the secrets that none of SECRET_KEYS opens, for which the endpoint's \
        deliveries wait.
        """)
    var dropUnreadable = false
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let settings = try Settings(flags)
      try settings.requireSecretKeys()
      let (id, drops, keys) = (id, dropUnreadable, settings.secretKeys)
      print(
        try await Database.with(flags) {
          try await OperatorFunctions($0).rotateSecret(id, keys: keys, dropsUnreadable: drops)
        })
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a webhook.test event to one endpoint; print the delivery's id.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let id = id
      print(try await Database.with(flags) { try await OperatorFunctions($0).testEndpoint(id) })
    }
  }
}
