import CLibPQ

/// One non-blocking libpq connection in pipeline mode. Used only by the pool's event thread.
final class PipelineConnection {
  private let connection: OpaquePointer
  private let hasOwnSession: Bool
  private var state = PipelineState()
  let descriptor: Int32
  /// True if libpq holds bytes that the socket has not taken.
  private(set) var wantsToWrite = false
  private(set) var writesInFlight = 0
  /// True once it has answered a unit.
  private(set) var hasAnswered = false

  var unitsInFlight: Int { state.unitsInFlight }
  var earliestDeadline: UInt64? { state.earliestDeadline }

  /// Takes the connection over; nil if it cannot be switched to pipeline mode.
  init?(_ connection: OpaquePointer, hasOwnSession: Bool) {
    guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
      PQfinish(connection)
      return nil
    }
    self.connection = connection
    self.hasOwnSession = hasOwnSession
    self.descriptor = PQsocket(connection)
  }

  deinit { PQfinish(connection) }

  /// Sends a unit and the sync that ends it. False if the connection is broken.
  func send(_ pending: PendingUnit, _ buffer: inout ParameterBuffer) -> Bool {
    let preparations = hasOwnSession ? state.statementsToPrepare(for: pending.unit) : []
    let generation = state.generation
    state.sent(pending, preparations: preparations)
    if pending.unit.kind == .write { writesInFlight += 1 }
    for statement in preparations {
      let oids = statement.types.map(\.rawValue)
      guard
        PQsendPrepare(
          connection, statement.name(generation), statement.sql, Int32(clamping: oids.count), oids)
          == 1
      else { return false }
    }
    for query in pending.unit.queries {
      let sent = buffer.withEncoded(query.parameters) { count, values, lengths, formats in
        if hasOwnSession {
          PQsendQueryPrepared(
            connection, query.statement.name(generation), count, values, lengths, formats, 1)
        } else {
          PQsendQueryParams(
            connection, query.statement.sql, count, query.statement.types.map(\.rawValue), values,
            lengths, formats, 1)
        }
      }
      guard sent == 1 else { return false }
    }
    return PQpipelineSync(connection) == 1 && flush()
  }

  /// Writes what libpq has buffered. False if the connection is broken.
  func flush() -> Bool {
    let status = PQflush(connection)
    wantsToWrite = status == 1
    return status >= 0
  }

  /// Reads what has arrived and hands over each unit that it completes. False if the connection is
  /// broken.
  func receive(
    finished: (PendingUnit, Result<[Rows], PostgresError>) -> Void, again: (PendingUnit) -> Void
  ) -> Bool {
    guard PQconsumeInput(connection) == 1 else { return false }
    var separators = 0
    while state.unitsInFlight > 0, separators < 2, PQisBusy(connection) == 0 {
      guard let result = PQgetResult(connection) else {
        separators += 1
        continue
      }
      separators = 0
      switch state.receive(answer(result)) {
      case .more:
        break
      case .finished(let pending, let outcome):
        hasAnswered = true
        if pending.unit.kind == .write { writesInFlight -= 1 }
        finished(pending, outcome)
      case .repeat(var pending):
        if pending.unit.kind == .write { writesInFlight -= 1 }
        pending.isRepetition = true
        again(pending)
      case .unexpected:
        return false
      }
    }
    return PQstatus(connection) == CONNECTION_OK
  }

  /// Everything in flight and its error, when the connection is given up.
  func abandon() -> [(PendingUnit, PostgresError)] {
    let message = PostgresConfiguration.text(String(cString: PQerrorMessage(connection)))
    let reason = message.isEmpty ? "given up, since it did not answer" : message
    return state.abandon().map { pending, error in
      switch error {
      // A refused statement has not run; one that was under way when the server ended the connection may
      // have.
      case .server(let server) where server.endsConnection: break
      case .some(let error): return (pending, error)
      case nil: break
      }
      return (pending, .connectionLost(mayHaveRun: true, reason))
    }
  }

  private func answer(_ result: OpaquePointer) -> PipelineState.Answer {
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK where state.expectsPreparation:
      PQclear(result)
      return .prepared
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
      return .rows(Rows(result: QueryResult(result)))
    case PGRES_PIPELINE_SYNC:
      PQclear(result)
      return .synced
    case PGRES_PIPELINE_ABORTED:
      PQclear(result)
      return .aborted
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      PQclear(result)
      return .copying
    default:
      defer { PQclear(result) }
      return .failed(.server(ServerError(result)))
    }
  }
}

extension Statement {
  func name(_ generation: Int) -> String { "s\(id)_\(generation)" }
}
