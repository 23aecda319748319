import Foundation
import TestSupport
import Testing

struct ClientTests {
  @Test func `a command lets a service do the work and answers as if it had done it`() async throws
  {
    try await PreparedService.with("--job-threads", "1") { service in
      let elsewhere = service.folder.appending(path: "elsewhere")
      try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
      let trained = try RunningService.command(
        [
          "train", "scratch", "--epochs", "2", "--seed", "3", "--allow-recalled", "--server",
          service.url,
        ], in: elsewhere)
      #expect(trained["model"] as? String == "scratch" && trained["epochs"] as? Int == 2)
      let metrics = try #require(trained["metrics"] as? [String: Double])
      #expect(metrics.keys.contains("validation_accuracy"))
      let shown = try RunningService.command(["models", "scratch"], in: service.folder)
      #expect(shown["version"] as? Int == trained["version"] as? Int)
      let measured = try RunningService.command(
        ["evaluate", "scratch", "--split", "all", "--server", service.url + "/"], in: elsewhere)
      #expect((measured["confusion_matrix"] as? [[Int]])?.count == 2)
      let derived = try RunningService.command(
        [
          "derive", "--from", "scratch", "--head", "coyote", "--name", "sent", "--train",
          "--epochs",
          "2", "--allow-recalled", "--server", service.url,
        ], in: elsewhere)
      #expect(derived["model"] as? String == "sent")
      let jobs = try service.get("/api/v1/jobs").json()["jobs"] as? [[String: Any]]
      #expect(jobs?.map { $0["state"] as? String } == ["finished", "finished", "finished"])
    }
  }

  @Test func `what a service refuses, and that there is none, is said as everywhere`() async throws
  {
    try await RunningService.with("--require-token", "--workers", "0") { folder in
      let made = try RunningService.command(
        ["token", "create", "anna", "--role", "write"], in: folder)
      try Data((made["token"] as? String ?? "").utf8).write(to: folder.appending(path: "token"))
    } body: { service in
      func fail(_ arguments: String..., token: String? = nil) throws -> String {
        let (exitCode, code) = try RunningService.failingCommand(
          arguments, in: service.folder, environment: token.map { ["REGISTRY_TOKEN": $0] } ?? [:])
        return "\(exitCode) \(code ?? "")"
      }
      let token = try String(contentsOf: service.folder.appending(path: "token"), encoding: .utf8)
      #expect(try fail("evaluate", "m", "--server", service.url) == "64 token_needed")
      #expect(
        try fail("evaluate", "m", "--server", service.url, token: "registry_wrong")
          == "64 invalid_token")
      #expect(
        try fail("evaluate", "m", "--server", service.url, token: token) == "66 unknown_model")
      for address in ["127.0.0.1", "ftp://a", "http://", "http://a:0", "http://a/b", "http://a b"] {
        #expect(try fail("evaluate", "m", "--server", address) == "64 malformed_server")
      }
      #expect(
        try fail("evaluate", "m", "--server", "http://127.0.0.1:1") == "69 service_unreachable")
    }
  }
}
