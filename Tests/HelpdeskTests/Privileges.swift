import Foundation
import TestSupport

/// What a role was granted in a database, from its catalogs.
struct GrantedPrivileges {
  /// As `helpdesk.users SELECT` and `helpdesk.users UPDATE role`.
  let tables: Set<String>
  /// As `helpdesk.redeliver`.
  let functions: Set<String>
  /// As `ops USAGE`.
  let schemas: Set<String>
  /// What it owns, or was granted on anything else.
  let others: String

  init(_ fixture: RolesFixture, to role: String) async throws {
    func lines(_ sql: String) async throws -> Set<String> {
      Set(try await fixture.database.psql(sql).split(separator: "\n").map(String.init))
    }
    tables = try await lines(
      """
      select c.oid::regclass || ' ' || a.privilege_type
        from pg_class c, aclexplode(c.relacl) a where a.grantee = '\(role)'::regrole
      union all
      select t.attrelid::regclass || ' ' || a.privilege_type || ' ' || t.attname
        from pg_attribute t, aclexplode(t.attacl) a where a.grantee = '\(role)'::regrole
      """)
    functions = try await lines(
      """
      select p.pronamespace::regnamespace || '.' || p.proname
        from pg_proc p, aclexplode(p.proacl) a where a.grantee = '\(role)'::regrole
      """)
    schemas = try await lines(
      """
      select n.nspname || ' ' || a.privilege_type
        from pg_namespace n, aclexplode(n.nspacl) a where a.grantee = '\(role)'::regrole
      """)
    others = try await fixture.database.psql(
      """
      select string_agg(classid::regclass || ' ' || deptype::text, ', ') from pg_shdepend
       where refclassid = 'pg_authid'::regclass and refobjid = '\(role)'::regrole
         and not (deptype = 'a' and classid in ('pg_class'::regclass, 'pg_proc'::regclass,
                                                'pg_namespace'::regclass))
         and classid <> 'pg_auth_members'::regclass
      """)
  }
}

/// What statements needed, from the parse trees that PostgreSQL wrote to its log for each of them,
/// functions' own included: in them it notes which privileges on which columns it will ask for.
struct UsedPrivileges {
  private let tables: Set<String>
  let functions: Set<String>

  init(_ fixture: RolesFixture) async throws {
    func find(_ pattern: String) async throws -> [Substring] {
      // A node to a line: they are wrapped anywhere.
      try await TestProcess.run(
        "sh",
        [
          "-c", "tr '\\n\\t' '  ' < \"$2\" | tr -s ' ' | tr '{' '\\n' | grep -aoE \"$1\" | sort -u",
          "sh", pattern, "\(fixture.cluster.directory)/log",
        ]
      ).split(separator: "\n")
    }
    let columns = try await fixture.database.psql(
      """
      select attrelid || ' ' || attnum || ' ' || attrelid::regclass || ' ' || attname
        from pg_attribute
       where attrelid::regclass::text ~ '^(helpdesk|ops|migrations)[.]' and attnum > 0
      """)
    var names: [String: (table: String, column: String)] = [:]
    for line in columns.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      names["\(words[0]) \(words[1])"] = (words[2], words[3])
    }
    var tables: Set<String> = []
    let set = "\\(b[ 0-9]*\\)"
    for entry in try await find(
      ":relid [0-9]+ [^{}]*:requiredPerms [1-9][0-9]* :checkAsUser [0-9]+ "
        + ":selectedCols \(set) :insertedCols \(set) :updatedCols \(set)")
    {
      let words = entry.split(separator: " ")
      let (relation, parts) = (words[1], entry.split(separator: "(b"))
      guard let table = names["\(relation) 1"]?.table,
        let place = words.firstIndex(of: ":requiredPerms"), let bits = Int(words[place + 1])
      else { continue }
      for (privilege, bit, part) in [("SELECT", 2, 1), ("INSERT", 1, 2), ("UPDATE", 4, 3)]
      where bits & bit != 0 {
        tables.insert("\(table) \(privilege)")
        // Numbers begin at 7 before the first column; 7 itself is the whole row.
        for number in parts[part].prefix(while: { $0 != ")" }).split(separator: " ") {
          guard let number = Int(number), let column = names["\(relation) \(number - 7)"]?.column
          else { continue }
          tables.insert("\(table) \(privilege) \(column)")
        }
      }
      if bits & 8 != 0 { tables.insert("\(table) DELETE") }
    }
    self.tables = tables
    let called = try await find(":funcid [0-9]+").map { $0.split(separator: " ")[1] }
    // Those in standard SQL were parsed when they were made.
    functions = Set(
      try await fixture.database.psql(
        """
        with recursive called (id) as (
          select unnest('{\(called.joined(separator: ","))}'::oid[])
          union
          select d.refobjid from called c
            join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = c.id
             and d.refclassid = 'pg_proc'::regclass
        )
        select p.pronamespace::regnamespace || '.' || p.proname from called join pg_proc p on p.oid = id
        """
      ).split(separator: "\n").map(String.init))
  }

  /// Whether it was needed: of a row that is only locked, one column that may be updated was.
  func covers(_ privilege: String) -> Bool {
    tables.contains(privilege)
      || ["helpdesk.organizations", "helpdesk.idempotency_keys"].contains { table in
        privilege == "\(table) UPDATE created_at" && tables.contains("\(table) UPDATE")
      }
  }
}
