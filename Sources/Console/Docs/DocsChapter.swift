/// A chapter of the API page: what leads it, and the entries below.
struct DocsChapter: Sendable {
  let lead: DocsEntry
  var entries: [DocsEntry] = []
  /// Of the lead, only the title is shown: what was searched for is further below.
  var hidesLead = false

  /// What is shown in full.
  var shown: [DocsEntry] { (hidesLead ? [] : [lead]) + entries }

  /// What of it has all the words; nil when nothing does.
  func containing(_ words: [String]) -> DocsChapter? {
    let found = DocsChapter(
      lead: lead, entries: entries.filter { $0.contains(words) }, hidesLead: !lead.contains(words))
    return found.shown.isEmpty ? nil : found
  }
}
