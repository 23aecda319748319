import Foundation
import TestSupport
import Testing

struct UploadTests {
  @Test func `pictures are uploaded, imported, trained on and asked about`() async throws {
    try await PreparedService.with("--job-threads", "1") { service in
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      var count = 0
      for label in ["jackal", "wolf"] {
        let folder = Places.fixtures.appending(
          path: label == "wolf" ? "photos/wolfdog/wolf" : "photos/coyote/coyote")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
          .prefix(12)
        {
          let data = try Data(contentsOf: folder.appending(path: name))
          let answer = try service.request(
            "PUT", "/api/v1/uploads/\(upload)/files/\(label)%2F\(name)", body: data)
          #expect(answer.status == 200)
          #expect(try answer.json()["bytes"] as? Int == data.count)
          count += 1
        }
      }
      #expect(try service.get("/api/v1/uploads/\(upload)").json()["files"] as? Int == count)
      let imported = try #require(
        try service.post(
          "jobs/import-images",
          ["upload": upload, "dataset": "sent", "split": [0.5, 0.25, 0.25]])["job"] as? Int)
      let trained = try #require(
        try service.post(
          "jobs/derive?needs=\(imported)",
          ["from": "scratch", "head": "sent", "epochs": 2, "allow_recalled": true])["job"] as? Int)
      let events = try service.get("/api/v1/jobs/\(trained)/events").events()
      #expect(events.last?.name == "finished")
      let result = try service.get("/api/v1/jobs/\(imported)").json()["result"] as? [String: Any]
      #expect(result?["labels"] as? [String: Int] == ["jackal": 12, "wolf": 12])
      #expect(try service.get("/api/v1/uploads/\(upload)").problem() == "unknown_upload")

      let wolves = Places.fixtures.appending(path: "photos/wolfdog/wolf")
      let last = try FileManager.default.contentsOfDirectory(atPath: wolves.path).sorted().last
      let picture = wolves.appending(path: try #require(last))
      let answer = try service.request(
        "POST", "/api/v1/models/sent/predict?top=2&name=mine", body: Data(contentsOf: picture))
      let prediction = try #require((answer.json()["predictions"] as? [[String: Any]])?.first)
      #expect(prediction["path"] as? String == "mine")
      let printed = try RunningService.command(
        ["predict", "sent", picture.path], in: service.folder)
      let expected = try #require((printed["predictions"] as? [[String: Any]])?.first)
      #expect(
        try JSONSerialization.data(withJSONObject: #require(prediction["labels"]))
          == JSONSerialization.data(withJSONObject: #require(expected["labels"])))
      let uploads = service.folder.appending(path: ".registry/uploads")
      #expect(try FileManager.default.contentsOfDirectory(atPath: uploads.path) == [])
    }
  }

  @Test func `a model file is uploaded and imported`() async throws {
    try await PreparedService.with { service in
      let weights = try service.get("/api/v1/models/coyote/weights").body
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      #expect(
        try service.request(
          "PUT", "/api/v1/uploads/\(upload)/files/m.safetensors", body: weights
        ).status == 200)
      let job = try #require(
        try service.post(
          "jobs/import-model", ["upload": upload, "file": "m.safetensors", "name": "again"])["job"]
          as? Int)
      #expect(try service.get("/api/v1/jobs/\(job)/events").events().last?.name == "finished")
      #expect(try service.get("/api/v1/models/again/weights").status == 200)
    }
  }

  @Test func `an upload writes into its own folder only`() async throws {
    try await PreparedService.with { service in
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      let names = [
        "..%2F..%2Fescaped", "%2Fetc%2Fescaped", "a%2F%2Fb", ".", "..", "a%2F..%2F..%2Fb",
        String(repeating: "a", count: 300), String(repeating: "a%2F", count: 20) + "a",
      ]
      for name in names {
        let answer = try service.request(
          "PUT", "/api/v1/uploads/\(upload)/files/\(name)", body: Data("x".utf8))
        #expect([400, 404].contains(answer.status), "\(name)")
      }
      for other in ["..", "%2e%2e%2fobjects", String(repeating: "0", count: 32), "a"] {
        let answer = try service.request(
          "PUT", "/api/v1/uploads/\(other)/files/a", body: Data("x".utf8))
        #expect(answer.status == 404, "\(other)")
      }
      let traversal = try service.request(
        "POST", "/api/v1/jobs/import-model", ["Content-Type": "application/json"],
        body: Data(
          "{\"upload\":\"\(upload)\",\"file\":\"../../registry.sqlite\",\"name\":\"m\"}".utf8))
      #expect(try traversal.problem() == "malformed_path")
      #expect(try service.get("/api/v1/uploads/\(upload)").json()["files"] as? Int == 0)
      try RunningService.command(["verify"], in: service.folder)
    }
  }

  @Test func `what is too large, or no picture, is refused and leaves nothing`() async throws {
    try await PreparedService.with("--upload-limit", "1") { service in
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      let large = Data(count: 1_100_000)
      let refused = try service.request(
        "PUT", "/api/v1/uploads/\(upload)/files/large", body: large)
      #expect(refused.status == 413)
      let bomb = try Data(
        contentsOf: Places.fixtures.appending(path: "images-hard/absurd-size.png"))
      let pictures: [(Data, Int)] = [(bomb, 422), (Data("no picture".utf8), 422), (Data(), 422)]
      for (data, status) in pictures {
        let answer = try service.request(
          "POST", "/api/v1/models/coyote/predict?name=sent", body: data)
        #expect(answer.status == status, "\(String(decoding: answer.body, as: UTF8.self))")
        #expect(try answer.json()["place"] as? String == "sent")
      }
      #expect(try service.get("/api/v1/uploads/\(upload)").json()["bytes"] as? Int == 0)
    }
  }
}
