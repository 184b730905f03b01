import TestSupport

/// A database's definitions, and the rows of its tables.
enum Catalog {
  /// A line for each column, constraint, index, function, view, comment and privilege of TacoHelp's,
  /// and each migration. Columns are in the order of their names: those that were added later stand at
  /// the end of their table.
  static func lines(_ database: TestDatabase) async throws -> Set<String> {
    let hasMade = try await database.psql("select to_regclass('migrations.made') is not null")
    let made =
      hasMade == "t"
      ? "union all select 'made ' || kind || ' ' || identity from migrations.made" : ""
    return Set(try await database.psql("\(all) \(made)").split(separator: "\n").map(String.init))
  }

  private static let all = """
    with schemas as (select oid, nspname from pg_namespace where nspname in ('helpdesk', 'ops', 'migrations')),
    relations as (
      select c.*, s.nspname || '.' || c.relname as name
        from pg_class c join schemas s on s.oid = c.relnamespace where c.relkind in ('r', 'v')
    ), functions as (
      select p.*, p.oid::regprocedure::text as name from pg_proc p join schemas s on s.oid = p.pronamespace
    ), lines (line) as (
      select concat_ws(' ', 'relation', name, relkind, relpersistence, array_to_string(reloptions, ','))
        from relations
      union all
      select concat_ws(' ', 'column', r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                       pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attidentity, a.attgenerated,
                       a.attstorage, array_to_string(a.attoptions, ','))
        from relations r
        join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
      union all
      -- A restored dump has other parentheses.
      select concat_ws(' ', 'constraint', r.name, k.conname, translate(pg_get_constraintdef(k.oid), '()', ''),
                       k.convalidated)
        from relations r join pg_constraint k on k.conrelid = r.oid
      union all
      select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered)
        from relations r join pg_index i on i.indrelid = r.oid
      union all
      select concat_ws(' ', 'function', name, md5(pg_get_functiondef(oid))) from functions
      union all
      select concat_ws(' ', 'view', name, md5(pg_get_viewdef(oid))) from relations where relkind = 'v'
      union all
      select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid))
        from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
      union all
      select concat_ws(' ', 'comment', i.identity, md5(d.description))
        from pg_description d cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
       where d.classoid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass)
         and (i.schema in (select nspname from schemas) or i.type = 'schema' and i.name in (select nspname from schemas))
      union all
      select concat_ws(' ', 'privilege', name, g.grantee::regrole, g.privilege_type)
        from (select name, relacl as acl from relations union all select name, proacl from functions
              union all select nspname, nspacl from pg_namespace where oid in (select oid from schemas)) o
       cross join lateral aclexplode(o.acl) g where g.grantee <> 0
      union all
      select concat_ws(' ', 'applied', version, name, checksum) from migrations.applied
    )
    select line from lines
    """

  /// A table's columns, without those that an upgrade fills.
  struct Table: Hashable, Sendable {
    let name: String
    let columns: String
  }

  static func tables(_ database: TestDatabase) async throws -> [Table] {
    try await database.psql(
      """
      select table_name, string_agg(quote_ident(column_name), ', ' order by column_name)
        from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'helpdesk' and table_type = 'BASE TABLE'
         and column_name not in (
           'comment_count', 'message_count', 'failing_since', 'traceparent',
           -- Kept answers have another form, and are asked for again.
           'answer')
       group by 1 order by 1
      """
    ).split(separator: "\n").map { line in
      let parts = line.split(separator: "|").map(String.init)
      return Table(name: parts[0], columns: parts[1])
    }
  }

  /// The number of rows of each table, and a hash of them.
  static func rows(_ tables: [Table], _ database: TestDatabase) async throws -> [String] {
    let each = tables.map { table in
      """
      select '\(table.name)', count(*), md5(string_agg(r.text, E'\\n' order by r.text collate "C"))
        from (select row(\(table.columns))::text as text from helpdesk.\(table.name)) r
      """
    }
    return try await database.psql(each.joined(separator: "\nunion all\n")).split(separator: "\n")
      .map(String.init)
  }
}
