internal import Diagnostics
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit
private import Tensors

extension Operation {
  /// Changes something, as a JSON body says, and answers with the JSON that the command line prints.
  ///
  /// With the header `Idempotency-Key` the same request, sent again, is answered as the first time and
  /// changes nothing.
  static func post<Body: Codable & Sendable, Value: Codable & Sendable>(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [], role: AccessRole = .write,
    body type: Body.Type,
    _ change: @escaping @Sendable (Call, Registry, Body) throws -> Value
  ) -> Operation {
    let schema = JSONSchema.input(type)
    let members = schema.memberNames
    return Operation(
      method: .post, path: path, summary: summary, role: role, parameters: parameters,
      body: schema, answer: .json(.of(Value.self))
    ) { call in
      let body = try await call.body(type, members: members)
      let text = try await call.served.change { registry in
        try registry.answering(call.idempotentRequest(body)) {
          try JSONValue(encoding: change(call, registry, body)).line
        }
      }
      return Self.changed(text)
    }
  }

  /// Takes something away.
  static func delete<Value: Codable & Sendable>(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [], role: AccessRole = .write,
    _ change: @escaping @Sendable (Call, Registry) throws -> Value
  ) -> Operation {
    Operation(
      method: .delete, path: path, summary: summary, role: role, parameters: parameters,
      answer: .json(.of(Value.self))
    ) { call in
      let text = try await call.served.change { registry in
        try JSONValue(encoding: change(call, registry)).line
      }
      return Self.changed(text)
    }
  }

  /// The answer to a change, which nobody keeps.
  static func changed(_ text: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}

extension Call {
  /// The request for who may send it again; `nil` when its sender gave no key.
  ///
  /// - Throws: `malformed_request` for a key that cannot be.
  fileprivate func idempotentRequest(_ body: some Encodable) throws -> IdempotentRequest? {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count),
      key.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
    else {
      throw RegistryError.malformed(
        "The key cannot be used.", "Idempotency-Key",
        remedy: "Give 1 to 255 visible ASCII characters, for example a UUID.")
    }
    let text = try JSONValue(encoding: body).line
    let target = "\(request.method) \(request.uri.path)?\(request.uri.query ?? "")\n\(text)"
    return IdempotentRequest(
      principal: context.principal?.name ?? "", key: key, digest: Digest(of: Array(target.utf8)))
  }
}
