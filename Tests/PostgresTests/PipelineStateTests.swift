import Testing

@testable import Postgres

@Suite("Pipeline state") struct PipelineStateTests {
  static let a = Statement("a")
  static let b = Statement("b")
  static let failed = PostgresError.server(ServerError(sqlState: "23505", message: "twice"))
  static let forgotten = PostgresError.server(ServerError(sqlState: "26000", message: "gone"))

  private func unit(
    _ unit: UnitOfWork = UnitOfWork(.read), deadline: UInt64 = 10, isRepetition: Bool = false
  ) -> PendingUnit {
    PendingUnit(
      unit: unit, deadline: deadline, waitDeadline: deadline, completion: { _ in },
      isRepetition: isRepetition)
  }

  /// Sends a unit after whatever has to be prepared; returns how many statements were.
  private func send(_ state: inout PipelineState, _ unit: PendingUnit) -> Int {
    let preparations = state.statementsToPrepare(for: unit.unit)
    state.sent(unit, preparations: preparations)
    return preparations.count
  }

  private func describe(_ received: PipelineState.Received) -> String {
    switch received {
    case .more: "more"
    case .finished(_, .success): "success"
    case .finished(_, .failure(let error)): "failure \(error.kind)"
    case .repeat: "repeat"
    case .unexpected: "unexpected"
    }
  }

  private func feed(_ state: inout PipelineState, _ answers: [PipelineState.Answer]) -> [String] {
    answers.map { describe(state.receive($0)) }
  }

  @Test("prepares each statement once, for units already under way too") func once() {
    var state = PipelineState()
    #expect(send(&state, unit(UnitOfWork(.read, Self.a(), Self.a(), Self.b()))) == 2)
    #expect(send(&state, unit(UnitOfWork(.read, Self.a()))) == 0)
    #expect(state.unitsInFlight == 2)
    #expect(feed(&state, [.prepared, .prepared]) == ["more", "more"])
    #expect(state.expectsPreparation == false)
  }

  @Test("a failed preparation is taken back, and aborts what follows") func failedPreparation() {
    var state = PipelineState()
    #expect(send(&state, unit(UnitOfWork(.read, Self.a(), Self.b()))) == 2)
    #expect(state.expectsPreparation)
    #expect(
      feed(&state, [.failed(Self.failed), .aborted, .aborted, .aborted, .synced])
        == ["more", "more", "more", "more", "failure server"])
    #expect(state.prepared.isEmpty)
    #expect(state.unitsInFlight == 0)
    #expect(send(&state, unit(UnitOfWork(.read, Self.a(), Self.b()))) == 2)
  }

  @Test("forgotten statements are all prepared anew under new names, and the unit repeated once")
  func repetition() {
    var state = PipelineState()
    #expect(send(&state, unit(UnitOfWork(.read, Self.a()))) == 1)
    #expect(feed(&state, [.prepared, .failed(Self.forgotten), .synced]).last == "repeat")
    #expect(state.generation == 1)
    #expect(send(&state, unit(UnitOfWork(.read, Self.a()), isRepetition: true)) == 1)
    #expect(feed(&state, [.prepared, .failed(Self.forgotten), .synced]).last == "failure server")
  }

  @Test("a late failure of an old preparation does not touch the new one") func oldFailure() {
    var state = PipelineState()
    #expect(send(&state, unit(UnitOfWork(.read, Self.a()))) == 1)
    #expect(send(&state, unit(UnitOfWork(.read, Self.b()))) == 1)
    #expect(feed(&state, [.prepared, .failed(Self.forgotten), .synced]).last == "repeat")
    // b's first preparation is still to be answered when b is prepared under its new name.
    #expect(send(&state, unit(UnitOfWork(.read, Self.b()))) == 1)
    #expect(feed(&state, [.failed(Self.failed), .aborted, .synced]).last == "failure server")
    #expect(send(&state, unit(UnitOfWork(.read, Self.b()))) == 0)
  }

  @Test("a failing commit is reported before its sync") func failingCommit() {
    var state = PipelineState()
    state.sent(unit(), preparations: [])
    state.sent(unit(), preparations: [])
    #expect(
      feed(&state, [.failed(Self.failed), .synced, .synced])
        == ["more", "failure server", "success"])
  }

  @Test("the first of several errors is reported") func firstError() {
    var state = PipelineState()
    state.sent(unit(), preparations: [])
    let second = PostgresError.timeout(mayHaveRun: false)
    _ = feed(&state, [.failed(Self.failed), .failed(second)])
    #expect(feed(&state, [.synced]) == ["failure server"])
  }

  @Test("an answer that nothing waits for is unexpected") func unexpected() {
    var state = PipelineState()
    #expect(feed(&state, [.synced]) == ["unexpected"])
    #expect(send(&state, unit(UnitOfWork(.read, Self.a()))) == 1)
    #expect(feed(&state, [.synced]) == ["unexpected"])
  }

  @Test("COPY is refused, and ends the connection") func copying() {
    var state = PipelineState()
    state.sent(unit(UnitOfWork(.read, Self.a())), preparations: [])
    state.sent(unit(UnitOfWork(.read, Self.a())), preparations: [])
    #expect(feed(&state, [.copying]) == ["unexpected"])
    let errors = state.abandon().map(\.1)
    #expect(errors == [.encoding("COPY cannot be part of a unit of work"), nil])
    #expect(state.unitsInFlight == 0)
    #expect(state.earliestDeadline == nil)
  }

  @Test("the earliest deadline counts, wherever it stands") func deadlines() {
    var state = PipelineState()
    #expect(state.earliestDeadline == nil)
    for deadline: UInt64 in [30, 10, 20] {
      state.sent(unit(deadline: deadline), preparations: [])
    }
    #expect(state.earliestDeadline == 10)
    _ = feed(&state, [.synced])
    #expect(state.earliestDeadline == 10)
    _ = feed(&state, [.synced])
    #expect(state.earliestDeadline == 20)
    _ = feed(&state, [.synced])
    #expect(state.earliestDeadline == nil)
  }
}
