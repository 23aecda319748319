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
        try #require(prediction["labels"] as? NSArray) == #require(expected["labels"] as? NSArray))
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

  @Test func `images are added to a dataset, relabelled and taken out, and the dataset is checked`()
    async throws
  {
    try await PreparedService.with("--job-threads", "1") { service in
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      let coyotes = Places.fixtures.appending(path: "photos/coyote/coyote")
      let names = try FileManager.default.contentsOfDirectory(atPath: coyotes.path).sorted()
      let name = try #require(names.last)
      _ = try service.request(
        "PUT", "/api/v1/uploads/\(upload)/files/new%2F\(name)",
        body: Data(contentsOf: coyotes.appending(path: name)))
      let before = try service.get("/api/v1/datasets/wolfdog").json()
      let items = try service.get("/api/v1/datasets/wolfdog/images?limit=2").json()
      let old = try #require(items["images"] as? [[String: Any]]).compactMap {
        $0["digest"] as? String
      }
      let edited = try #require(
        try service.post(
          "jobs/edit-dataset",
          [
            "dataset": "wolfdog", "upload": upload,
            "edits": [
              ["action": "add", "image": "new/\(name)", "labels": ["coyote"], "split": "train"],
              ["action": "relabel", "image": old[0], "labels": ["coyote"]],
              ["action": "remove", "image": old[1]],
            ],
          ])["job"] as? Int)
      let checked = try #require(
        try service.post("jobs/check?needs=\(edited)", ["dataset": "wolfdog", "tiny": 100_000])[
          "job"] as? Int)
      #expect(try service.get("/api/v1/jobs/\(checked)/events").events().last?.name == "finished")
      let result = try #require(
        try service.get("/api/v1/jobs/\(edited)").json()["result"] as? [String: Any])
      let changes = result["changes"] as? [String: Int]
      #expect(changes == ["added": 1, "removed": 1, "relabelled": 1, "moved": 0])
      #expect(result["images"] as? Int == before["images"] as? Int)
      let path = "new/\(name)"
      let after = try service.get("/api/v1/datasets/wolfdog/images?limit=1000").json()
      let paths = try #require(after["images"] as? [[String: Any]]).compactMap {
        $0["path"] as? String
      }
      #expect(paths.contains(path))
      let found = try #require(
        try service.get("/api/v1/jobs/\(checked)").json()["result"] as? [String: Any])
      #expect(found["version"] as? Int == result["version"] as? Int)
      #expect(((found["thresholds"] as? [String: Any])?["tiny"] as? Int) == 100_000)
      let page = try service.get("/jobs/\(checked)")
      let shown = String(decoding: page.body, as: UTF8.self)
      #expect(shown.contains("id=\"tiny\"") && shown.contains("src=\"/thumbnails/"))
      #expect(page.body.count < 200_000)
      let difference = String(
        decoding: try service.get("/datasets/wolfdog@2/diff?other=wolfdog@1").body, as: UTF8.self)
      for part in ["Added: 1", "Removed: 1", "Labelled anew: 1"] {
        #expect(difference.contains(part), "\(part)")
      }
      #expect(
        String(decoding: try service.get("/datasets/wolfdog@2").body, as: UTF8.self)
          .contains("/datasets/wolfdog@2/diff?other=wolfdog@1"))

      for (edits, part) in [
        ([["action": "add", "image": "../secret", "labels": ["x"]]], "an upload is missing"),
        ([["action": "burn", "image": old[0]]], "no action"), ([], "nothing to do"),
      ] {
        let refused = try service.request(
          "POST", "/api/v1/jobs/edit-dataset", ["Content-Type": "application/json"],
          body: JSONSerialization.data(withJSONObject: ["dataset": "wolfdog", "edits": edits]))
        #expect(try refused.problem() == "malformed_request", "\(part)")
      }
    }
  }

  @Test func `a model is given in each format, and an archive of it is taken by another registry`()
    async throws
  {
    try await PreparedService.with { service in
      for (format, option) in [("pytorch", "m.pth"), ("onnx", "m.onnx"), ("archive", "m.tar")] {
        try RunningService.command(
          ["export", "coyote", "--format", format, "--output", option], in: service.folder)
        let written = try Data(contentsOf: service.folder.appending(path: option))
        let answer = try service.get("/api/v1/models/coyote/export?format=\(format)")
        #expect(answer.status == 200 && answer.body == written, "\(format)")
        let tag = try #require(answer.headers["etag"])
        #expect(
          try service.get(
            "/api/v1/models/coyote/export?format=\(format)", ["If-None-Match": tag]
          ).status == 304)
      }
      let uploads = service.folder.appending(path: ".registry/uploads")
      #expect(try FileManager.default.contentsOfDirectory(atPath: uploads.path) == [])
      let archive = try service.get("/api/v1/models/coyote/export?format=archive").body
      let folder = service.folder.appending(path: "elsewhere")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      try RunningService.command(["init"], in: folder)
      let other = try RunningService(in: folder)
      defer { other.stop() }
      let upload = try #require(try other.post("uploads", [:])["upload"] as? String)
      _ = try other.request("PUT", "/api/v1/uploads/\(upload)/files/m.tar", body: archive)
      let job = try #require(
        try other.post(
          "jobs/import-archive",
          ["upload": upload, "file": "m.tar", "rename": ["coyote": "coyote-sent"]])["job"] as? Int)
      #expect(try other.get("/api/v1/jobs/\(job)/events").events().last?.name == "finished")
      #expect(try other.get("/api/v1/models/coyote-sent").status == 200)
    }
  }

  @Test func `a client that asks before it sends a body is told to`() async throws {
    try await PreparedService.with { service in
      let upload = try #require(try service.post("uploads", [:])["upload"] as? String)
      let path = "/api/v1/uploads/\(upload)/files/a"
      let connection = try RawConnection(port: service.port)
      connection.send(
        "PUT \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(service.port)\r\nConnection: close\r\n"
          + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
      let first = String(decoding: try #require(connection.receive()), as: UTF8.self)
      #expect(first.hasPrefix("HTTP/1.1 100 "), "\(first)")
      #expect(!first.lowercased().contains("transfer-encoding"))
      connection.send("hello")
      let answer = try HTTPAnswer(connection.receiveAll())
      #expect(answer.status == 200)
      #expect(try answer.json()["bytes"] as? Int == 5)
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
