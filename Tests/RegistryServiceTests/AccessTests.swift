import Foundation
import Testing

struct AccessTests {
  private func withTokens(
    _ body: (_ service: RunningService, _ tokens: [String: String]) throws -> Void
  ) async throws {
    var tokens: [String: String] = [:]
    try await RunningService.with("--require-token") { folder in
      for role in ["read", "write", "admin"] {
        let made = try RunningService.command(
          ["token", "create", "a-\(role)", "--role", role], in: folder)
        tokens[role] = made["token"] as? String
      }
    } body: { service in
      try body(service, tokens)
    }
  }

  @Test func `without a token nothing is told but that the service lives`() async throws {
    try await withTokens { service, tokens in
      for target in ["/api/v1/models", "/api/v1/openapi.json", "/api/v1/nothing", "/", "/nothing"] {
        let answer = try service.get(target)
        #expect(answer.status == 401, "\(target)")
        #expect(try answer.problem() == "token_needed")
        #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      }
      #expect(try service.get("/healthz").status == 200)
      #expect(try service.get("/readyz").status == 200)
      #expect(try service.get("/sign-in").status == 200)
      // A browser is led to where one signs in.
      let page = try service.get("/models", ["Accept": "text/html"])
      #expect(page.status == 303)
      #expect(page.headers["location"] == "/sign-in?next=/models")
      for token in tokens.values {
        let answer = try service.get("/api/v1/models", ["Authorization": "Bearer \(token)"])
        #expect(answer.status == 200)
      }
    }
  }

  @Test func `a token that reads changes nothing`() async throws {
    try await withTokens { service, tokens in
      func post(_ role: String) throws -> HTTPAnswer {
        try service.request(
          "POST", "/api/v1/nothing", ["Authorization": "Bearer \(tokens[role] ?? "")"], body: Data()
        )
      }
      let refused = try post("read")
      #expect(refused.status == 403)
      #expect(try refused.problem() == "role_too_low")
      // Who may change something learns that there is nothing here.
      for role in ["write", "admin"] {
        let answer = try post(role)
        #expect(try answer.problem() == "unknown_route")
      }
    }
  }

  @Test func `forged tokens are worth nothing, and whoever tries many must wait`() async throws {
    try await withTokens { service, tokens in
      let token = try #require(tokens["admin"])
      let lastDigit = token.hasSuffix("0") ? "1" : "0"
      let forged = [
        "", "registry_", "admin", String(token.dropLast()), token + "0",
        String(token.dropLast()) + lastDigit, token.uppercased(),
        "registry_\(String(repeating: "0", count: 16))_\(String(repeating: "0", count: 64))",
        String(repeating: "registry_", count: 1_000),
      ]
      for text in forged {
        let answer = try service.get("/api/v1/models", ["Authorization": "Bearer \(text)"])
        #expect(answer.status == 401, "\(text)")
        #expect(try answer.problem() == "invalid_token")
      }
      let basic = try service.get("/api/v1/models", ["Authorization": "Basic \(token)"])
      #expect(basic.status == 401)
      // Ten were wrong: now the right one has to wait, too.
      let late = try service.get("/api/v1/models", ["Authorization": "Bearer \(token)"])
      #expect(late.status == 429)
      #expect(try late.problem() == "too_many_requests")
      #expect(try #require(Int(late.headers["retry-after"] ?? "")) >= 1)
      // Neither the log nor the catalogue knows the secret.
      let secret = try #require(token.split(separator: "_").last)
      #expect(try service.log().contains("/api/v1/models"))
      #expect(try !service.log().contains(secret))
      let catalogue = try Data(
        contentsOf: service.folder.appending(path: ".registry/registry.sqlite"))
      #expect(catalogue.range(of: Data(secret.utf8)) == nil)
    }
  }

  @Test func `a revoked token is worth nothing at once, and so are its sessions`() async throws {
    try await withTokens { service, tokens in
      let token = try #require(tokens["read"])
      let cookie = try signIn(service, token)
      let headers = ["Cookie": cookie]
      #expect(try service.get("/api/v1/models", headers).status == 200)
      try RunningService.command(["token", "revoke", "a-read"], in: service.folder)
      #expect(try service.get("/api/v1/models", headers).status == 401)
      let direct = try service.get("/api/v1/models", ["Authorization": "Bearer \(token)"])
      #expect(direct.status == 401)
      let list = try RunningService.command(["token", "list"], in: service.folder)
      let entries = try #require(list["tokens"] as? [[String: Any]])
      #expect(entries.map { $0["name"] as? String } == ["a-read", "a-write", "a-admin"])
      #expect(entries.map { $0["revoked_at"] is String } == [true, false, false])
    }
  }

  @Test func `browsers sign in with a token and get a cookie for this site alone`() async throws {
    try await withTokens { service, tokens in
      let token = try #require(tokens["write"])
      let wrong = try submit(service, "token=registry_0_0&next=%2Fmodels")
      #expect(wrong.status == 401)
      #expect(String(decoding: wrong.body, as: UTF8.self).contains("role=\"alert\""))
      let answer = try submit(service, "token=\(token)&next=%2Fmodels%3Fsort%3Dname")
      #expect(answer.status == 303)
      #expect(answer.headers["location"] == "/models?sort=name")
      let cookie = try #require(answer.headers["set-cookie"])
      #expect(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"))
      #expect(!cookie.contains(token))

      // Nobody is sent to another site afterwards, and nothing is written into the headers.
      for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/a%20b", ""] {
        let answer = try submit(service, "token=\(token)&next=\(next)")
        #expect(answer.headers["location"] == "/", "\(next)")
      }
      let injected = try submit(service, "token=\(token)&next=/a%0d%0aSet-Cookie:%20b=c")
      #expect(injected.status == 401)
      #expect(injected.headers["location"] == nil && injected.headers["set-cookie"] == nil)

      let pair = ["Cookie": String(cookie.prefix { $0 != ";" })]
      #expect(try service.get("/api/v1/models", pair).status == 200)
      let left = try service.request(
        "POST", "/sign-out", pair.merging(["Sec-Fetch-Site": "same-origin"]) { $1 }, body: Data())
      #expect(left.status == 303)
      #expect(try service.get("/api/v1/models", pair).status == 401)
    }
  }

