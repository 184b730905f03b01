import Cryptography
import HTTPTypes
import Hummingbird
import Synchronization

/// `/docs`: the API page, for everybody. Made of the description that the executable carries.
struct DocsPage: Sendable {
  /// What was made at the first request: no start waits for it, and who serves no docs has no memory for
  /// it. Where the server is differs from request to request and is not part of it.
  private final class Made: Sendable {
    let chapters = Mutex<[DocsChapter]?>(nil)
    /// What visitors see, by where they find the server.
    let pages = Mutex<[String: Page]>([:])
  }

  private struct Page {
    let html: String
    let etag: String
  }

  /// Who asks chooses the name of the host.
  private static let mostPages = 8

  private let pages: Pages
  private let settings: ConsoleSettings
  private let made = Made()

  /// Unicode scalars of a search that are looked at, and words.
  private static let longestSearch = 200
  private static let mostWords = 10

  init(pages: Pages, settings: ConsoleSettings) {
    self.pages = pages
    self.settings = settings
  }

  var route: Route {
    Route(template: "/docs", isForSignedIn: false, hasForms: false, get: show)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let origin = settings.origin(of: visit.request)
    let search = Search(visit.query["q"])
    // Who is signed in has their name on the page, and no copy of it is kept.
    let isForAll = visit.session == nil && search.words.isEmpty
    if isForAll, let page = made.pages.withLock({ $0[origin] }) {
      return Self.response(page, visit.request)
    }
    // It takes a while, and the connection's thread has others to serve.
    return try await withTaskExecutorPreference(globalConcurrentExecutor) {
      let html = try html(visit, search, origin)
      guard visit.session == nil else { return Pages.response(html) }
      let page = Page(
        html: html, etag: "\"\(Hex.encode(Array(try SHA256.digest(of: html).prefix(16))))\"")
      if isForAll {
        made.pages.withLock { pages in
          if pages.count >= Self.mostPages { pages = [:] }
          pages[origin] = page
        }
      }
      return Self.response(page, visit.request)
    }
  }

  private func html(_ visit: Visit, _ search: Search, _ origin: String) throws -> String {
    let chapters = try made.chapters.withLock { known in
      if let known { return known }
      let chapters = try DocsBook(pages: pages).chapters()
      known = chapters
      return chapters
    }
    var values: [String: Any] = ["contents": chapters.map(contents), "search": search.text]
    let isSearch = !search.words.isEmpty
    let found = isSearch ? chapters.compactMap { $0.containing(search.words) } : chapters
    values["chapters"] = found.map { shown($0, origin: origin) }
    if isSearch {
      let entries = found.flatMap(\.shown)
      values["count"] = Self.count(entries.count)
      values["several"] = search.words.count > 1
      values["anyFound"] = !entries.isEmpty
      values["found"] = entries.map { ["id": $0.id, "title": $0.title] }
    }
    let title = isSearch ? "Search the API docs" : "API docs"
    return try pages.html("docs", title: title, visit, values, isDocs: true)
  }

  /// What a person searches for.
  private struct Search {
    let text: String
    let words: [String]

    init(_ given: String) {
      let text = String(String.UnicodeScalarView(given.unicodeScalars.prefix(longestSearch)))
      words = text.lowercased().split { $0.isWhitespace }.prefix(mostWords).map(String.init)
      self.text = words.isEmpty ? "" : text
    }
  }

  private func shown(_ chapter: DocsChapter, origin: String) -> [String: Any] {
    var values: [String: Any] = ["entries": chapter.shown.map { $0.html(origin: origin) }]
    if chapter.hidesLead { values["above"] = ["id": chapter.lead.id, "title": chapter.lead.title] }
    return values
  }

  private static func count(_ count: Int) -> String {
    switch count {
    case 0: "No place has"
    case 1: "1 place has"
    default: "\(count) places have"
    }
  }

  private func contents(_ chapter: DocsChapter) -> [String: Any] {
    [
      "id": chapter.lead.id, "title": chapter.lead.title, "any": !chapter.entries.isEmpty,
      "entries": chapter.entries.map { entry in
        var values: [String: Any] = ["id": entry.id, "title": entry.title]
        values["method"] = entry.method
        return values
      },
    ]
  }

  /// Browsers keep the page and ask each time whether it is current, which is a short answer.
  private static func response(_ page: Page, _ request: Request) -> Response {
    var response =
      request.knows(page.etag) ? Response(status: .notModified) : Pages.response(page.html)
    response.headers[.eTag] = page.etag
    response.headers[.cacheControl] = "no-cache"
    response.headers[.vary] = "Cookie"
    return response
  }
}
