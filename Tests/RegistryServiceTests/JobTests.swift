import Foundation
import Glibc
import TestSupport
import Testing

struct JobTests {
  @Test func `a job is done, and its events tell its course to the end`() async throws {
    try await PreparedService.with("--job-threads", "1") { service in
      let submitted = try service.post(
        "jobs/train", ["model": "scratch", "epochs": 2, "seed": 3, "allow_recalled": true])
      #expect(submitted["state"] as? String == "waiting")
      #expect(submitted["created_by"] as? String == "local")
      let job = try #require(submitted["job"] as? Int)
      let measured = try service.post(
        "jobs/evaluate?needs=\(job)", ["model": "scratch", "split": "all"])
      // The stream ends when the job has ended.
      let events = try service.get("/api/v1/jobs/\(job)/events").events()
      #expect(events.first?.name == "submitted" && events.last?.name == "finished")
      let steps = events.filter { $0.name == "metrics" }.compactMap { $0.data["step"] as? Int }
      #expect(steps.contains(1) && steps.contains(2) && steps == steps.sorted())

      let details = try service.get("/api/v1/jobs/\(job)").json()
      let result = try #require(details["result"] as? [String: Any])
      #expect(result["model"] as? String == "scratch" && result["epochs"] as? Int == 2)
      #expect((details["request"] as? [String: Any])?["epochs"] as? Int == 2)
      let run = try #require((details["runs"] as? [String])?.first)
      #expect(result["run"] as? String == run)
      let printed = try RunningService.command(["jobs", "\(job)"], in: service.folder)
      #expect((printed["result"] as? [String: Any])?["run"] as? String == run)

      // A client that was cut off goes on behind the last event that it saw.
      let lasting = events.filter { $0.name != "progress" }
      let middle = lasting[lasting.count / 2]
      let rest = try service.get(
        "/api/v1/jobs/\(job)/events", ["Last-Event-ID": middle.id]
      ).events()
      let missed = lasting.drop { $0.id != middle.id }.drop { $0.id == middle.id }
      #expect(rest.filter { $0.name != "progress" }.map(\.id) == missed.map(\.id))
      #expect(rest.last?.name == "finished" && !missed.isEmpty)

      let second = try #require(measured["job"] as? Int)
      #expect(
        try service.get("/api/v1/jobs/\(second)/events").events().last?.name == "finished")
      let version = try service.get("/api/v1/jobs/\(second)").json()["result"] as? [String: Any]
      #expect(version?["version"] as? Int == result["version"] as? Int)
    }
  }

  @Test func `a worker that is killed loses its job to another, which goes on`() async throws {
    try await PreparedService.with("--job-threads", "1") { service in
      let job = try #require(
        try service.post(
          "jobs/train",
          [
            "model": "scratch", "epochs": 100_000, "checkpoint_minutes": 0, "patience": 1000,
            "allow_recalled": true,
          ])["job"]
          as? Int)
      // Killed when it has a checkpoint, which each epoch leaves.
      let run = try service.waitFor("an epoch of job \(job)") {
        let details = try service.get("/api/v1/jobs/\(job)").json()
        guard let run = (details["runs"] as? [String])?.first else { return nil as String? }
        let history = try service.get("/api/v1/runs/\(run)/metrics?key=train_loss").json()
        let points = (history["metrics"] as? [String: [Any]])?["train_loss"] ?? []
        return points.count >= 2 ? run : nil
      }
      let process = try #require(
        (try service.get("/api/v1/runs/\(run)").json()["host"] as? [String: String])?["process"]
          .flatMap(pid_t.init))
      kill(process, SIGKILL)
      try service.waitFor("another attempt") {
        let details = try service.get("/api/v1/jobs/\(job)").json()
        return details["attempts"] as? Int == 2 ? true : nil
      }
      let details = try service.get("/api/v1/jobs/\(job)").json()
      let kinds = (details["events"] as? [[String: Any]])?.compactMap { $0["kind"] as? String }
      #expect(kinds == ["submitted", "started", "retrying", "started"])
      let error = (details["events"] as? [[String: Any]])?[2]["error"] as? [String: Any]
      #expect(error?["code"] as? String == "worker_died")
      // One run: the second attempt went on with it, in another process.
      try service.waitFor("the run to go on") {
        let shown = try service.get("/api/v1/runs/\(run)").json()
        let other = (shown["host"] as? [String: String])?["process"].flatMap(pid_t.init)
        return shown["state"] as? String == "running" && other != process ? true : nil
      }
      #expect(try service.get("/api/v1/jobs/\(job)").json()["runs"] as? [String] == [run])

      _ = try service.post("jobs/\(job)/cancel", [:])
      let events = try service.get("/api/v1/jobs/\(job)/events").events()
      let names = events.map(\.name).filter { $0 != "metrics" && $0 != "progress" }
      #expect(names.suffix(2) == ["cancelling", "cancelled"])
      let refused = try service.request("POST", "/api/v1/jobs/\(job)/cancel")
      #expect(try refused.problem() == "job_ended")
    }
  }

  @Test func `a service that stops lets jobs stop at a safe point, and goes on when it starts`()
    async throws
  {
    try await PreparedService.with("--job-threads", "1") { service in
      let job = try #require(
        try service.post(
          "jobs/train",
          ["model": "scratch", "epochs": 100_000, "patience": 1000, "allow_recalled": true])["job"]
          as? Int)
      try service.waitFor("the job to begin") {
        let state = try service.get("/api/v1/jobs/\(job)").json()["runs"] as? [String]
        return state?.isEmpty == false ? true : nil
      }
      #expect(service.stop() == 0)
      let stopped = try RunningService.command(["jobs", "\(job)"], in: service.folder)
      #expect(stopped["state"] as? String == "waiting" && stopped["attempts"] as? Int == 0)
      let cancelled = try RunningService.command(
        ["jobs", "\(job)", "--cancel"], in: service.folder)
      #expect(cancelled["state"] as? String == "cancelled")
      let list = try RunningService.command(["jobs", "--state", "cancelled"], in: service.folder)
      #expect((list["jobs"] as? [[String: Any]])?.count == 1)
      try RunningService.command(["verify"], in: service.folder)
    }
  }

  @Test func `a service that is killed loses no job, metric or version that it acknowledged`()
    async throws
  {
    try await PreparedService.with("--job-threads", "1") { service in
      let finished = try #require(
        try service.post("jobs/train", ["model": "scratch", "epochs": 1, "allow_recalled": true])[
          "job"] as? Int)
      #expect(try service.get("/api/v1/jobs/\(finished)/events").events().last?.name == "finished")
      let before = try service.get("/api/v1/jobs/\(finished)").json()["result"] as? [String: Any]
      let job = try #require(
        try service.post(
          "jobs/train",
          [
            "model": "scratch", "epochs": 100_000, "checkpoint_minutes": 0, "patience": 1000,
            "allow_recalled": true,
          ])["job"] as? Int)
      let waiting = try #require(
        try service.post("jobs/evaluate?needs=\(finished)", ["model": "scratch", "split": "all"])[
          "job"] as? Int)
      let logged = try #require(
        try service.post("runs", ["model": "elsewhere"])["run"] as? String)
      let (run, worker) = try service.waitFor("an epoch of job \(job)") {
        let details = try service.get("/api/v1/jobs/\(job)").json()
        guard let run = (details["runs"] as? [String])?.first,
          let process =
            (try service.get("/api/v1/runs/\(run)").json()["host"] as? [String: String])?[
              "process"
            ].flatMap(pid_t.init),
          try service.lossCount(of: run) >= 2
        else { return nil as (String, pid_t)? }
        return (run, process)
      }
      for step in 1...20 {
        _ = try service.post(
          "runs/\(logged)/metrics", ["metrics": [["key": "loss", "value": 0.5, "step": step]]])
      }
      let acknowledged = try service.lossCount(of: run)
      service.kill()
      kill(worker, SIGKILL)

      let next = try RunningService(in: service.folder, ["--job-threads", "1", "--workers", "2"])
      defer { next.stop() }
      let kept = try next.get("/api/v1/jobs/\(finished)").json()
      #expect(kept["state"] as? String == "finished")
      #expect((kept["result"] as? [String: Any])?["version"] as? Int == before?["version"] as? Int)
      #expect(try next.lossCount(of: run) >= acknowledged)
      let history = try next.get("/api/v1/runs/\(logged)/metrics?key=loss").json()
      #expect((history["metrics"] as? [String: [Any]])?["loss"]?.count == 20)
      #expect(try next.get("/api/v1/jobs/\(waiting)/events").events().last?.name == "finished")
      // Nobody saw its worker die: its lease ends by itself.
      try next.waitFor("another attempt") {
        let details = try next.get("/api/v1/jobs/\(job)").json()
        return details["attempts"] as? Int == 2 ? true : nil
      }
      try next.waitFor("the run to go on") {
        try next.lossCount(of: run) > acknowledged ? true : nil
      }
      #expect(try next.get("/api/v1/jobs/\(job)").json()["runs"] as? [String] == [run])
      _ = try next.post("jobs/\(job)/cancel", [:])
      #expect(try next.get("/api/v1/jobs/\(job)/events").events().last?.name == "cancelled")
      try RunningService.command(["verify"], in: service.folder)
    }
  }

  @Test func `a job that cannot be done fails with what is wrong`() async throws {
    try await PreparedService.with("--workers", "0") { service in
      let job = try #require(
        try service.post("jobs/train", ["model": "coyote", "epochs": 1])["job"] as? Int)
      let nothing = try service.post(
        "jobs/compare?needs=\(job)", ["model": "coyote", "images_per_class": [1, NSNull()]])
      // The model's base is recalled.
      let done = try RunningService.command(["worker", "--once"], in: service.folder)
      let left = try #require(done["job"] as? [String: Any])
      #expect(left["state"] as? String == "failed")
      #expect((left["error"] as? [String: Any])?["code"] as? String == "recalled_model")
      let dependent = try service.get("/api/v1/jobs/\(nothing["job"] as? Int ?? 0)").json()
      #expect(dependent["state"] as? String == "failed")
      #expect((dependent["error"] as? [String: Any])?["code"] as? String == "need_not_met")
      let idle = try RunningService.command(["worker", "--once"], in: service.folder)
      #expect(idle["job"] is NSNull)
    }
  }
}

