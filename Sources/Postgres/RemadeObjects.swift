/// The functions and views that each new version makes again, and what others have built on them.
///
/// `create or replace` leaves privileges and dependent views as they are. It cannot change the result
/// type of a function, the names of its arguments, or the columns that a view had. Objects that change
/// in these ways, and those that the new version no longer has, are dropped by name. `migrations.made`
/// lists the names that are TacoHelp's.
struct RemadeObjects: Sendable {
  /// The schema that contains only functions and views.
  static let ops = "ops"

  /// The schemas that contain them. A table in `ops` is somebody else's.
  var schemas: [String]

  private var names: String { schemas.joined(separator: ",") }

  /// SQL: the functions and views of the schemas `$1` (separated by commas), and in `ops`
  /// everything else, tables included. `kind` and `identity` name an object for `drop`; `form`,
  /// `defaults` and `columns` tell whether it can be replaced; `row_version` changes when it is.
  private static let objects = """
    select o.type as kind, o.identity, p.pronamespace::regnamespace::text as schema, p.proname::text as name, 'pg_proc'::regclass::oid as class, p.oid,
           concat_ws(' ', p.prokind, pg_get_function_result(p.oid), p.proargnames::text,
                     p.proargmodes::text) as form,
           p.pronargdefaults::int as defaults, null::text[] as columns, p.proowner as owner, p.proacl as acl,
           p.xmin::text as row_version
      from pg_proc p cross join lateral pg_identify_object('pg_proc'::regclass, p.oid, 0) o
     where p.pronamespace::regnamespace::text = any (string_to_array($1, ','))
    union all
    select o.type, o.identity, c.relnamespace::regnamespace::text, c.relname::text, 'pg_class'::regclass::oid, c.oid, c.relkind::text, 0,
           array(select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation::text)
                   from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum),
           c.relowner, c.relacl, c.xmin::text
      from pg_class c cross join lateral pg_identify_object('pg_class'::regclass, c.oid, 0) o
     where c.relnamespace::regnamespace::text = any (string_to_array($1, ','))
       and (c.relkind = 'v' or c.relnamespace::regnamespace::text = 'ops' and c.relkind not in ('i', 'I', 't'))
    """

  /// SQL: CTEs: what is `present`, which part of it is `ours`, what the `new` version makes (`$2`, as
  /// `inventory` returned it), and what is `doomed`: what cannot be replaced, and everything that depends
  /// on it, deepest last.
  private static let plan = """
    with recursive present as (\(objects)), ours as (
      select p.* from present p join migrations.made m on m.kind = p.kind and m.identity = p.identity
    ), new as (
      select * from jsonb_to_recordset($2::jsonb)
        as n (kind text, identity text, schema text, name text, form text, defaults int, columns text[])
    ), reached (class, oid, depth) as (
      select o.class, o.oid, 0
        from ours o left join new n on n.kind = o.kind and n.identity = o.identity
       where n.identity is null or n.form <> o.form or n.defaults < o.defaults
          or n.columns[: cardinality(o.columns)] is distinct from o.columns
      union
      select x.class, x.oid, r.depth + 1
        from reached r
       cross join lateral (
         -- A view depends on what it reads by way of its rule.
         select case when w.oid is null then d.classid else 'pg_class'::regclass::oid end as class,
                coalesce(w.ev_class, d.objid) as oid
           from pg_depend d
           left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
          where d.refclassid = r.class and d.refobjid = r.oid) x
       where (x.class, x.oid) <> (r.class, r.oid)
         -- A view's row type has dependents of its own; what others have built is reason enough to stop.
         and (r.class = 'pg_type'::regclass
              or exists (select from ours o where o.class = r.class and o.oid = r.oid))
    ), doomed as (
      select class, oid, max(depth) as depth from reached group by class, oid
    )
    """

  /// Every object that `make` makes or replaces, as JSON.
  func inventory(
    _ connection: borrowing BlockingConnection, ofWhatIsMadeBy make: () throws -> Void
  ) throws -> String {
    let before =
      try connection.execute(
        """
        select coalesce(jsonb_agg(jsonb_build_array(o.class, o.oid, o.row_version)), '[]')
          from (\(Self.objects)) o
        """, [names]
      ).first ?? "[]"
    try make()
    return try connection.execute(
      """
      select coalesce(jsonb_agg(jsonb_build_object(
               'kind', kind, 'identity', identity, 'schema', schema, 'name', name, 'form', form, 'defaults', defaults,
               'columns', to_jsonb(columns))), '[]')
        from (\(Self.objects)) o
       where not $2::jsonb @> jsonb_build_array(jsonb_build_array(o.class, o.oid, o.row_version))
      """, [names, before]
    ).first ?? "[]"
  }

