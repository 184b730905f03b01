import HTTPServer
import HTTPTypes
import NIOCore

extension Form {
  /// The most bytes of a form. The longest form here has a few hundred.
  private static let largest = 64 << 10

  /// The body of a request, which must be a form.
  init(bodyOf request: Request) async throws {
    let type = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " } ?? ""
    guard type.lowercased() == "application/x-www-form-urlencoded" else { throw PageFault.noForm }
    let bytes = try await request.wholeBody(upTo: Self.largest)
    guard let form = Form(parsing: bytes.readableBytesView) else { throw PageFault.noForm }
    self = form
  }
}
