import Cryptography
import HTTPServer
import HTTPTypes
import OpenAPI
import Synchronization

/// `/docs`: the API page, for everybody, made from the description that the executable carries.
struct DocsPage: Sendable {
  private struct Page {
    let html: String
    let tag: EntityTag
  }

  /// The pages that all visitors share, by the server's origin.
  private final class Kept: Sendable {
    let pages = Mutex<[String: Page]>([:])
  }

  /// Limits the pages that are kept: a visitor chooses the name of the host.
  private static let mostPages = 8

  private let pages: Pages
  /// Made at the first request, so that it does not delay the start.
  private let chapters: AsyncLazy<[DocsChapter]>
  private let kept = Kept()

  init(pages: Pages) {
    self.pages = pages
    chapters = AsyncLazy { try DocsBook(pages: pages).chapters() }
  }

  var route: Route {
    Route(template: "/docs", isForSignedIn: false, hasForms: false, get: show)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let origin = pages.origin(of: visit.request)
    let search = Search(visit.query["q"])
    // A page that shows its reader's name is not kept.
    let isForAll = visit.session == nil && search.words.isEmpty
    if isForAll, let page = kept.pages.withLock({ $0[origin] }) {
      return Self.response(page, visit.request)
    }
    let chapters = try await chapters.value
    // Rendering takes some milliseconds, too many for an event loop.
    return try await withTaskExecutorPreference(globalConcurrentExecutor) {
      let html = try html(visit, search, chapters, origin)
      guard visit.session == nil else { return Pages.response(html) }
      let digest = try SHA256.digest(of: html).prefix(16)
      let page = Page(html: html, tag: EntityTag(text: Hex.encode(Array(digest))))
      if isForAll {
        kept.pages.withLock { pages in
          if pages.count >= Self.mostPages { pages = [:] }
          pages[origin] = page
        }
      }
      return Self.response(page, visit.request)
    }
  }

  private func html(
    _ visit: Visit, _ search: Search, _ chapters: [DocsChapter], _ origin: String
  ) throws -> String {
    let isSearch = !search.words.isEmpty
    let found = isSearch ? chapters.compactMap { $0.containing(search.words) } : chapters
    var values: PageValues = [
      "contents": chapters.map(contents), "search": search.text,
      "chapters": found.map { chapter -> PageValues in
        [
          "entries": chapter.shown.map { $0.html(origin: origin) },
          "above": chapter.hidesLead
            ? ["id": chapter.lead.id, "title": chapter.lead.title] : nil,
        ]
      },
    ]
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

  private struct Search {
    let text: String
    let words: [String]

    /// Uses at most 200 Unicode scalars and ten words of what was typed.
    init(_ given: String) {
      let text = String(String.UnicodeScalarView(given.unicodeScalars.prefix(200)))
      words = text.lowercased().split { $0.isWhitespace }.prefix(10).map(String.init)
      self.text = words.isEmpty ? "" : text
    }
  }

  private static func count(_ count: Int) -> String {
    switch count {
    case 0: "No section has"
    case 1: "1 section has"
    default: "\(count) sections have"
    }
  }

  private func contents(_ chapter: DocsChapter) -> PageValues {
    [
      "id": chapter.lead.id, "title": chapter.lead.title, "any": !chapter.entries.isEmpty,
      "entries": chapter.entries.map { entry -> PageValues in
        ["id": entry.id, "title": entry.title, "method": entry.method]
      },
    ]
  }

  /// Browsers keep the page and ask each time if it is current, which takes only a short answer.
  private static func response(_ page: Page, _ request: Request) -> Response {
    var response =
      request.notModified(page.tag) ?? Pages.response(page.html).tagged(page.tag)
    response.headers[.cacheControl] = "no-cache"
    response.headers[.vary] = "Cookie"
    return response
  }
}
