import Foundation
import TestSupport
import Testing

struct HostileRequestTests {
  @Test func `no path leads out of what is served`() async throws {
    try await PreparedService.with { service in
      let digest = try DrawnPicture.first().digest
      let targets = [
        "/../../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../../etc/passwd", "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/./etc/passwd",
        "/api/v1/images/..%2f..%2fregistry.sqlite", "/api/v1/images/../../registry.sqlite",
        "/api/v1/images/%2fetc%2fpasswd/trace", "/api/v1/images/%2fetc%2fpasswd",
        "/api/v1/images/\(digest.prefix(2))%2f\(digest.dropFirst(2))",
        "/api/v1/tensors/..%2f\(digest)", "/api/v1/models/..%2f..%2fetc",
        "/api/v1/datasets/..%2f..", "/api/v1/runs/..%2f..%2fregistry.sqlite",
      ]
      for target in targets {
        let answer = try service.get(target)
        #expect((400..<500).contains(answer.status), "\(target): \(answer.status)")
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(!text.contains("root:") && !text.contains("SQLite format"), "\(target)")
      }
    }
  }

  @Test func `nothing that is sent becomes a header`() async throws {
    try await RunningService.with { service in
      let targets = [
        "/api/v1/models/a%0d%0aX-Injected:%20yes", "/a%0d%0aX-Injected:%20yes",
        "/api/v1/models?where=%0d%0aX-Injected:%20yes", "/sign-in?next=/%0d%0aX-Injected:%20yes",
      ]
      for target in targets {
        let answer = try service.get(target, ["Accept": "text/html"])
        #expect(answer.headers["x-injected"] == nil, "\(target)")
      }
      // A head that is cut in two by a lone line feed or a null is no head.
      for value in ["a\rX-Injected: yes", "a\u{0}b"] {
        let connection = try RawConnection(port: service.port)
        connection.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: \(value)\r\n\r\n")
        #expect(try HTTPAnswer(connection.receiveAll()).status == 400)
      }
    }
  }

  @Test func `two requests are never made of one`() async throws {
    try await RunningService.with { service in
      let heads = [
        "Content-Length: 4\r\nTransfer-Encoding: chunked", "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: -1", "Content-Length: 0x4", "Transfer-Encoding: chunked, identity",
      ]
      for head in heads {
        let connection = try RawConnection(port: service.port)
        connection.send(
          "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\(head)\r\n\r\n"
            + "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        let text = String(decoding: connection.receiveAll(), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 400"), "\(head): \(text)")
        #expect(!text.contains("200 OK"), "\(head): \(text)")
      }
    }
  }

  @Test func `bodies that are too long are refused, whatever they claim`() async throws {
    try await RunningService.with { service in
      let claimed = try service.request("POST", "/sign-in", ["Content-Length": "1000000000000"])
      #expect(claimed.status == 413)
      #expect(try claimed.problem() == "body_too_large")

      let connection = try RawConnection(port: service.port)
      connection.send(
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n")
      let chunk = Data("10000\r\n".utf8) + Data(repeating: 97, count: 65_536) + Data("\r\n".utf8)
      for _ in 0..<64 where !connection.send(chunk) { break }
      connection.send("0\r\n\r\n")
      let answer = try HTTPAnswer(connection.receiveAll())
      #expect(answer.status == 413)

      let compressed = try service.request(
        "POST", "/sign-in", ["Content-Encoding": "gzip"], body: Data(repeating: 0, count: 100))
      #expect(compressed.status == 415)
      #expect(try compressed.problem() == "compressed_body")
    }
  }

  @Test func `heads that are too long are refused`() async throws {
    try await RunningService.with { service in
      for head in [
        "X-A: \(String(repeating: "a", count: 100_000))",
        (0..<1_000).map { "X-\($0): a" }.joined(separator: "\r\n"),
      ] {
        let connection = try RawConnection(port: service.port)
        connection.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\(head)\r\n\r\n")
        let text = String(decoding: connection.receiveAll(), as: UTF8.self)
        #expect(!text.contains(" 200 "), "\(text)")
      }
      #expect(try service.get("/healthz").status == 200)
    }
  }

  @Test func `slow clients lose their connections, and nobody else does`() async throws {
    try await RunningService.with("--timeout", "1") { service in
      // Nothing at all, half a head, a body that never comes, and a second request that does not.
      let texts = [
        "", "GET /healthz HTTP/1.1\r\nHost: 127.0",
        "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"
          + "Content-Length: 1000\r\n\r\ntoken=",
      ]
      let slow = try texts.map { text in
        let connection = try RawConnection(port: service.port)
        connection.send(text)
        return connection
      }
      #expect(try service.get("/healthz").status == 200)
      // The connections end by themselves: these calls come back.
      for connection in slow { _ = connection.receiveAll() }

      // A drop now and then does not keep a connection.
      let dropping = try RawConnection(port: service.port)
      dropping.send("POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
      while dropping.send("a") { usleep(100_000) }
      #expect(try service.get("/healthz").status == 200)
    }
  }

  @Test func `whoever asks too often is told to wait`() async throws {
    try await RunningService.with("--rate-limit", "1") { service in
      let answers = try (0..<7).map { _ in try service.get("/api/v1/models") }
      #expect(answers.first?.status == 200)
      let refused = try #require(answers.last)
      #expect(refused.status == 429)
      #expect(try refused.problem() == "too_many_requests")
      #expect(refused.headers["retry-after"] == "1")
    }
  }

  @Test func `every answer makes browsers careful`() async throws {
    try await RunningService.with { service in
      for target in ["/healthz", "/sign-in", "/api/v1/models", "/api/v1/nothing"] {
        let headers = try service.get(target).headers
        let policy = try #require(headers["content-security-policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe-inline"))
        #expect(headers["x-content-type-options"] == "nosniff")
        #expect(headers["referrer-policy"] == "same-origin")
      }
    }
  }

  @Test func `the service ends when it is asked to, and lets go of its port`() async throws {
    try await RunningService.with { service in
      let alive = try service.get("/healthz")
      #expect(alive.status == 200)
      #expect(service.stop() == 0)
      #expect(throws: (any Error).self) { try service.get("/healthz") }
    }
  }
}
