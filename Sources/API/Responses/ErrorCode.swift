/// Every `error.code` that the server sends. A test compares it with `ErrorCode` in `openapi.yaml`.
enum ErrorCode: String, CaseIterable, Sendable {
  case invalidJSON = "invalid_json"
  case invalidParameter = "invalid_parameter"
  case ticketMerged = "ticket_merged"
  case conversationEnded = "conversation_ended"
  case limitReached = "limit_reached"
  case badRequest = "bad_request"
  case unauthorized
  case insufficientScope = "insufficient_scope"
  case planRequired = "plan_required"
  case notFound = "not_found"
  case methodNotAllowed = "method_not_allowed"
  case requestTimeout = "request_timeout"
  case payloadTooLarge = "payload_too_large"
  case unsupportedMediaType = "unsupported_media_type"
  case preconditionFailed = "precondition_failed"
  case idempotencyConflict = "idempotency_conflict"
  case rateLimited = "rate_limited"
  case requestHeaderFieldsTooLarge = "request_header_fields_too_large"
  case internalError = "internal_error"
  case notImplemented = "not_implemented"
  case unavailable
  case httpVersionNotSupported = "http_version_not_supported"
}
