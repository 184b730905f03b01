import NIOHTTP1
import TestSupport

extension RawConnection {
  /// The next answer. One to HEAD has no body, whatever its headers say.
  func answer(isHead: Bool = false) async throws -> Answer {
    let raw = try await receiveAnswer(isHead: isHead)
    let fields = raw.fields.map { ($0.name, $0.value) }
    let answer = Answer(
      request: "", status: raw.status, headers: HTTPHeaders(fields), body: raw.body)
    Transcript.note(answer)
    return answer
  }

  /// Sends a request and returns its answer.
  func exchange(_ request: String) async throws -> Answer {
    Transcript.note("sent: \(request.prefix(600))")
    try await send(request)
    return try await answer(isHead: request.hasPrefix("HEAD "))
  }
}
