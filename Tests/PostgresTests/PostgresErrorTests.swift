import Testing

@testable import Postgres

@Suite("Errors") struct PostgresErrorTests {
  static let cases: [(state: String, routine: String?, isTransient: Bool)] = [
    ("08006", nil, true), ("40001", nil, true), ("40P01", nil, true), ("53100", nil, true),
    ("53200", nil, true), ("53300", nil, true), ("57014", nil, true), ("57P01", nil, true),
    ("57P03", nil, true), ("58030", nil, true), ("25006", "PreventCommandIfReadOnly", true),
    ("25P03", nil, true), ("25P04", nil, true), ("55P03", nil, true),
    ("54000", "GetNewTransactionId", true), ("54000", "GetNewMultiXactId", true),
    ("XX000", "GetNewTransactionId", true), ("0A000", "get_relation_info", true),
    // Functions raise the same codes; others are faults of statements.
    ("54000", "exec_stmt_raise", false), ("54000", "index_form_tuple", false),
    ("54000", nil, false), ("0A000", "RevalidateCachedQuery", false), ("55006", nil, false),
    ("25000", nil, false), ("42501", nil, false), ("42P01", nil, false), ("23505", nil, false),
    ("22P02", nil, false), ("P0002", nil, false), ("XX000", nil, false),
  ]

  @Test("What may succeed a little later, for the server's own reasons", arguments: cases)
  func transient(state: String, routine: String?, isTransient: Bool) {
    var error = ServerError(sqlState: state, message: "")
    error.routine = routine
    #expect(PostgresError.server(error).isTransient == isTransient)
  }

  @Test("They read as a sentence, with the code that PostgreSQL's manual explains")
  func description() {
    var error = ServerError(sqlState: "2BP01", message: "cannot drop view a")
    #expect("\(PostgresError.server(error))" == "cannot drop view a (SQLSTATE 2BP01)")
    error.dependents = "view b depends on view a"
    #expect("\(error)" == "cannot drop view a (view b depends on view a) (SQLSTATE 2BP01)")
    #expect("\(PostgresError.timeout(mayHaveRun: true))" == "no answer in time")
  }
}
