import Logging
import ServiceLifecycle

/// Services that stop together: a `ServiceGroup` stops its own one after the other, and a server would
/// go on accepting connections while its worker waits for an answer.
struct SideBySide: Service {
  private let groups: [ServiceGroup]

  init(_ services: [any Service], logger: Logger) {
    groups = services.map { service in
      ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [
            .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)
          ], logger: logger))
    }
  }

  /// Runs until one of them ends or all are told to stop; throws the first error.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for group in groups { tasks.addTask { try await group.run() } }
      var failure: (any Error)?
      while let result = await tasks.nextResult() {
        if case .failure(let error) = result { failure = failure ?? error }
        for group in groups { await group.triggerGracefulShutdown() }
      }
      if let failure { throw failure }
    }
  }
}
