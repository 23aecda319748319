import Foundation
import TestSupport
import Testing

struct PageTests {
  @Test func `pages are whole, small and without a script inside`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      let run = try #require(
        (try service.get("/api/v1/runs").json()["runs"] as? [[String: Any]])?.first?["run"]
          as? String)
      _ = try service.post("jobs/evaluate", ["model": "coyote"])
      for path in [
        "/models", "/models/coyote", "/models/scratch@1", "/runs", "/runs/\(run)",
        "/compare?runs=\(run),\(run)", "/datasets", "/models/coyote/card",
        "/datasets/wolfdog/diff?other=coyote", "/datasets/wolfdog@1?label=wolf&split=train",
        "/jobs", "/jobs/1", "/storage",
      ] {
        let answer = try service.get(path)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(answer.status == 200, "\(path)\n\(text)")
        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
        #expect(answer.body.count < 200_000, "\(path)")
        #expect(text.contains("</html>") && text.components(separatedBy: "<h1>").count == 2)
        #expect(!text.contains("style=") && !text.contains("<style") && !text.contains("onload"))
        for script in text.components(separatedBy: "<script").dropFirst() {
          #expect(script.hasPrefix(" src=\"/assets/"), "\(path)")
        }
        #expect(answer.headers["content-security-policy"]?.contains("script-src 'self'") == true)
      }
      let curves = try service.get("/runs/\(run)/curves.svg")
      #expect(curves.headers["content-type"] == "image/svg+xml")
      #expect(
        curves.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
      )
    }
  }

  @Test func `what somebody wrote is text on pages, whatever it looks like`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      // The note of `coyote` is a script already.
      _ = try service.post(
        "models/coyote@2/tags", ["tags": ["k": "\"><img src=x onerror=alert(2)>"]])
      _ = try service.post("datasets/wolfdog/tags", ["note": "</dd><script>alert(3)</script>"])
      for path in [
        "/models/coyote", "/models/coyote@2", "/datasets/wolfdog",
        "/models?where=%3Cscript%3Ealert(4)%3C/script%3E", "/models/%3Cscript%3Ealert(5)",
        "/datasets/wolfdog?label=%22%3E%3Cscript%3Ealert(6)%3C/script%3E",
      ] {
        let text = String(decoding: try service.get(path).body, as: UTF8.self)
        #expect(!text.contains("<script>alert") && !text.contains("<img src=x"), "\(path)")
      }
    }
  }

  @Test func `what is not there has a page that says so`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      for (path, status) in [
        ("/models/nobody", 404), ("/runs/0123456789", 404), ("/datasets/nothing", 404),
        ("/jobs/99", 404), ("/jobs/x", 400), ("/models?where=metrics.", 400),
        ("/datasets/wolfdog?split=none", 400),
      ] {
        let answer = try service.get(path)
        #expect(answer.status == status, "\(path)")
        #expect(String(decoding: answer.body, as: UTF8.self).contains("role=\"alert\""), "\(path)")
      }
      #expect(try service.get("/thumbnails/beef").status == 400)
      #expect(
        try service.get("/thumbnails/\(String(repeating: "0", count: 64))").status >= 400)
    }
  }

  @Test(
    .enabled(
      if: Python.has("selenium")
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/chromedriver"),
      "There is no browser, or no Python with selenium."))
  func `people do in a browser what pages are for`() async throws {
    try await PreparedService.with("--job-threads", "1") { service in
      try RunningService.command(
        [
          "train", "--architecture", "convnet", "--name", "shown", "--dataset", "wolfdog",
          "--epochs", "1", "--threads", "1",
        ], in: service.folder)
      try RunningService.command(
        ["derive", "--from", "shown", "--head", "wolfdog", "--name", "child"], in: service.folder)
      let picture = service.folder.appending(path: "picture.png")
      try DrawnPicture.first().data.write(to: picture)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        Python.interpreter,
        Places.repository.appending(path: "Tests/RegistryServiceTests/Browser/flows.py").path,
        service.url, picture.path,
      ]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = output
      try process.run()
      let text = String(
        decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(text)")
      #expect(text.split(separator: "\n").count == 11, "\(text)")
    }
  }
}
