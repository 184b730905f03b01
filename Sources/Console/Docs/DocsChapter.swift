/// A chapter of the API page: its first section, and the entries below it.
struct DocsChapter: Sendable {
  let lead: DocsEntry
  var entries: [DocsEntry] = []
  /// True if a search shows only the title of the lead.
  var hidesLead = false

  /// The entries shown in full.
  var shown: [DocsEntry] { (hidesLead ? [] : [lead]) + entries }

  /// The part of the chapter whose entries contain all the words; nil if none does.
  func containing(_ words: [String]) -> DocsChapter? {
    let found = DocsChapter(
      lead: lead, entries: entries.filter { $0.contains(words) }, hidesLead: !lead.contains(words))
    return found.shown.isEmpty ? nil : found
  }
}
