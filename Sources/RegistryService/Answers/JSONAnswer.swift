internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
private import Tensors

/// An answer of a use case, as the command line prints it with `--json`.
struct JSONAnswer: Sendable {
  private let text: String

  /// The answer with this text.
  init(_ text: String) { self.text = text.hasSuffix("\n") ? text : text + "\n" }

  /// The answer, or that the client has it already.
  func response(to request: Request) -> Response {
    let tag = "\"\(Digest(of: Array(text.utf8)).hexadecimal.prefix(32))\""
    // What is asked for again is compared with what is kept, never taken from it unasked.
    var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache"]
    if request.accepts(storedTag: tag) { return Response(status: .notModified, headers: headers) }
    headers[.contentType] = "application/json"
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension Request {
  /// Whether the client has what has this tag (RFC 9110, section 13.1.2).
  func accepts(storedTag tag: String) -> Bool {
    guard let condition = headers[.ifNoneMatch] else { return false }
    return condition.split(separator: ",").contains { element in
      var text = element.drop { $0 == " " || $0 == "\t" }
      while text.last == " " || text.last == "\t" { text.removeLast() }
      if text.hasPrefix("W/") { text.removeFirst(2) }
      return text == "*" || text == tag
    }
  }
}
