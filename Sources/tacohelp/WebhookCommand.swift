import ArgumentParser
import Helpdesk
import Webhooks

/// `tacohelp webhook`.
struct WebhookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook", abstract: "Webhook endpoints and their deliveries.",
    subcommands: [
      Create.self, List.self, Enable.self, Disable.self, Rotate.self, Test.self, Deliveries.self,
      Attempts.self, Redeliver.self,
    ])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Register an endpoint; print its id and secret, tab-separated.",
      discussion: """
        Events: ticket.created, ticket.updated, ticket.commented, ticket.resolved, ticket.closed, \
        ticket.reopened, ticket.merged.
        """)

    @Option(help: "The organization's id.") var org: String
    @Option(help: "Where to send: an https URL on a public address.") var url: String
    @Option(help: "The events to send, comma-separated.") var events: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let settings = try Settings(flags)
      let check = DestinationCheck(
        policy: AddressPolicy(allowedNetworks: settings.webhooks.allowedNetworks),
        resolver: SystemResolver(), allowHTTP: settings.webhooks.allowHTTP)
      let destination: EndpointURL
      do {
        destination = try await check.register(url, deadline: .now + .seconds(5))
      } catch EndpointURLError.unsupportedScheme(httpAllowed: false) {
        let error = EndpointURLError.unsupportedScheme(httpAllowed: false)
        throw Failure.usage(
          "\(error) (WEBHOOK_ALLOW_HTTP=true allows http://, here and in the server)")
      } catch EndpointURLError.refusedAddress(let reason) {
        let error = EndpointURLError.refusedAddress(reason)
        throw Failure.usage(
          "\(error) (WEBHOOK_ALLOWED_NETWORKS can allow it, here and in the server)")
      } catch {
        throw Failure.usage("\(error)")
      }
      let (org, events) = (org, list(events))
      print(
        try await Database.with(flags) {
          try await Operations($0).createEndpoint(
            org: org, url: destination.description, events: events)
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
        try await Operations($0).listEndpoints(org: org)
      }
      for line in lines { print(line) }
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enable an endpoint and forget its failures.")

    @Argument(help: "The endpoint's id.") var id: String
    @Flag(help: "Send what was held, or failed since the endpoint was disabled.") var replay = false
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let (id, replay) = (id, replay)
      try await Database.with(flags) {
        try await Operations($0).enableEndpoint(id, replay: replay)
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
      try await Database.with(flags) { try await Operations($0).disableEndpoint(id) }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an endpoint a new secret and print it.",
      discussion: "Older secrets sign too, for 24 hours more.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let id = id
      print(try await Database.with(flags) { try await Operations($0).rotateSecret(id) })
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a webhook.test event to one endpoint; print the delivery's id.")

    @Argument(help: "The endpoint's id.") var id: String
    @OptionGroup(title: "Settings") var flags: SettingsFlags

    func run() async throws {
      let id = id
      print(try await Database.with(flags) { try await Operations($0).testEndpoint(id) })
    }
  }
}
