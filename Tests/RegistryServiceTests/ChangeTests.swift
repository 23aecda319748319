import Foundation
import TestSupport
import Testing

struct ChangeTests {
  @Test func `changes over HTTP are those of the command line`() async throws {
    try await PreparedService.with { service in
      let moved = try service.post("models/coyote@2/aliases", ["alias": "staging"])
      #expect(moved["alias"] as? String == "staging" && moved["version"] as? Int == 2)
      let tagged = try service.post(
        "models/coyote/tags", ["tags": ["stage": "live"], "remove": ["team"], "note": "new"])
      #expect(tagged["tags"] as? [String: String] == ["stage": "live"])
      #expect(tagged["note"] as? String == "new")
      let printed = try RunningService.command(["tag", "coyote"], in: service.folder)
      #expect(printed["note"] as? String == "new")
      _ = try service.post("datasets/wolfdog/tags", ["note": "drawn"])
      let gone = try service.request("DELETE", "/api/v1/models/coyote/aliases/staging")
      #expect(try gone.json()["previous_version"] as? Int == 2)

      let child = try service.post(
        "derive",
        [
          "from": "coyote", "head": "wolfdog", "name": "child", "allow_recalled": true,
        ])
      #expect(child["version"] as? Int == 1)
      let deleted = try service.post("delete", ["models": ["child"]])
      #expect(deleted["models"] as? [String] == ["child@1"])
      _ = try service.post("restore", [:])
      #expect(try service.get("/api/v1/models/child").status == 200)
      let recalled = try service.post("models/child/recall", ["reason": "for a test"])
      #expect(recalled.isEmpty == false)
      _ = try service.post("models/child/recall/undo", [:])

      let run = try #require(
        try service.post("runs", ["model": "outside", "parameters": ["lr": "0.1"]])["run"]
          as? String)
      let logged = try service.post(
        "runs/\(run)/metrics",
        [
          "metrics": [
            ["key": "loss", "value": 0.5, "step": 1], ["key": "loss", "value": "NaN", "step": 2],
          ]
        ])
      #expect(logged["points"] as? Int == 2)
      _ = try service.post("runs/\(run)/parameters", ["parameters": ["seed": "1"]])
      #expect(try service.post("runs/\(run)/end", [:])["state"] as? String == "finished")
      let history = try service.get("/api/v1/runs/\(run)/metrics").json()
      let points = (history["metrics"] as? [String: [[String: Any]]])?["loss"]
      #expect(points?.map { $0["value"] as? String } == [nil, "NaN"])
      #expect(try service.post("gc", ["dry_run": true])["dry_run"] as? Bool == true)
      try RunningService.command(["verify"], in: service.folder)
    }
  }

  @Test func `what is wrong with a body is said, and changes nothing`() async throws {
    try await PreparedService.with { service in
      let before = try service.get("/api/v1/models").body
      let cases: [(target: String, body: String, status: Int, code: String)] = [
        ("models/coyote/aliases", "{\"alias\":", 422, "malformed_json"),
        ("models/coyote/aliases", "[]", 400, "malformed_request"),
        ("models/coyote/aliases", "{}", 400, "malformed_request"),
        ("models/coyote/aliases", "{\"alias\":7}", 400, "malformed_request"),
        ("models/coyote/aliases", "{\"alias\":\"a\",\"b\":1}", 400, "malformed_request"),
        ("models/coyote/aliases", "{\"alias\":\"a b\"}", 400, "malformed_name"),
        ("models/wolf/aliases", "{\"alias\":\"a\"}", 404, "unknown_model"),
        (
          "derive", "{\"from\":\"coyote\",\"head\":\"wolfdog\",\"hidden\":1e400}", 422,
          "malformed_json"
        ),
        ("jobs/train", "{\"model\":\"wolf\"}", 404, "unknown_model"),
        ("jobs/train", "{}", 400, "malformed_request"),
        ("jobs/train?needs=99", "{\"model\":\"coyote\"}", 404, "unknown_job"),
        ("jobs/train?needs=a", "{\"model\":\"coyote\"}", 400, "malformed_request"),
        (
          "jobs/train", "{\"model\":\"coyote\",\"learning_rate\":\"fast\"}", 400,
          "malformed_request"
        ),
        ("jobs/99/cancel", "{}", 404, "unknown_job"),
        ("runs/0123456789abcdef/metrics", "{\"metrics\":[]}", 404, "unknown_run"),
      ]
      for (target, body, status, code) in cases {
        let answer = try service.request(
          "POST", "/api/v1/\(target)", ["Content-Type": "application/json"], body: Data(body.utf8))
        #expect(answer.status == status, "\(target) \(body)")
        #expect(try answer.problem() == code, "\(target) \(body)")
      }
      let form = try service.request(
        "POST", "/api/v1/gc", ["Content-Type": "text/plain"], body: Data("{}".utf8))
      #expect(form.status == 415)
      #expect(try service.get("/api/v1/models").body == before)
      #expect(try service.get("/api/v1/jobs").json()["jobs"] as? [String] == [])
    }
  }

  @Test func `a request with a key is done once`() async throws {
    try await PreparedService.with { service in
      func derive(_ name: String, key: String) throws -> HTTPAnswer {
        let body: [String: Any] = [
          "from": "coyote", "head": "wolfdog", "name": name, "allow_recalled": true,
        ]
        return try service.request(
          "POST", "/api/v1/derive",
          ["Content-Type": "application/json", "Idempotency-Key": key],
          body: JSONSerialization.data(withJSONObject: body, options: .sortedKeys))
      }
      let first = try derive("child", key: "one")
      #expect(first.status == 200)
      #expect(try derive("child", key: "one").body == first.body)
      #expect(try derive("child", key: "two").problem() == "model_exists")
      #expect(try derive("other", key: "one").problem() == "idempotency_key_in_use")
      #expect(try derive("other", key: "with blank").problem() == "malformed_request")
      // One that failed is done anew.
      #expect(try derive("other", key: "two").status == 200)
    }
  }

  @Test func `tokens are made and revoked by those who may`() async throws {
    try await RunningService.with("--require-token", "--workers", "0") { folder in
      for role in ["read", "write", "admin"] {
        let made = try RunningService.command(
          ["token", "create", role, "--role", role], in: folder)
        try Data((made["token"] as? String ?? "").utf8).write(to: folder.appending(path: role))
      }
    } body: { service in
      func ask(
        _ method: String, _ target: String, as name: String, _ body: String? = nil
      ) throws -> HTTPAnswer {
        let token = try String(
          contentsOf: service.folder.appending(path: name), encoding: .utf8)
        return try service.request(
          method, "/api/v1/\(target)",
          ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
          body: body.map { Data($0.utf8) })
      }
      #expect(try ask("GET", "tokens", as: "write").problem() == "role_too_low")
      let list = try ask("GET", "tokens", as: "admin").json()["tokens"] as? [[String: Any]]
      #expect(list?.count == 3)
      #expect(try ask("POST", "runs", as: "read", "{\"model\":\"m\"}").problem() == "role_too_low")
      #expect(try ask("POST", "runs", as: "write", "{\"model\":\"m\"}").status == 200)
      #expect(try ask("POST", "gc", as: "write", "{}").problem() == "role_too_low")
      let made = try ask("POST", "tokens", as: "admin", "{\"name\":\"bert\",\"role\":\"read\"}")
      #expect(try (made.json()["token"] as? String)?.hasPrefix("registry_") == true)
      #expect(try ask("DELETE", "tokens/read", as: "admin").status == 200)
      #expect(try ask("GET", "models", as: "read").problem() == "invalid_token")
    }
  }
}

extension RunningService {
  /// Posts a JSON object, which must be taken.
  func post(_ target: String, _ body: [String: Any]) throws -> [String: Any] {
    let answer = try request(
      "POST", "/api/v1/\(target)", ["Content-Type": "application/json"],
      body: JSONSerialization.data(withJSONObject: body))
    #expect(answer.status == 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
    return try answer.json()
  }
}
