internal import Hummingbird
private import RegistryKit

/// An answer of a use case, as the command line prints it with `--json`.
struct JSONAnswer: ResponseGenerator, Sendable {
  private let text: String

  init(encoding answer: some Encodable) throws {
    text = try JSONValue(encoding: answer).line + "\n"
  }

  func response(from request: Request, context: some RequestContext) throws -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
