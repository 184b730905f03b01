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
      let endpoint = try await flags.call {
        try await $0.createEndpoint(
          org: org, url: url, events: list(events), keys: settings.secretKeys)
      }
      print(endpoint)
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
      for line in try await flags.call({ try await $0.listEndpoints(org: org) }) { print(line) }
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
      let checked: String? = if let url { try await check.command(url) } else { nil }
      try await flags.call {
        try await $0.updateEndpoint(id, url: checked, events: events.map { list($0) })
      }
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enable an endpoint and forget its failures.")

    @Argument(help: "The endpoint's id.") var id: String
    @Flag(
      help: """
        Send what was held, and what has failed since the run of failures that disabled the endpoint \
        began; if a person disabled it, since then.
        """)
    var replay = false
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      try await flags.call { try await $0.enableEndpoint(id, replay: replay) }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disable an endpoint: what would be sent to it is held.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws { try await flags.call { try await $0.disableEndpoint(id) } }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete an endpoint: what waits for it is dropped.",
      discussion: "Its deliveries are deleted by a worker, a little at a time.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws { try await flags.call { try await $0.deleteEndpoint(id) } }
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
      let secret = try await flags.call {
        try await $0.rotateSecret(id, keys: settings.secretKeys, dropsUnreadable: dropUnreadable)
      }
      print(secret)
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a webhook.test event to one endpoint; print the delivery's id.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws { print(try await flags.call { try await $0.testEndpoint(id) }) }
  }

  struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List an endpoint's deliveries, oldest first.",
      discussion: """
        A line for each: id, event id, type, state, attempts, last status, next attempt; \
        tab-separated.
        """)

    enum State: String, ExpressibleByArgument, CaseIterable {
      case pending, sending, succeeded, failed, held
    }

    @Argument(help: "The endpoint's id.") var id: String
    @Option(help: "Only those in this state.") var state: State?
    @Option(help: "Only those of this event type, such as ticket.created.") var event: String?
    @Option(help: "Only those made since then, such as 2026-03-17T09:30:00Z.") var since: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws { try checkTime(since, "--since") }

    func run() async throws {
      let lines = try await flags.call {
        try await $0.listDeliveries(
          endpoint: id, state: state?.rawValue, type: event, since: since)
      }
      for line in lines { print(line) }
    }
  }

  struct Attempts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the attempts of a delivery, oldest first.",
      discussion: """
        A line for each: number, start, milliseconds, status, error, the beginning of the answer; \
        tab-separated.
        """)

    @Argument(help: "The delivery's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      for line in try await flags.call({ try await $0.listAttempts(delivery: id) }) { print(line) }
    }
  }

  struct Redeliver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send deliveries again, with four fresh attempts each.",
      discussion: """
        Either name deliveries: a line for each gives its id and new state, tab-separated. Or name an \
        endpoint and a time (RFC 3339): everything that has failed or been held since then is sent, \
        and the number printed.
        """)

    @Argument(help: "Ids of deliveries.") var ids: [String] = []
    @Option(help: "The endpoint's id.") var endpoint: String?
    @Option(help: "The earliest time, such as 2026-03-17T09:30:00Z.") var failedSince: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws {
      guard ids.isEmpty != (endpoint == nil), (endpoint == nil) == (failedSince == nil) else {
        throw ValidationError("give delivery ids, or --endpoint with --failed-since")
      }
      try checkTime(failedSince, "--failed-since")
    }

    func run() async throws {
      try await flags.call {
        for id in ids { print("\(id)\t\(try await $0.redeliver(id))") }
        if let endpoint, let failedSince {
          print(try await $0.redeliverFailed(endpoint: endpoint, since: failedSince))
        }
      }
    }
  }
}

/// Refuses a text that is not an RFC 3339 time.
private func checkTime(_ text: String?, _ flag: String) throws {
  let moment = /\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)/
  if let text, text.wholeMatch(of: moment) == nil {
    throw ValidationError("\(flag) must be a time such as 2026-03-17T09:30:00Z")
  }
}
