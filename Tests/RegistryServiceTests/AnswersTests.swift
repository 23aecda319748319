import Foundation
import TestSupport
import Testing

struct AnswersTests {
  @Test func `answers are the JSON that the command line prints`() async throws {
    try await PreparedService.with { service in
      let run = try #require(
        (RunningService.command(["runs"], in: service.folder)["runs"] as? [[String: Any]])?
          .first?["run"] as? String)
      let digest = try imageDigest()
      let pairs: [(target: String, command: [String])] = [
        ("models", ["models"]),
        ("models?name=coyote&limit=1", ["models", "coyote", "--versions", "--limit", "1"]),
        (
          "models?where=origin+%3D+trained&sort=created",
          [
            "models", "--where", "origin = trained", "--sort", "created",
          ]
        ),
        ("models/coyote", ["models", "coyote"]),
        ("models/coyote@production", ["models", "coyote@production"]),
        ("models/coyote%40production", ["models", "coyote@production"]),
        ("models/coyote/lineage", ["lineage", "coyote"]),
        ("models/scratch/lineage?direction=descendants", ["lineage", "scratch", "--descendants"]),
        (
          "models/coyote/common-ancestor?other=scratch",
          [
            "lineage", "coyote", "--common-ancestor", "scratch",
          ]
        ),
        ("models/coyote/aliases", ["alias", "coyote", "--history"]),
        ("models/coyote/tags", ["tag", "coyote"]),
        ("models/coyote/statement", ["statement", "coyote"]),
        ("models/coyote/storage", ["storage", "coyote"]),
        ("models/coyote/metrics", ["metrics", "coyote"]),
        ("models/coyote/proof", ["verify", "coyote", "--frozen"]),
        ("diff?a=scratch&b=coyote", ["diff", "scratch", "coyote"]),
        ("recalls", ["recall", "--history"]),
        ("architectures", ["architectures"]),
        ("datasets", ["datasets"]),
        ("datasets/wolfdog", ["datasets", "wolfdog"]),
        ("datasets/wolfdog/tags", ["tag", "--dataset", "wolfdog"]),
        (
          "datasets/wolfdog/trace?label=wolf", ["trace", "--dataset", "wolfdog", "--label", "wolf"]
        ),
        ("datasets/wolfdog/diff?other=coyote", ["diff", "--dataset", "wolfdog", "coyote"]),
        ("images/\(digest)/trace", ["trace", digest]),
        ("trace/labels/wolf", ["trace", "--label", "wolf"]),
        ("runs", ["runs"]),
        ("runs/\(run)", ["runs", run]),
        ("runs/\(run)/tags", ["tag", "--run", run]),
        ("runs/\(run)/metrics", ["metrics", run]),
        ("storage", ["storage"]),
        ("deleted", ["restore", "--list"]),
        ("verify", ["verify"]),
      ]
      for (target, command) in pairs {
        let answer = try service.get("/api/v1/\(target)")
        #expect(answer.status == 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        #expect(answer.headers["content-type"] == "application/json", "\(target)")
        let printed = try RunningService.command(command, in: service.folder)
        #expect(try text(answer.json()) == text(printed), "\(target)")
      }
    }
  }

  @Test func `every answer has the form that the description gives it, key by key`() async throws {
    try await PreparedService.with { service in
      let document = try service.get("/api/v1/openapi.json").json()
      #expect(document["openapi"] as? String == "3.1.0")
      let paths = try #require(document["paths"] as? [String: [String: Any]])
      #expect(paths.count >= 50)
      _ = try service.post("jobs/evaluate", ["model": "coyote"])
      let components = try #require(document["components"] as? [String: Any])
      let form = JSONForm(named: try #require(components["schemas"] as? [String: [String: Any]]))
      let run = try #require(
        (try service.get("/api/v1/runs").json()["runs"] as? [[String: Any]])?.first?["run"]
          as? String)
      let tensors = try #require(
        try service.get("/api/v1/models/coyote/tensors").json()["tensors"] as? [[String: Any]])
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      let values = [
        "{upload}": upload,
        "{model}": "coyote", "{dataset}": "wolfdog", "{run}": run, "{label}": "wolf",
        "/images/{digest}": "/images/\(try imageDigest())",
        "/jobs/{job}": "/jobs/1",
        "/tensors/{digest}": "/tensors/\(try #require(tensors.first?["digest"] as? String))",
      ]
      let queries = [
        "/models/{model}/common-ancestor": "?other=scratch", "/diff": "?a=scratch&b=coyote",
        "/datasets/{dataset}/diff": "?other=coyote",
        "/trace/metrics": "?metric=train_loss&value=1&tolerance=100",
      ]
      for (path, operations) in paths {
        var target = path + (queries[path] ?? "")
        for (part, value) in values { target = target.replacingOccurrences(of: part, with: value) }
        guard let get = operations["get"] as? [String: Any] else { continue }
        let answer = try service.get("/api/v1\(target)")
        #expect(answer.status == 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        let responses = try #require(get["responses"] as? [String: [String: Any]])
        let contents = try #require(responses["200"]?["content"] as? [String: [String: Any]])
        let type = try #require(answer.headers["content-type"])
        let content = try #require(contents[type], "\(path) answers \(type)")
        guard let schema = content["schema"] as? [String: Any] else { continue }
        #expect(form.faults(in: try answer.json(), schema, path) == [])
      }
    }
  }

  @Test func `a page tells where the next begins, and pages together are the list`() async throws {
    try await PreparedService.with { service in
      let all = try #require(try service.get("/api/v1/runs").json()["runs"] as? [[String: Any]])
      #expect(all.count >= 3)
      var (ids, after): ([String], String?) = ([], nil)
      repeat {
        let page = try service.get("/api/v1/runs?limit=1" + (after.map { "&after=\($0)" } ?? ""))
          .json()
        ids += (page["runs"] as? [[String: Any]] ?? []).compactMap { $0["run"] as? String }
        after = page["next"] as? String
      } while after != nil
      #expect(ids == all.compactMap { $0["run"] as? String })
    }
  }

  @Test func `failures are problem details with the code of the command line`() async throws {
    try await PreparedService.with { service in
      let cases: [(target: String, status: Int, code: String)] = [
        ("models/wolf", 404, "unknown_model"),
        ("models/coyote@99", 404, "unknown_model_version"),
        ("models/@", 400, "malformed_reference"),
        ("models?where=metrics.", 400, "malformed_search"),
        ("models?limit=0", 400, "malformed_request"),
        ("models?limit=1&limit=2", 400, "malformed_request"),
        ("models?colour=red", 400, "malformed_request"),
        ("models/coyote/lineage?direction=up", 400, "malformed_request"),
        ("models/%zz", 400, "malformed_request"),
        ("models/%ff", 400, "malformed_request"),
        ("models/a%00b", 400, "malformed_request"),
        ("diff?a=coyote", 400, "malformed_request"),
        ("runs/0123456789abcdef", 404, "unknown_run"),
        ("images/\(String(repeating: "0", count: 64))", 404, "unknown_image"),
        ("tensors/\(String(repeating: "0", count: 64))", 404, "unknown_tensor"),
        ("tensors/beef", 404, "unknown_tensor"),
        ("nothing", 404, "unknown_route"),
      ]
      for (target, status, code) in cases {
        let answer = try service.get("/api/v1/\(target)")
        #expect(answer.status == status, "\(target)")
        #expect(try answer.problem() == code, "\(target)")
        let document = try answer.json()
        #expect(document["status"] as? Int == status)
        #expect(document["request_id"] as? String == answer.headers["x-request-id"])
      }
      let unknown = try service.get("/api/v1/models/wolf").json()
      #expect(unknown["title"] as? String == "Not Found")
      #expect((unknown["detail"] as? String)?.contains("wolf") == true)
      #expect((unknown["remedy"] as? String)?.isEmpty == false)
    }
  }

  /// A document with its keys in order.
  private func text(_ document: [String: Any]) throws -> String {
    let data = try JSONSerialization.data(withJSONObject: document, options: .sortedKeys)
    return String(decoding: data, as: UTF8.self)
  }

  /// The digest of a drawn picture.
  private func imageDigest() throws -> String { try DrawnPicture.first().digest }
}
