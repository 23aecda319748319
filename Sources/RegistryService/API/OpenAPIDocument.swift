private import HTTPTypes
private import RegistryKit

/// The description of the API after OpenAPI 3.1, made from the same list as its routes and from the
/// types that its handlers answer with.
enum OpenAPIDocument {
  /// The document.
  static let text = document.line

  private static var document: JSONValue {
    var paths: [(path: String, operations: [JSONValue.Member])] = []
    for operation in Operation.all {
      let member = JSONValue.Member(
        key: operation.method.rawValue.lowercased(), value: description(of: operation))
      if let index = paths.firstIndex(where: { $0.path == operation.path }) {
        paths[index].operations.append(member)
      } else {
        paths.append((operation.path, [member]))
      }
    }
    return .object([
      .init(key: "openapi", value: .text("3.1.0")),
      .init(
        key: "info",
        value: .object([
          .init(key: "title", value: .text("Registry")),
          .init(key: "version", value: .text(ProgramVersion.text)),
        ])),
      .init(
        key: "servers",
        value: .array([.object([.init(key: "url", value: .text("/api/v1"))])])),
      .init(
        key: "paths",
        value: .object(paths.map { .init(key: "/\($0.path)", value: .object($0.operations)) })),
      .init(
        key: "components",
        value: .object([.init(key: "schemas", value: .object(namedSchemas))])),
    ])
  }

  private static var namedSchemas: [JSONValue.Member] {
    var named = ["Problem": problem]
    for operation in Operation.all {
      if case .json(let schema) = operation.answer {
        named.merge(schema.named) { first, _ in first }
      }
      // A type is either sent or answered: forms of both have names of their own.
      if let body = operation.body { named.merge(body.named) { first, _ in first } }
    }
    return named.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value) }
  }

  private static func description(of operation: Operation) -> JSONValue {
    let words = operation.path.split { !$0.isLetter }.joined(separator: "_")
    let opening: [JSONValue.Member] = [
      .init(key: "operationId", value: .text("\(operation.method.rawValue.lowercased())_\(words)")),
      .init(key: "summary", value: .text(operation.summary)),
      .init(
        key: "parameters",
        value: .array(
          operation.parameters.map(description)
            + (operation.method == .post ? [idempotencyKey] : []))),
    ]
    let accepted =
      operation.takesBytes
      ? JSONValue.object([.init(key: "application/octet-stream", value: .object([]))])
      : operation.body.map { content(of: .json($0)) }
    let body = accepted.map { content in
      JSONValue.Member(
        key: "requestBody",
        value: .object([
          .init(key: "required", value: .bool(true)),
          .init(key: "content", value: content),
        ]))
    }
    return .object(
      opening + [body].compactMap { $0 } + [
        .init(
          key: "responses",
          value: .object([
            .init(
              key: "200",
              value: .object([
                .init(key: "description", value: .text("What was asked for.")),
                .init(key: "content", value: content(of: operation.answer)),
              ])),
            .init(
              key: "default",
              value: .object([
                .init(key: "description", value: .text("What was wrong, where, and what to do.")),
                .init(
                  key: "content",
                  value: .object([
                    .init(
                      key: "application/problem+json",
                      value: .object([
                        .init(
                          key: "schema",
                          value: .object([
                            .init(key: "$ref", value: .text(SchemaRecorder.prefix + "Problem"))
                          ]))
                      ]))
                  ])),
              ])),
          ]))
      ])
  }

  private static func description(_ parameter: Parameter) -> JSONValue {
    .object([
      .init(key: "name", value: .text(parameter.name)),
      .init(key: "in", value: .text(parameter.place.rawValue)),
      .init(key: "required", value: .bool(parameter.place == .path)),
      .init(key: "description", value: .text(parameter.summary)),
      .init(key: "schema", value: schema(of: parameter.kind)),
    ])
  }

  private static func schema(of kind: Parameter.Kind) -> JSONValue {
    func simple(_ type: String, _ others: [JSONValue.Member] = []) -> JSONValue {
      .object([.init(key: "type", value: .text(type))] + others)
    }
    switch kind {
    case .text: return simple("string")
    case .number: return simple("number")
    case .flag: return simple("boolean")
    case .integer(let range):
      return simple(
        "integer",
        [
          .init(key: "minimum", value: .number("\(range.lowerBound)")),
          .init(key: "maximum", value: .number("\(range.upperBound)")),
        ])
    case .choice(let words):
      return simple("string", [.init(key: "enum", value: .array(words.map { .text($0) }))])
    }
  }

  private static func content(of answer: Operation.Answer) -> JSONValue {
    switch answer {
    case .json(let schema):
      .object([
        .init(
          key: "application/json",
          value: .object([.init(key: "schema", value: schema.document)]))
      ])
    case .bytes(let types): .object(types.map { .init(key: $0, value: .object([])) })
    case .events: .object([.init(key: "text/event-stream", value: .object([]))])
    }
  }

  /// What every change takes.
  private static let idempotencyKey = JSONValue.object([
    .init(key: "name", value: .text("Idempotency-Key")),
    .init(key: "in", value: .text("header")),
    .init(key: "required", value: .bool(false)),
    .init(
      key: "description",
      value: .text("The same request with the same key is answered as the first time.")),
    .init(key: "schema", value: .object([.init(key: "type", value: .text("string"))])),
  ])

  /// What every failure answers with.
  private static let problem = SchemaRecorder.object([
    ("type", .object([.init(key: "type", value: .text("string"))])),
    ("title", .object([.init(key: "type", value: .text("string"))])),
    ("status", .object([.init(key: "type", value: .text("integer"))])),
    ("detail", .object([.init(key: "type", value: .text("string"))])),
    ("code", .object([.init(key: "type", value: .text("string"))])),
    ("place", .object([.init(key: "type", value: .array([.text("string"), .text("null")]))])),
    ("remedy", .object([.init(key: "type", value: .array([.text("string"), .text("null")]))])),
    ("request_id", .object([.init(key: "type", value: .text("string"))])),
  ])
}
