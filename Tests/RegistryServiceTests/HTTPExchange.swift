import Foundation
import Glibc
import Testing

/// A connection on which a test says exactly what it wants, byte by byte.
final class RawConnection {
  private let descriptor: Int32

  /// Connects to a port of this machine.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let outcome = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard outcome == 0 else { throw ConnectionRefused() }
  }

  deinit { close(descriptor) }

  /// Sends bytes.
  ///
  /// - Returns: Whether the other end took them all.
  @discardableResult
  func send(_ data: Data) -> Bool {
    var offset = 0
    return data.withUnsafeBytes { bytes in
      while offset < bytes.count {
        let count = Glibc.send(
          descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset,
          Int32(MSG_NOSIGNAL))
        if count <= 0 { return false }
        offset += count
      }
      return true
    }
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Data(text.utf8)) }

  /// What comes until the other end closes.
  func receiveAll() -> Data {
    var all = Data()
    while let part = receive() { all += part }
    return all
  }

  /// The next bytes; `nil` when the other end has closed.
  func receive() -> Data? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Data(buffer[..<count]) : nil
  }
}

/// Nobody listens on a port.
struct ConnectionRefused: Error {}

/// An answer of the service.
struct HTTPAnswer {
  let status: Int
  /// The headers by their names in small letters; several of one name are joined by line feeds.
  let headers: [String: String]
  let body: Data

  /// Reads an answer of a connection that was closed after it.
  init(_ data: Data) throws {
    let end = try #require(
      data.range(of: Data("\r\n\r\n".utf8)), "no answer: \(String(decoding: data, as: UTF8.self))")
    let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(
      separatedBy: "\r\n")
    status = try #require(Int(lines[0].split(separator: " ")[1]))
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let colon = try #require(line.firstIndex(of: ":"))
      let (name, value) = (line[..<colon].lowercased(), line[line.index(after: colon)...])
      let text = value.trimmingCharacters(in: .whitespaces)
      headers[name] = headers[name].map { $0 + "\n" + text } ?? text
    }
    self.headers = headers
    let rest = Data(data[end.upperBound...])
    body = headers["transfer-encoding"] == "chunked" ? Self.joined(rest) : rest
  }

  private static func joined(_ data: Data) -> Data {
    var (rest, body) = (data, Data())
    while let line = rest.range(of: Data("\r\n".utf8)),
      let count = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16),
      count > 0
    {
      let begin = line.upperBound
      body += rest[begin..<min(begin + count, rest.endIndex)]
      rest = Data(rest.dropFirst(begin - rest.startIndex + count + 2))
    }
    return body
  }

  /// The body as a JSON object.
  func json() throws -> [String: Any] {
    try #require(
      JSONSerialization.jsonObject(with: body) as? [String: Any],
      "\(String(decoding: body, as: UTF8.self))")
  }

  /// The `code` of a problem.
  func problem() throws -> String {
    #expect(headers["content-type"] == "application/problem+json")
    return try #require(json()["code"] as? String)
  }
}

extension RunningService {
  /// Asks for something on a connection of its own.
  func request(
    _ method: String, _ target: String, _ headers: [String: String] = [:], body: Data? = nil
  ) throws -> HTTPAnswer {
    let connection = try RawConnection(port: port)
    var headers = ["Host": "127.0.0.1:\(port)", "Connection": "close"].merging(headers) { $1 }
    if let body { headers["Content-Length"] = "\(body.count)" }
    let head = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
    connection.send("\(method) \(target) HTTP/1.1\r\n\(head)\r\n")
    if let body { connection.send(body) }
    return try HTTPAnswer(connection.receiveAll())
  }

  /// Gets something.
  func get(_ target: String, _ headers: [String: String] = [:]) throws -> HTTPAnswer {
    try request("GET", target, headers)
  }
}
