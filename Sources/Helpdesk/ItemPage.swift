public import Postgres

/// A page of a ticket's comments or a conversation's messages, oldest first.
public struct ItemPage: Sendable {
  /// The page to read.
  public struct Request: Sendable {
    /// The number of items on a page, 1 to `ItemPage.mostItems`.
    public var limit: Int
    /// Nil starts with the oldest.
    public var after: ItemCursor?

    public init(limit: Int = ItemPage.mostItems, after: ItemCursor? = nil) {
      self.limit = limit
      self.after = after
    }
  }

  /// The part of a page to read.
  public enum Extent: Sendable {
    /// At most 200 items of at most 4 KiB each. They need no reservation of memory.
    case short
    /// Everything that an answer may carry.
    case whole
  }

  /// The most items that one answer carries.
  public static let mostItems = 1000
  /// The most bytes of JSON for the items of one answer, unless a single one takes more.
  public static let mostBytes = 4 << 20

  /// The page's items, and at least one after them if there are more.
  public let items: Slice<Rows>
  /// The number of items on the page.
  public let limit: Int
  /// True if `Extent.short` left something out that belongs to the page.
  public let isPartial: Bool

  /// - Parameter isPartial: see the property; false if `items` holds the whole page
  init(_ items: Slice<Rows>, limit: Int = ItemPage.mostItems, isPartial: Bool = false) {
    self.items = items
    self.limit = limit
    self.isPartial = isPartial
  }

  /// The columns that every item begins with.
  public struct Item {
    public let createdAt: Timestamp
    /// Reads the id.
    public var id: RowReader
    /// Reads the text; null where `Extent.short` has left it out.
    public var content: RowReader
    /// Reads what the item has besides.
    public var others: RowReader

    /// SQL: its columns, of the item `m`.
    static func columns(content: String) -> String { "m.created_at, m.id, \(content)" }

    public init(_ row: Row) throws(PostgresError) {
      var columns = RowReader(row)
      createdAt = try columns.timestamp()
      id = columns
      columns.skip()
      content = columns
      columns.skip()
      others = columns
    }

    /// The cursor of the items behind it.
    public func cursor() throws(PostgresError) -> ItemCursor {
      var id = id
      return ItemCursor(createdAt: createdAt, id: try id.text())
    }
  }
}

/// Reads pages of the rows of one table that belong to one parent, in the order of `created_at` and `id`.
struct ItemQuery: Sendable {
  /// The limits of `Extent.short`: items, and bytes of each text.
  private static let (mostShort, longestShort) = (200, 4096)

  private let short: Statement
  private let whole: Statement
  private let size: Statement

  /// - Parameters:
  ///   - table: SQL: the items' table
  ///   - parent: SQL: its column that names the parent
  ///   - joins: SQL: what is joined to the item `m`
  ///   - columns: SQL: what is read of the item and of what is joined, besides `ItemPage.Item`
  init(
    _ table: String, parent: String, joins: String = "", columns: String
  ) {
    let short = "case when octet_length(m.content) <= \(Self.longestShort) then m.content end"
    let types: [PostgresType] = [.text, .text, .timestamptz, .text, .int8]
    self.short = Statement(
      """
      select \(ItemPage.Item.columns(content: short)), \(columns)
        from \(Self.items(of: table, parent)) \(joins)
       order by m.created_at, m.id
      """, types)
    whole = Statement(
      """
      select \(ItemPage.Item.columns(content: "m.content")), \(columns)
        from \(Self.cut(table, parent)) \(joins)
       order by m.created_at, m.id
      """, types)
    size = Statement(
      """
      select count(*), coalesce(sum(octet_length(m.content)), 0) from \(Self.cut(table, parent))
      """, types)
  }

  /// SQL: items of the parent `$2` behind the cursor `$3`, `$4`, `$5` of them.
  private static func items(of table: String, _ parent: String, more: String = "") -> String {
    """
    (select m.*\(more) from \(table) m
      where m.org_id = $1 and m.\(parent) = $2
        and (m.created_at, m.id) > (coalesce($3, '-infinity'), $4)
      order by m.created_at, m.id limit $5) m
    """
  }

  /// SQL: the same, up to the one whose text passes the bytes of an answer. The sizes of texts are
  /// known without reading them where they are stored apart.
  private static func cut(_ table: String, _ parent: String) -> String {
    let size = """
      , sum(octet_length(m.content)) over (order by m.created_at, m.id rows unbounded preceding) as size
      """
    return """
      (select * from \(items(of: table, parent, more: size))
        where m.size - octet_length(m.content) <= \(ItemPage.mostBytes)) m
      """
  }

  func callAsFunction(
    _ org: Parameter, _ parent: Parameter, _ page: ItemPage.Request, _ extent: ItemPage.Extent
  ) -> Query {
    switch extent {
    case .short: short(Self.parameters(org, parent, page, most: Self.mostShort))
    case .whole: whole(Self.parameters(org, parent, page))
    }
  }

  func page(_ rows: Rows, _ page: ItemPage.Request, _ extent: ItemPage.Extent) throws -> ItemPage {
    let isCut = page.limit > Self.mostShort && rows.count > Self.mostShort
    let isPartial =
      try extent == .short && (isCut || rows.contains { try ItemPage.Item($0).content.isNull })
    return ItemPage(rows[...], limit: page.limit, isPartial: isPartial)
  }

  /// The memory that the whole page takes, as rows and as JSON, in bytes.
  func memory(
    _ org: Parameter, _ parent: Parameter, _ page: ItemPage.Request, _ pool: PostgresPool
  ) async throws(PostgresError) -> Int {
    let rows = try await pool.read(size(Self.parameters(org, parent, page)))
    guard var columns = rows.first.map(RowReader.init) else { return 0 }
    let (items, bytes) = (try columns.int8(), try columns.int8())
    return Int(2 * bytes + 512 * items)
  }

  /// - Parameter most: items to read; one more is read, which tells whether others follow
  private static func parameters(
    _ org: Parameter, _ parent: Parameter, _ page: ItemPage.Request, most: Int = .max
  ) -> [Parameter] {
    [
      org, parent, .timestamptz(page.after?.createdAt), .text(page.after?.id ?? ""),
      .int8(Int64(min(page.limit, most)) + 1),
    ]
  }
}
