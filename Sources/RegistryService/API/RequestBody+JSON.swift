internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

extension Call {
  /// The most bytes of a JSON body.
  private static let maximumBodyBytes = 1 << 20

  /// The JSON object in the request's body, which may have these members; an empty body is an object
  /// without any.
  ///
  /// - Throws: `malformed_json`; `malformed_request` for a member that is unknown, missing or of
  ///   another type.
  func body<Body: Decodable>(_ type: Body.Type, members known: [String]) async throws -> Body {
    let buffer = try await request.body.collect(upTo: Self.maximumBodyBytes)
    let bytes = buffer.readableBytes == 0 ? Array("{}".utf8) : Array(buffer.readableBytesView)
    if let type = request.headers[.contentType],
      !type.lowercased().hasPrefix("application/json"), buffer.readableBytes > 0
    {
      throw Problem(
        .unsupportedMediaType, "not_json", "The body must be JSON, not \(type.prefix(100)).",
        remedy: "Send it as application/json.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RegistryError(
        .malformedRequest, "The body is no UTF-8.", place: .subject("body"),
        remedy: "Send UTF-8, as RFC 8259 says.")
    }
    let value = try JSONValue(parsing: text)
    guard case .object(let members) = value else {
      throw RegistryError(
        .malformedRequest, "The body is no JSON object.", place: .subject("body"),
        remedy: "Send an object, with members as openapi.json describes them.")
    }
    if let unknown = members.first(where: { !known.contains($0.key) }) {
      throw RegistryError.malformed(
        "There is no member of this name here.", String(unknown.key.prefix(100)),
        remedy: known.isEmpty ? "Leave it out." : "Known are: \(known.joined(separator: ", ")).")
    }
    do {
      return try JobJSON.value(Body.self, from: bytes)
    } catch let error as DecodingError {
      throw Self.malformed(of: error)
    }
  }

  private static func malformed(of error: DecodingError) -> RegistryError {
    func name(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map(String.init) ?? JSONValue.snakeCase($0.stringValue) }
        .joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return RegistryError.malformed(
        "The member is missing.", name(context.codingPath + [key]), remedy: "Give it.")
    case .valueNotFound(_, let context):
      return RegistryError.malformed(
        "The member is null.", name(context.codingPath), remedy: "Give a value.")
    case .typeMismatch(_, let context):
      return RegistryError.malformed(
        "The member is of another type than it must be.", name(context.codingPath),
        remedy: "Look it up in openapi.json.")
    case .dataCorrupted(let context):
      return RegistryError.malformed(
        "The member cannot be used: \(context.debugDescription).", name(context.codingPath),
        remedy: "Look it up in openapi.json.")
    @unknown default:
      return RegistryError.malformed(
        "The body cannot be read.", "body", remedy: "Look it up in openapi.json.")
    }
  }
}
