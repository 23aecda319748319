internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

/// A method and a path of the API, what answers them, and what the API's description says about them.
struct Operation: Sendable {
  let method: HTTPRequest.Method
  /// Below `/api/v1`, for example `models/{model}`.
  let path: String
  /// What it does, in one sentence.
  let summary: String
  /// What one must at least be allowed to do.
  let role: AccessRole
  let parameters: [Parameter]
  /// The form of the JSON that it takes; `nil` if it takes none.
  var body: JSONSchema?
  /// Whether its body is bytes of any kind, of which there may be many.
  var takesBytes = false
  let answer: Answer
  let respond: @Sendable (Call) async throws -> Response

  /// What an operation answers when it succeeds.
  enum Answer: Sendable {
    /// JSON of this form.
    case json(JSONSchema)
    /// Bytes of any of these media types, of which parts may be asked for.
    case bytes([String])
    /// Server-sent events.
    case events
  }

  /// Asks the registry and answers with the JSON that the command line prints.
  static func get<Value: Codable & Sendable>(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [],
    _ body: @escaping @Sendable (Call, Registry) throws -> Value
  ) -> Operation {
    document(path, summary, parameters, .of(Value.self)) { call, registry in
      try JSONValue(encoding: body(call, registry))
    }
  }

  /// The same for a list that stands under a key.
  static func list<Element: Codable & Sendable>(
    _ path: String, key: String, _ summary: String, _ parameters: [Parameter] = [],
    _ body: @escaping @Sendable (Call, Registry) throws -> [Element]
  ) -> Operation {
    document(path, summary, parameters, .object([(key, .of([Element].self))])) { call, registry in
      try JSONValue(encoding: [key: body(call, registry)])
    }
  }

  /// The same for JSON that is put together from parts.
  static func document(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [], _ schema: JSONSchema,
    _ body: @escaping @Sendable (Call, Registry) throws -> JSONValue
  ) -> Operation {
    Operation(
      method: .get, path: path, summary: summary, role: .read, parameters: parameters,
      answer: .json(schema)
    ) { call in
      let text = try await call.served.read { registry in try body(call, registry).line }
      return JSONAnswer(text).response(to: call.request)
    }
  }

  /// Lets the registry do longer work, which ends when the client goes away.
  static func work<Value: Codable & Sendable>(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [],
    _ body: @escaping @Sendable (Call, Registry, Cancellation) throws -> Value
  ) -> Operation {
    Operation(
      method: .get, path: path, summary: summary, role: .read, parameters: parameters,
      answer: .json(.of(Value.self))
    ) { call in
      let text = try await call.request.body.consumeWithCancellationOnInboundClose { _ in
        try await call.served.work { registry, cancellation in
          try JSONValue(encoding: body(call, registry, cancellation)).line
        }
      }
      return JSONAnswer(text).response(to: call.request)
    }
  }

  /// Answers with bytes that never change.
  static func bytes(
    _ path: String, _ summary: String, _ parameters: [Parameter] = [], types: [String],
    _ body: @escaping @Sendable (Call, Registry) throws -> StoredContent
  ) -> Operation {
    Operation(
      method: .get, path: path, summary: summary, role: .read, parameters: parameters,
      answer: .bytes(types)
    ) { call in
      let content = try await call.served.read { registry in try body(call, registry) }
      return try ContentAnswer(content, of: call.served).response(to: call.request)
    }
  }
}

/// Operations one after the other; each is looked at by the compiler on its own.
@resultBuilder
enum OperationList {
  static func buildBlock(_ operations: Operation...) -> [Operation] { operations }
}
