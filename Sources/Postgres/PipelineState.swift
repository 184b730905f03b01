import DequeModule

/// The answers that a connection in pipeline mode expects, without any I/O.
///
/// libpq answers in the order of sending: a result for each prepared or executed statement, then a sync
/// at the end of each unit. After an error it answers the rest of the unit with "aborted".
struct PipelineState {
  /// One expected answer.
  enum Step: Equatable {
    /// The preparation of the statement with this id.
    case prepare(Int, generation: Int)
    case execute
    case sync
  }

  /// libpq's report for one step.
  enum Answer {
    case prepared
    case rows(Rows)
    case failed(PostgresError)
    /// Skipped because an earlier statement of the unit failed.
    case aborted
    case synced
    /// The statement was COPY, which a pipeline does not allow.
    case copying
  }

  private struct InFlight {
    var unit: PendingUnit
    var rows: [Rows] = []
    var error: PostgresError?
  }

  private var steps = Deque<Step>()
  private var units = Deque<InFlight>()
  /// The deadlines of `units`. Units that were batched or repeated keep their older deadline.
  private var deadlines = Deque<UInt64>()
  private(set) var prepared: Set<Int> = []
  /// Part of the prepared statements' names: after the server lost or outdated any, all get new names.
  private(set) var generation = 0

  var unitsInFlight: Int { units.count }
  var earliestDeadline: UInt64? { deadlines.min() }

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
      steps.append(.prepare(statement.id, generation: generation))
      // Later units of this pipeline may rely on it; a failure takes it back.
      prepared.insert(statement.id)
    }
    for _ in unit.unit.queries { steps.append(.execute) }
    steps.append(.sync)
    units.append(InFlight(unit: unit))
    deadlines.append(unit.deadline)
  }

  /// Takes the next answer; at a sync, returns the finished unit and its outcome. An answer that nothing
  /// waits for is a protocol error.
  mutating func receive(_ answer: Answer) -> Received {
    guard let step = steps.first, !units.isEmpty else { return .unexpected }
    if case .copying = answer {
      fail(.encoding("COPY cannot be part of a unit of work"))
      return .unexpected
    }
    // A commit that fails (on a deferred constraint) is reported before its sync.
    if case (.sync, .failed(let error)) = (step, answer) {
      fail(error)
      return .more
    }
    steps.removeFirst()
    switch (step, answer) {
    case (.prepare, .prepared):
      return .more
    case (.prepare(let id, let generation), .aborted):
      forget(id, generation)
      return .more
    case (.prepare(let id, let generation), .failed(let error)):
      forget(id, generation)
      fail(error)
      return .more
    case (.execute, .rows(let rows)):
      units[0].rows.append(rows)
      return .more
    case (.execute, .failed(let error)):
      fail(error)
      return .more
    case (.execute, .aborted):
      return .more
    case (.sync, .synced):
      guard let done = units.popFirst() else { return .unexpected }
      deadlines.removeFirst()
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
    /// The unit was rolled back only because a prepared statement was stale: send it once more.
    case `repeat`(PendingUnit)
    case unexpected
  }

  /// Everything in flight, with the error that the server gave for it, if any, when the connection ends.
  mutating func abandon() -> [(PendingUnit, PostgresError?)] {
    let abandoned = units.map { ($0.unit, $0.error) }
    self = PipelineState()
    return abandoned
  }

  /// Records that a preparation failed, unless its successor of a newer generation is under way.
  private mutating func forget(_ id: Int, _ generation: Int) {
    if generation == self.generation { prepared.remove(id) }
  }

  private mutating func fail(_ error: PostgresError) {
    if units[0].error == nil { units[0].error = error }
  }
}
