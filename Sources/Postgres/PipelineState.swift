/// What a connection in pipeline mode expects back, without any I/O.
///
/// libpq answers in the order of sending: for each prepared or executed statement a result, then at
/// the end of each unit a sync. After an error it answers the rest of the unit with "aborted".
struct PipelineState {
  /// One expected answer.
  enum Step: Equatable {
    /// The preparation of the statement with this id.
    case prepare(Int)
    case execute
    case sync
  }

  /// What libpq reported for one step.
  enum Answer {
    case prepared
    case rows(Rows)
    case failed(PostgresError)
    /// Skipped because an earlier statement of the unit failed.
    case aborted
    case synced
  }

  private struct InFlight {
    var unit: PendingUnit
    var rows: [Rows] = []
    var error: PostgresError?
  }

  private var steps = Queue<Step>()
  private var units = Queue<InFlight>()
  private(set) var prepared: Set<Int> = []
  /// Part of the prepared statements' names: after the server lost or outdated some, all get new ones.
  private(set) var generation = 0

  var unitsInFlight: Int { units.count }
  /// Deadlines grow with the queue, so the first is the earliest.
  var earliestDeadline: UInt64? { units.first?.unit.deadline }

  var expectsPreparation: Bool {
    if case .prepare = steps.first { true } else { false }
  }

  /// Statements of `unit` that must be prepared before it, once each.
  func statementsToPrepare(for unit: UnitOfWork) -> [Statement] {
    var missing: [Statement] = []
    for query in unit.queries
    where !prepared.contains(query.statement.id)
      && !missing.contains(where: { $0.id == query.statement.id })
    {
      missing.append(query.statement)
    }
    return missing
  }

  /// Notes that `unit` was sent, its `preparations` before it.
  mutating func sent(_ unit: PendingUnit, preparations: [Statement]) {
    for statement in preparations {
      steps.append(.prepare(statement.id))
      // Later units of this pipeline may count on it; a failure takes it back.
      prepared.insert(statement.id)
    }
    for _ in unit.unit.queries { steps.append(.execute) }
    steps.append(.sync)
    units.append(InFlight(unit: unit))
  }

  /// Takes the next answer; at a sync gives back the finished unit and its outcome. An answer that
  /// nothing waits for is an error of the protocol.
  mutating func receive(_ answer: Answer) -> Received {
    guard let step = steps.first, !units.isEmpty else { return .unexpected }
    // A commit that fails (a deferred constraint) is reported before its sync.
    if case (.sync, .failed(let error)) = (step, answer) {
      fail(error)
      return .more
    }
    _ = steps.popFirst()
    switch (step, answer) {
    case (.prepare, .prepared):
      return .more
    case (.prepare(let id), .aborted):
      prepared.remove(id)
      return .more
    case (.prepare(let id), .failed(let error)):
      prepared.remove(id)
      fail(error)
      return .more
    case (.execute, .rows(let rows)):
      units.modifyFirst { $0.rows.append(rows) }
      return .more
    case (.execute, .failed(let error)):
      fail(error)
      return .more
    case (.execute, .aborted):
      return .more
    case (.sync, .synced):
      guard let done = units.popFirst() else { return .unexpected }
      if let error = done.error {
        if case .server(let server) = error, server.asksForNewPreparation {
          prepared.removeAll()
          generation += 1
          if !done.unit.isRepetition { return .repeat(done.unit) }
        }
        return .finished(done.unit, .failure(error))
      }
      return .finished(done.unit, .success(done.rows))
    default:
      return .unexpected
    }
  }

  enum Received {
    case more
    case finished(PendingUnit, Result<[Rows], PostgresError>)
    /// Rolled back only because a prepared statement had gone stale: send it once more.
    case `repeat`(PendingUnit)
    case unexpected
  }

  /// Everything in flight, with the error that the server gave for it, if any, as the connection ends.
  mutating func abandon() -> [(PendingUnit, PostgresError?)] {
    var abandoned: [(PendingUnit, PostgresError?)] = []
    while let next = units.popFirst() { abandoned.append((next.unit, next.error)) }
    steps = Queue()
    prepared = []
    return abandoned
  }

  private mutating func fail(_ error: PostgresError) {
    units.modifyFirst { if $0.error == nil { $0.error = error } }
  }
}
