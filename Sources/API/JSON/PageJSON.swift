import Helpdesk
import Postgres

// Lists, and pages of the items of a ticket or conversation.
extension JSONWriter {
  /// A page of items under `name`, and the cursor of the next page.
  /// - Parameter items: writes the items' array and returns the cursor
  mutating func page(
    _ name: StaticString, _ items: (inout JSONWriter) throws(PostgresError) -> String?
  ) throws(PostgresError) -> String? {
    openObject()
    key(name)
    let next = try items(&self)
    key("nextCursor")
    stringOrNull(next)
    closeObject()
    return next
  }

  /// As many items of a page as one answer carries.
  /// - Returns: the cursor of the next page
  mutating func items<Parent>(
    _ page: ItemPage, of parent: Identifier<Parent>?,
    item: (inout JSONWriter, inout ItemPage.Item) throws(PostgresError) -> Void
  ) throws(PostgresError) -> String? {
    openArray()
    defer { closeArray() }
    let most = length + ItemPage.mostBytes
    var (last, isCut): (Row?, Bool) = (nil, page.items.count > page.limit)
    for row in page.items.prefix(page.limit) {
      var columns = try ItemPage.Item(row)
      makeRoom(for: 1024 + columns.content.byteCount)
      let fits = try write(upTo: last == nil ? .max : most) { json throws(PostgresError) in
        try item(&json, &columns)
      }
      guard fits else {
        isCut = true
        break
      }
      last = row
    }
    guard isCut, let last, let parent else { return nil }
    return try ItemPage.Item(last).cursor().text(in: parent)
  }

  /// A list: its items under `name`, then `total`, `limit` and `offset`.
  mutating func listing(
    _ name: StaticString, _ listing: Listing, _ page: Page,
    item: (inout JSONWriter, Row) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    openObject()
    key(name)
    openArray()
    for row in listing.rows { try item(&self, row) }
    closeArray()
    key("total")
    int(listing.total)
    key("limit")
    int(page.limit)
    key("offset")
    int(page.offset)
    closeObject()
  }
}
