import Foundation
import Synchronization
import TestSupport
import Testing

/// Several processes that work on one registry at once.
@Suite(.enabled(if: StoredRegistry.versions.contains("0001"), "The stored registry is absent."))
struct TogetherTests {
  private static let processes = 8

  /// What each process does in turn, with its number and that of the round.
  private static func steps(_ process: Int, _ round: Int) -> [[String]] {
    [
      ["import-images", process % 2 == 0 ? "photos" : "more", "--dataset", "own-\(process)"],
      ["import-images", process % 3 == 0 ? "photos" : "more", "--dataset", "shared"],
      ["derive", "--from", "base", "--head", "shapes", "--name", "shared", "--new-version"],
      [
        "derive", "--from", "base", "--head", "shapes", "--name", "own-\(process)",
        "--new-version", "--hidden", "\(1 + (process + round) % 8)", "--seed", "\(round)",
      ],
      ["alias", "shapes@\(1 + (process + round) % 2)", "production"],
      ["evaluate", "shapes"],
      ["import-archive", "strangers.tar"],
      ["gc"],
    ]
  }

  /// For one round by default, or for as many seconds as `REGISTRY_STRESS_SECONDS` says.
  @Test func `eight processes at once lose nothing and stay sound`() throws {
    let seconds =
      ProcessInfo.processInfo.environment["REGISTRY_STRESS_SECONDS"].flatMap(Double.init) ?? 0
    try FaultyRegistry.with(FaultCommand.all[0]) { faulty in
      let before = try faulty.rows()
      let end = Date().addingTimeInterval(seconds)
      let acknowledged = Mutex<[(arguments: [String], answer: [String: String])]>([])
      let failures = Mutex<[String]>([])
      let finished = DispatchGroup()
      for process in 0..<Self.processes {
        // Threads of our own: those of the pool may be fewer than the processes.
        let thread = Thread {
          defer { finished.leave() }
          var round = 0
          repeat {
            for arguments in Self.steps(process, round) {
              do {
                let result = try faulty.registry.run(arguments + ["--json"])
                // Busy is an answer; it changes nothing.
                if result.exitCode == 75 { continue }
                guard result.exitCode == 0 else {
                  failures.withLock { $0.append("\(arguments): \(result.standardOutput)") }
                  continue
                }
                let answer = try result.json()
                let texts = answer.compactMapValues {
                  ($0 as? String) ?? ($0 as? Int).map(String.init)
                }
                acknowledged.withLock { $0.append((arguments, texts)) }
              } catch {
                failures.withLock { $0.append("\(arguments): \(error)") }
              }
            }
            round += 1
          } while Date() < end
        }
        finished.enter()
        thread.start()
      }
      finished.wait()
      #expect(failures.withLock { $0 } == [])
      try faulty.registry.succeed("verify")
      try faulty.expectNothingLost(
        since: before, by: FaultCommand("gc", isCollection: true), "after all")
      try expectAllThere(acknowledged.withLock { $0 }, in: faulty)
    }
  }

  @Test func `eight processes that find a registry of a former schema at once all go on`() throws {
    let command = try #require(FaultCommand.all.first { $0.isMigration })
    try FaultyRegistry.with(command) { faulty in
      let before = try faulty.rows()
      let processes = try (0..<Self.processes).map {
        try faulty.registry.start(["models", "shapes@\($0 % 2 + 1)"])
      }
      for process in processes {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
      }
      try faulty.registry.succeed("verify")
      try faulty.expectNothingLost(since: before, by: command, "after all")
    }
  }

  /// Checks that each version that some process was told of is there, and was told to one only.
  private func expectAllThere(
    _ acknowledged: [(arguments: [String], answer: [String: String])], in faulty: FaultyRegistry
  ) throws {
    var derived: [String: Int] = [:]
    for (arguments, answer) in acknowledged {
      guard let version = answer["version"] else { continue }
      switch arguments[0] {
      case "derive": derived["\(answer["model"] ?? "")@\(version)", default: 0] += 1
      case "import-images":
        try faulty.registry.succeed("datasets", "\(answer["dataset"] ?? "")@\(version)")
      default: break
      }
    }
    #expect(derived.count >= Self.processes)
    for (name, count) in derived {
      #expect(count == 1, "\(name) was acknowledged \(count) times")
      try faulty.registry.succeed("models", name)
    }
  }
}