  @Test func `pages of other sites change nothing`() async throws {
    try await withTokens { service, tokens in
      let cookie = try signIn(service, try #require(tokens["admin"]))
      let own = "http://127.0.0.1:\(service.port)"
      let foreign = [
        [:], ["Origin": "https://evil.example"], ["Origin": "null"],
        ["Origin": "http://127.0.0.1:1"], ["Sec-Fetch-Site": "cross-site", "Origin": own],
        ["Sec-Fetch-Site": "same-site"],
      ]
      for headers in foreign {
        let answer = try service.request(
          "POST", "/api/v1/nothing", headers.merging(["Cookie": cookie]) { $1 }, body: Data())
        #expect(answer.status == 403, "\(headers)")
        #expect(try answer.problem() == "foreign_page")
      }
      for headers in [["Origin": own], ["Sec-Fetch-Site": "same-origin", "Origin": own]] {
        let answer = try service.request(
          "POST", "/api/v1/nothing", headers.merging(["Cookie": cookie]) { $1 }, body: Data())
        #expect(try answer.problem() == "unknown_route", "\(headers)")
      }
    }
  }

  @Test func `without tokens only this machine's own names and pages are served`() async throws {
    try await RunningService.with { service in
      for host in ["evil.example", "evil.example:\(service.port)", "127.0.0.1.evil.example"] {
        let answer = try service.get("/api/v1/models", ["Host": host])
        #expect(answer.status == 421, "\(host)")
        #expect(try answer.problem() == "unknown_host")
      }
      for host in ["localhost", "LOCALHOST:\(service.port)", "[::1]:1"] {
        #expect(try service.get("/api/v1/models", ["Host": host]).status == 200, "\(host)")
      }
      let foreign = try service.request(
        "POST", "/api/v1/nothing", ["Origin": "https://evil.example"], body: Data())
      #expect(try foreign.problem() == "foreign_page")
      let program = try service.request("POST", "/api/v1/nothing", body: Data())
      #expect(try program.problem() == "unknown_route")
    }
  }

  @Test func `others than this machine need a token that exists`() throws {
    try withFolder { folder in
      try RunningService.command(["init"], in: folder)
      let refused = try RunningService.failingCommand(
        ["serve", "--host", "0.0.0.0", "--port", "0"], in: folder)
      #expect(refused.exitCode == 64)
      #expect(refused.code == "no_token")
    }
  }

  private func submit(_ service: RunningService, _ form: String) throws -> HTTPAnswer {
    try service.request(
      "POST", "/sign-in",
      [
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": "http://127.0.0.1:\(service.port)",
      ], body: Data(form.utf8))
  }

  /// Signs in; gives what a browser sends as `Cookie` from then on.
  private func signIn(_ service: RunningService, _ token: String) throws -> String {
    let cookie = try #require(try submit(service, "token=\(token)").headers["set-cookie"])
    return String(cookie.prefix { $0 != ";" })
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "registry-service-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