/// A server-sent event.
struct ServedEvent {
  let id: String
  let name: String
  let data: [String: Any]
}

extension HTTPAnswer {
  /// The events of a stream that has ended.
  func events() throws -> [ServedEvent] {
    #expect(headers["content-type"] == "text/event-stream")
    return try String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n")
      .filter { !$0.isEmpty && !$0.hasPrefix(":") }
      .map { text in
        var fields: [String: String] = [:]
        for line in text.split(separator: "\n") {
          let parts = line.split(separator: ":", maxSplits: 1)
          fields[String(parts[0])] = String(parts[1].dropFirst())
        }
        let data = try JSONSerialization.jsonObject(with: Data((fields["data"] ?? "").utf8))
        return ServedEvent(
          id: fields["id"] ?? "", name: fields["event"] ?? "",
          data: try #require(data as? [String: Any]))
      }
  }
}

extension RunningService {
  /// Asks until there is an answer, for a minute at most.
  ///
  /// The thread sleeps: a test that let others go on would be behind all of them when its turn came,
  /// while its jobs take the processors.
  @discardableResult
  func waitFor<Value>(_ what: String, _ look: () throws -> Value?) throws -> Value {
    for _ in 0..<600 {
      if let value = try look() { return value }
      usleep(100_000)
    }
    Issue.record("waited in vain for \(what)")
    throw CancellationError()
  }
}

extension RunningService {
  /// How many losses a run has in its history.
  fileprivate func lossCount(of run: String) throws -> Int {
    let history = try get("/api/v1/runs/\(run)/metrics?key=train_loss").json()
    return (history["metrics"] as? [String: [Any]])?["train_loss"]?.count ?? 0
  }
}
