package import HTTPServer
import HTTPTypes
package import Logging

/// Answers only the operators' paths, for a process that is only a worker.
package struct HealthResponder: Responder {
  private let health: HealthRoutes
  private let report: RequestReport

  package init(_ health: HealthRoutes, logger: Logger) {
    self.health = health
    report = RequestReport(logger)
  }

  package func respond(to request: Request) async -> Response {
    var response: Response
    do {
      guard let answer = try await health.answer(request) else { throw APIError.notFound("route") }
      response = answer
    } catch {
      response = APIError(error).response(request.id)
    }
    response.headers[.xRequestID] = request.id
    response = await ResponseCompression.apply(to: response, of: request)
    if request.method == .head { response.removeBody() }
    return response
  }

  package func respond(to refusal: Refusal, requestID: String) -> Response {
    report.messageRefused(refusal, requestID)
    return APIError(refusal).refusalResponse(requestID)
  }
}