  /// Moves what was made before out of the way, to be undone later: `ops` is renamed, and what other
  /// schemas have goes into a schema of its own, since a function in them may have the name of one in
  /// `ops`.
  func setAside(_ connection: borrowing BlockingConnection) throws(PostgresError) {
    let moves = try connection.execute(
      """
      with present as (\(Self.objects))
      select format('alter %s %s set schema made_before_rehearsal', p.kind, p.identity)
        from present p join migrations.made m on m.kind = p.kind and m.identity = p.identity
       where not starts_with(p.identity, 'ops.')
      """, [names]
    )
    try connection.execute("alter schema ops rename to ops_before_rehearsal")
    try connection.execute("create schema made_before_rehearsal")
    for move in moves { try connection.execute(move) }
  }

  /// True if every object that was made still exists.
  func isWhole(_ connection: borrowing BlockingConnection) throws(PostgresError) -> Bool {
    try connection.execute(
      """
      with present as (\(Self.objects))
      select m.identity from migrations.made m
       where not exists (
         select from present p where p.kind = m.kind and p.identity = m.identity) limit 1
      """, [names]
    ).isEmpty
  }

  /// True if `ops` has none of the objects that were made there.
  func isForeign(_ connection: borrowing BlockingConnection) throws(PostgresError) -> Bool {
    // The first versions kept no list.
    guard try !connection.execute("select to_regclass('migrations.made')").isEmpty else {
      return false
    }
    return try connection.execute(
      """
      with present as (\(Self.objects)), made as (
        select kind, identity from migrations.made where starts_with(identity, 'ops.')
      )
      select 1 where exists (select from made)
         and not exists (
           select from made m join present p on p.kind = m.kind and p.identity = m.identity)
      """, [names]
    ) == ["1"]
  }

  /// Names that the new version needs and somebody else has taken; for functions, with any arguments.
  func taken(_ new: String, _ connection: borrowing BlockingConnection) throws(PostgresError)
    -> [String]
  {
    try connection.execute(
      """
      \(Self.plan)
      select p.kind || ' ' || p.identity from present p
       where exists (select from new n where n.schema = p.schema and n.name = p.name)
         and not exists (select from ours o where o.class = p.class and o.oid = p.oid) order by 1
      """, [names, new]
    )
  }

  /// Somebody else's objects that depend on those to be dropped.
  func dependents(_ new: String, _ connection: borrowing BlockingConnection) throws(PostgresError)
    -> [String]
  {
    try connection.execute(
      """
      \(Self.plan)
      select i.type || ' ' || i.identity
        from doomed d cross join lateral pg_identify_object(d.class, d.oid, 0) i
       where not exists (select from ours o where o.class = d.class and o.oid = d.oid)
         -- A view's row type, and what else goes with something.
         and not exists (
           select from pg_depend p join doomed r on r.class = p.refclassid and r.oid = p.refobjid
            where p.classid = d.class and p.objid = d.oid and p.deptype = 'i')
       order by 1
      """, [names, new]
    )
  }

  /// The statements that drop what cannot be replaced, in an order in which each can go by itself.
  func drops(_ new: String, _ connection: borrowing BlockingConnection) throws(PostgresError)
    -> [String]
  {
    try connection.execute(
      """
      \(Self.plan)
      select format('drop %s %s', o.kind, o.identity)
        from doomed d join ours o on o.class = d.class and o.oid = d.oid order by d.depth desc
      """, [names, new]
    )
  }

  /// The statements that restore the privileges that roles had on objects that are dropped and made
  /// again, which may be functions with other arguments.
  func grants(_ new: String, _ connection: borrowing BlockingConnection) throws(PostgresError)
    -> [String]
  {
    try connection.execute(
      """
      \(Self.plan)
      select format('grant %s on %s %s to %s%s', a.privilege_type,
                    case when n.kind = 'view' then 'table' else n.kind end, n.identity,
                    a.grantee::regrole, case when a.is_grantable then ' with grant option' end)
        from doomed d
        join ours o on o.class = d.class and o.oid = d.oid
        join new n on n.kind = o.kind and n.schema = o.schema and n.name = o.name
       cross join lateral aclexplode(o.acl) a
       where a.grantee not in (0, o.owner)
         and (n.identity = o.identity
              or not exists (select from new s where s.kind = o.kind and s.identity = o.identity))
      """, [names, new]
    )
  }

  /// Records what is TacoHelp's from now on.
  func note(_ new: String, _ connection: borrowing BlockingConnection) throws(PostgresError) {
    try connection.execute("delete from migrations.made")
    try connection.execute(
      """
      insert into migrations.made (kind, identity)
      select kind, identity from jsonb_to_recordset($1::jsonb) as n (kind text, identity text)
      """, [new])
  }
}
