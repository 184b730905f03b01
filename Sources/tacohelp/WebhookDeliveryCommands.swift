import ArgumentParser
import Helpdesk

extension WebhookCommand {
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
    @Option(help: "Only those of events of this type, as ticket.created.") var event: String?
    @Option(help: "Only those made since, as 2026-03-17T09:30:00Z.") var since: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws { try checkTime(since, "--since") }

    func run() async throws {
      let (id, state, event, since) = (id, state?.rawValue, event, since)
      let lines = try await Database.with(flags) {
        try await OperatorFunctions($0).listDeliveries(
          endpoint: id, state: state, type: event, since: since)
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
      let id = id
      let lines = try await Database.with(flags) {
        try await OperatorFunctions($0).listAttempts(delivery: id)
      }
      for line in lines { print(line) }
    }
  }

  struct Redeliver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send deliveries again, with four fresh attempts each.",
      discussion: """
        Either name deliveries, and a line for each tells its id and new state, tab-separated; or \
        name an endpoint and a time (RFC 3339), for all that failed or are held since, and their \
        number is printed.
        """)

    @Argument(help: "Ids of deliveries.") var ids: [String] = []
    @Option(help: "The endpoint's id.") var endpoint: String?
    @Option(help: "From when on, as 2026-03-17T09:30:00Z.") var failedSince: String?
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func validate() throws {
      guard ids.isEmpty != (endpoint == nil), (endpoint == nil) == (failedSince == nil) else {
        throw ValidationError("give delivery ids, or --endpoint with --failed-since")
      }
      try checkTime(failedSince, "--failed-since")
    }

    func run() async throws {
      let (ids, endpoint, failedSince) = (ids, endpoint, failedSince)
      try await Database.with(flags) { pool in
        let operations = OperatorFunctions(pool)
        for id in ids { print("\(id)\t\(try await operations.redeliver(id))") }
        if let endpoint, let failedSince {
          print(try await operations.redeliverFailed(endpoint: endpoint, since: failedSince))
        }
      }
    }
  }
}

/// Refuses what is no time of RFC 3339.
private func checkTime(_ text: String?, _ flag: String) throws {
  let moment = /\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)/
  if let text, text.wholeMatch(of: moment) == nil {
    throw ValidationError("\(flag) must be a time as 2026-03-17T09:30:00Z")
  }
}
