internal import Diagnostics
private import Glibc
private import NIOCore
private import NIOHTTP1
private import NIOPosix
private import NIOSSL
package import RegistryKit

/// Talks to a service: one request on a connection of its own at a time.
package struct ServiceClient: Sendable {
  private let address: ServiceAddress
  private let token: String?

  /// The most bytes of an answer that is read as a whole.
  private static let maximumAnswerBytes = 64 << 20
  /// How long a connection may take to be made.
  private static let connectTimeout = TimeAmount.seconds(10)

  private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  /// A client of the service at an address, known by a token if one is needed.
  package init(_ address: ServiceAddress, token: String?) {
    self.address = address
    self.token = token
  }

  /// Gets a JSON document.
  ///
  /// - Throws: What the service reports, `service_unreachable`.
  package func get(_ path: String) async throws -> JSONValue {
    try await json(.GET, path, [:], nil)
  }

  /// Posts a JSON document; sent again by itself when no answer came, it is done once.
  ///
  /// - Throws: What the service reports, `service_unreachable`.
  package func post(_ path: String, _ body: JSONValue) async throws -> JSONValue {
    var generator = SystemRandomNumberGenerator()
    let key = (0..<2).map { _ in
      String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
    }.joined()
    let headers = ["Content-Type": "application/json", "Idempotency-Key": key]
    do {
      return try await json(.POST, path, headers, body.line)
    } catch let error as RegistryError where error.code == .serviceUnreachable {
      return try await json(.POST, path, headers, body.line)
    }
  }

  /// Hears server-sent events until the stream ends; one that is cut off goes on where it was.
  ///
  /// - Throws: What the service reports, `service_unreachable` when it does not come back for a minute.
  package func events(
    _ path: String, _ body: (_ name: String, _ data: JSONValue) throws -> Bool
  ) async throws {
    var reader = EventReader()
    var failures = 0
    while true {
      do {
        let last = reader.lastID.map { ["Last-Event-ID": $0] } ?? [:]
        try await exchange(.GET, path, last.merging(["Accept": "text/event-stream"]) { $1 }, nil) {
          failures = 0
          for event in reader.read($0) {
            guard try body(event.name, JSONValue(parsing: event.data)) else { return false }
          }
          return true
        }
        if reader.isAtEnd { return }
      } catch let error as RegistryError where error.code == .serviceUnreachable {
        failures += 1
        guard failures < 60 else { throw error }
      }
      try await Task.sleep(for: .seconds(1))
    }
  }

  private func json(
    _ method: HTTPMethod, _ path: String, _ headers: [String: String], _ body: String?
  ) async throws -> JSONValue {
    var answer: [UInt8] = []
    try await exchange(method, path, headers, body) { bytes in
      answer += bytes
      guard answer.count <= Self.maximumAnswerBytes else {
        throw RegistryError(
          .serviceUnreachable, "The service answers with more than can be.",
          place: .subject(address.hostHeader), remedy: "Make sure that it is a registry's.")
      }
      return true
    }
    return try JSONValue(parsing: String(decoding: answer, as: UTF8.self))
  }

  /// Sends a request and hands out the parts of a successful answer's body, as long as `body` wants
  /// more.
  private func exchange(
    _ method: HTTPMethod, _ path: String, _ headers: [String: String], _ text: String?,
    _ body: ([UInt8]) throws -> Bool
  ) async throws {
    let channel = try await connect()
    var failure: [UInt8]?
    do {
      try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(.head(head(method, path, headers, text)))
        if let text { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: text)))) }
        try await outbound.write(.end(nil))
        for try await part in inbound {
          switch part {
          case .head(let head): if head.status.code >= 300 { failure = [] }
          case .body(let buffer):
            let bytes = Array(buffer.readableBytesView)
            if failure != nil {
              failure = Array(((failure ?? []) + bytes).prefix(1 << 16))
            } else if try !body(bytes) {
              return
            }
          case .end: return
          }
        }
      }
    } catch let error as RegistryError {
      throw error
    } catch {
      throw unreachable(error)
    }
    if let failure { throw problem(String(decoding: failure, as: UTF8.self)) }
  }

  private func head(
    _ method: HTTPMethod, _ path: String, _ headers: [String: String], _ body: String?
  ) -> HTTPRequestHead {
    var fields = HTTPHeaders([("Host", address.hostHeader), ("Connection", "close")])
    for (name, value) in headers { fields.add(name: name, value: value) }
    if let token { fields.add(name: "Authorization", value: "Bearer \(token)") }
    if let body { fields.add(name: "Content-Length", value: "\(body.utf8.count)") }
    return HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
  }

  private func connect() async throws -> Channel {
    do {
      let context =
        address.isEncrypted
        ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
      let host = address.host
      return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connectTimeout(Self.connectTimeout)
        .connect(host: host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            if let context {
              // A name that is an address is not sent (RFC 6066), and is compared all the same.
              let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
              try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
            }
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try Channel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw unreachable(error)
    }
  }

  private func unreachable(_ error: any Error) -> RegistryError {
    // Of the addresses that a name has, the first tells enough.
    let first = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
    let reason = (first as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(first)"
    return RegistryError(
      .serviceUnreachable, "The service at \(address.hostHeader) does not answer: \(reason).",
      place: .subject(address.hostHeader),
      remedy: "Look whether `registry serve` runs there, and at the address.", cause: error)
  }

  /// What the service says is wrong (RFC 9457).
  private func problem(_ body: String) -> RegistryError {
    let document = (try? JSONValue(parsing: body)) ?? .null
    func member(_ key: String) -> String? {
      if case .text(let value)? = document[key] { value } else { nil }
    }
    var status = 500
    if case .number(let digits)? = document["status"] { status = Int(digits) ?? 500 }
    let own: [Int: RegistryError.Category] = [
      401: .usage, 403: .usage, 413: .badInput, 415: .usage,
    ]
    let category =
      own[status] ?? RegistryError.Category.allCases.first { $0.httpStatus == status }
      ?? .unavailable
    return RegistryError(
      RegistryError.Code(member("code") ?? "service_failed", category),
      member("detail") ?? "The service failed.", place: member("place").map { .subject($0) },
      remedy: member("remedy"))
  }
}

extension RegistryError.Code {
  /// A service does not answer, or not as a registry's does.
  static let serviceUnreachable = Self("service_unreachable", .unavailable)
}

/// Puts server-sent events together from the parts in which they come.
struct EventReader {
  private var rest: [UInt8] = []
  /// The id of the last event.
  private(set) var lastID: String?
  /// Whether the last event was one that ends a stream.
  private(set) var isAtEnd = false

  /// The events that are complete with these bytes.
  mutating func read(_ bytes: [UInt8]) -> [(name: String, data: String)] {
    rest += bytes
    var events: [(name: String, data: String)] = []
    while let end = rest.indices.dropLast().first(where: { rest[$0] == 10 && rest[$0 + 1] == 10 }) {
      let lines = rest[..<end].split(separator: 10)
      rest.removeFirst(end + 2)
      var fields: [String: String] = [:]
      for line in lines {
        let text = String(decoding: line, as: UTF8.self)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { continue }
        fields[String(parts[0])] = String(parts[1].drop { $0 == " " })
      }
      if let id = fields["id"] { lastID = id }
      guard let data = fields["data"] else { continue }
      let name = fields["event"] ?? "message"
      isAtEnd = JobEventAnswer.endings.contains(name)
      events.append((name, data))
    }
    return events
  }
}
