internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

/// Bytes that never change, all of them or a part.
struct ContentAnswer: Sendable {
  private let content: StoredContent
  private let served: ServedRegistry

  /// How many bytes are read and sent at a time.
  private static let pieceLength = 1 << 18

  init(_ content: StoredContent, of served: ServedRegistry) {
    self.content = content
    self.served = served
  }

  /// The bytes, the part that was asked for, or that the client has them.
  ///
  /// - Throws: A problem with status 416 when no byte is in the range.
  func response(to request: Request) throws -> Response {
    let tag = "\"\(content.tag)\""
    // Named by what they are, they may be kept for ever; but only by whoever was allowed to ask.
    var headers: HTTPFields = [
      .eTag: tag, .cacheControl: "private, max-age=31536000, immutable", .acceptRanges: "bytes",
    ]
    if request.accepts(storedTag: tag) { return Response(status: .notModified, headers: headers) }
    headers[.contentType] = content.mediaType
    let isCurrent = request.headers[.ifRange].map { $0 == tag } ?? true
    let asked = ByteRange(
      header: isCurrent ? request.headers[.range] : nil, byteCount: content.byteCount)
    switch asked {
    case .whole:
      return Response(status: .ok, headers: headers, body: body(0..<content.byteCount))
    case .part(let range):
      headers[.contentRange] =
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.byteCount)"
      return Response(status: .partialContent, headers: headers, body: body(range))
    case .unsatisfiable:
      throw Problem(
        .rangeNotSatisfiable, "range_not_satisfiable",
        "No byte is in the range that was asked for.",
        remedy: "There are \(content.byteCount) bytes.",
        headers: [.contentRange: "bytes */\(content.byteCount)"])
    }
  }

  private func body(_ range: Range<Int>) -> ResponseBody {
    let (content, served) = (content, served)
    return ResponseBody(contentLength: range.count) { writer in
      var begin = range.lowerBound
      while begin < range.upperBound {
        let piece = begin..<min(begin + Self.pieceLength, range.upperBound)
        // Pages that are not in memory are read on a thread that may wait for the disk.
        let buffer = try await served.read { _ in
          var buffer = ByteBufferAllocator().buffer(capacity: piece.count)
          content.read(piece) { buffer.writeBytes($0) }
          return buffer
        }
        try await writer.write(buffer)
        begin = piece.upperBound
      }
      try await writer.finish(nil)
    }
  }
}
