import TestSupport
import Testing

extension TacoHelp {
  /// Pages and files for everybody, without a key and without a session.
  @Suite("Outside of the API") struct SiteTests {
    /// Paths that anyone may read, and what their answers say about caching.
    private func paths() async throws -> [(path: String, caching: String?)] {
      let page = try await Stage.require().server.site.get("/sign-in").body
      let assets = Set(page.matches(of: /"(\/assets\/[^"]+)"/).map { String($0.1) })
      #expect(assets.count == 3)
      // Files have names that change with their content, and are kept for good.
      return assets.map { ($0, "public, max-age=31536000, immutable") } + [
        ("/docs", "no-cache"), ("/openapi.yaml", "no-cache"), ("/openapi.json", "no-cache"),
        ("/sign-in", "no-store"), ("/healthz", nil), ("/readyz", nil), ("/metrics", nil),
      ]
    }

    @Test("HEAD answers as GET, without the body; nothing is limited, or can be written")
    func methods() async throws {
      let site = try Stage.require().server.site
      for (path, caching) in try await paths() {
        let answer = try await site.get(path)
        #expect(answer.status == 200, "\(path)")
        #expect(answer.header("X-RateLimit-Limit") == nil)
        if let caching { #expect(answer.header("Cache-Control") == caching, "\(path)") }
        let head = try await site.send("HEAD", path)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        for header in ["Content-Type", "ETag", "Cache-Control"] {
          #expect(head.header(header) == answer.header(header), "\(path) \(header)")
        }
        // The hidden number in a form differs from page to page, but not its length.
        if path != "/metrics" {
          #expect(head.header("Content-Length") == "\(answer.body.utf8.count)", "\(path)")
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] where path != "/sign-in" {
          let refused = try await site.send(method, path)
          #expect(refused.status == 405, "\(method) \(path)")
          #expect(refused.header("Allow") == "GET, HEAD", "\(method) \(path)")
          guard path.hasPrefix("/assets/") else { continue }
          for answer in [answer, refused] {
            #expect(answer.header("X-Content-Type-Options") == "nosniff", "\(path)")
          }
        }
      }
      let wrong = try await site.send("DELETE", "/sign-in")
      #expect(wrong.status == 405)
      #expect(wrong.header("Allow") == "GET, HEAD, POST")
    }

    @Test("A browser that has it already is told so")
    func cached() async throws {
      let site = try Stage.require().server.site
      for (path, caching) in try await paths() where ![nil, "no-store"].contains(caching) {
        let tag = try #require(try await site.get(path).header("ETag"))
        for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
          let answer = try await site.send("GET", path, headers: [("If-None-Match", known)])
          #expect(answer.status == 304)
          #expect(answer.body.isEmpty)
          #expect(answer.header("ETag") == tag)
        }
        let other = try await site.send("GET", path, headers: [("If-None-Match", "\"x\"")])
        #expect(other.status == 200)
      }
    }
  }
}
