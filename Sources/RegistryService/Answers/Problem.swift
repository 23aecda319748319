internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
private import RegistryKit

/// A failure as RFC 9457 describes it, with the members that `--json` has.
struct Problem: Error {
  let status: HTTPResponse.Status
  let code: String
  let detail: String
  var place: String?
  var remedy: String?
  var headers: HTTPFields = [:]

  /// A failure of HTTP itself, which the command line does not know.
  init(
    _ status: HTTPResponse.Status, _ code: String, _ detail: String, remedy: String? = nil,
    headers: HTTPFields = [:]
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.remedy = remedy
    self.headers = headers
  }

  /// Any failure of a handler.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem:
      self = problem
    case let error as RegistryError:
      self.init(
        Self.status(of: error.code.category), error.code.name, error.message,
        remedy: error.remedy)
      place = error.place.flatMap { $0.isEmpty ? nil : $0.description }
    case let error as any HTTPResponseError:
      let status = error.status
      self.init(status, Self.code(of: status), "\(status.reasonPhrase).")
    default:
      self.init(
        .internalServerError, "internal", "The program failed in a way that it does not know.",
        remedy: "Look for the number of the request in the server's log.")
    }
  }

  /// The status of a category, with its name.
  private static func status(of category: RegistryError.Category) -> HTTPResponse.Status {
    let named: [HTTPResponse.Status] = [
      .badRequest, .notFound, .conflict, .unprocessableContent, .serviceUnavailable,
      .internalServerError,
    ]
    return named.first { $0.code == category.httpStatus } ?? .init(code: category.httpStatus)
  }

  /// The code of a failure that the web framework found.
  private static func code(of status: HTTPResponse.Status) -> String {
    switch status {
    case .notFound: "unknown_route"
    case .contentTooLarge: "body_too_large"
    default: "bad_request"
    }
  }

  /// The answer; its type is `about:blank`, since the code says all that a type could.
  func response(requestID: String) -> Response {
    let document = JSONValue.object([
      .init(key: "type", value: .text("about:blank")),
      .init(key: "title", value: .text(status.reasonPhrase)),
      .init(key: "status", value: .number("\(status.code)")),
      .init(key: "detail", value: .text(detail)),
      .init(key: "code", value: .text(code)),
      .init(key: "place", value: place.map { .text($0) } ?? .null),
      .init(key: "remedy", value: remedy.map { .text($0) } ?? .null),
      .init(key: "request_id", value: .text(requestID)),
    ])
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: document.line + "\n")))
  }
}
