internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Refuses bodies that are longer than anything that belongs here, before they are read and while.
struct BodyLimit: RouterMiddleware {
  /// The most bytes of a body.
  let maximumBytes: Int
  /// The most bytes of a body that is a file.
  let maximumUploadBytes: Int

  /// Where bodies are files.
  private static func takesFile(_ path: String) -> Bool {
    path.hasPrefix("/api/v1/uploads/")
      || path.hasPrefix("/api/v1/models/") && path.hasSuffix("/predict")
  }

  func handle(
    _ request: Request, context: ServiceContext,
    next: (Request, ServiceContext) async throws -> Response
  ) async throws -> Response {
    let maximumBytes = Self.takesFile(request.uri.path) ? maximumUploadBytes : maximumBytes
    let tooLarge = Problem(
      .contentTooLarge, "body_too_large", "The body has more than \(maximumBytes) bytes.",
      remedy: "Send less.")
    guard request.headers[.contentEncoding] == nil else {
      // Few bytes could become many.
      throw Problem(
        .unsupportedMediaType, "compressed_body", "Compressed bodies are not taken.",
        remedy: "Send the body as it is.")
    }
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBytes {
      throw tooLarge
    }
    if AccessPolicy.isSafe(request.method) { return try await next(request, context) }
    var request = request
    request.body = RequestBody(
      asyncSequence: LimitedBody(base: request.body, maximumBytes: maximumBytes, error: tooLarge))
    return try await next(request, context)
  }
}

/// A body that fails after so many bytes.
private struct LimitedBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let base: RequestBody
  let maximumBytes: Int
  let error: Problem

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: RequestBody.AsyncIterator
    var remaining: Int
    let error: Problem

    mutating func next() async throws -> ByteBuffer? {
      guard let buffer = try await base.next() else { return nil }
      remaining -= buffer.readableBytes
      if remaining < 0 { throw error }
      return buffer
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: base.makeAsyncIterator(), remaining: maximumBytes, error: error)
  }
}
