import Foundation
import TestSupport
import Testing

/// How many moments the tests of faults try: few by default, hundreds in `make fault-test`.
enum FaultMoments {
  /// The moments of all commands together.
  static func count(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["REGISTRY_FAULT_MOMENTS"].flatMap(Int.init) ?? usual
  }

  /// What the moments are drawn with; another seed tries others.
  static let seed =
    ProcessInfo.processInfo.environment["REGISTRY_FAULT_SEED"].flatMap(UInt64.init) ?? 1

  /// The moments of one of the commands.
  static func share(_ usual: Int) -> Int {
    max(2, count(usual) / FaultCommand.all.count)
  }
}

@Suite(
  .enabled(if: Interposition.faults != nil, "There is no C compiler."),
  .enabled(if: StoredRegistry.versions.contains("0001"), "The stored registry is absent."))
struct KillTests {
  /// Calls are counted in a run that nothing happens to; then each moment is a call, killed before
  /// it, after it, or with a half of its bytes written.
  @Test(arguments: FaultCommand.all)
  func `killed at any call, a command leaves the registry sound and can be repeated`(
    command: FaultCommand
  ) throws {
    var random = SeededGenerator(seed: FaultMoments.seed)
    let calls = try FaultyRegistry.with(command) { try $0.count(command) }
    for _ in 0..<FaultMoments.share(45) {
      let moment = Int.random(in: 1...calls, using: &random)
      let fault = try #require(Fault.kills.randomElement(using: &random))
      try FaultyRegistry.with(command) { faulty in
        let before = try faulty.rows()
        let (result, _) = try faulty.run(command, fault, at: moment)
        let comment: Comment = "\(command.name), \(fault.name) at call \(moment) of \(calls)"
        // A run may have fewer calls than the one that was counted, since threads share the work.
        #expect([0, 128 + SIGKILL].contains(result.exitCode), comment)
        try faulty.expectNothingLost(since: before, by: command, comment)
        if result.exitCode == 0 {
          try faulty.expectAcknowledged(result, comment)
        }
        try faulty.expectSoundAndRepeatable(command, comment)
        try faulty.expectNothingLost(since: before, by: command, comment)
      }
    }
  }

  @Test(arguments: FaultCommand.all)
  func `killed at any time, a command leaves the registry sound and can be repeated`(
    command: FaultCommand
  ) throws {
    var random = SeededGenerator(seed: FaultMoments.seed + 1)
    let start = Date()
    _ = try FaultyRegistry.with(command) { try $0.count(command) }
    let seconds = Date().timeIntervalSince(start)
    for _ in 0..<FaultMoments.share(18) {
      let delay = Double.random(in: 0...seconds, using: &random)
      try FaultyRegistry.with(command) { faulty in
        let before = try faulty.rows()
        try faulty.run(command, killedAfter: delay)
        let comment: Comment = "\(command.name), killed after \(delay) s"
        try faulty.expectNothingLost(since: before, by: command, comment)
        try faulty.expectSoundAndRepeatable(command, comment)
      }
    }
  }

  @Test func `what a command acknowledged before it was killed stays`() throws {
    // The last call of the process: the answer was printed before or is not due.
    for command in FaultCommand.all where !command.isMigration {
      try FaultyRegistry.with(command) { faulty in
        let calls = try FaultyRegistry.with(command) { try $0.count(command) }
        let (result, _) = try faulty.run(command, .killAfter, at: calls)
        if !result.standardOutput.isEmpty {
          try faulty.expectAcknowledged(result, "\(command.name), killed at its end")
        }
        try faulty.registry.succeed("verify")
      }
    }
  }
}

extension FaultyRegistry {
  /// Checks that the version and the run that an answer names are there.
  func expectAcknowledged(
    _ result: RegistryProcess.Result, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let answer = try result.json()
    if let run = answer[text: "run"] {
      let shown = try registry.run(["runs", run, "--json"])
      #expect(
        shown.exitCode == 0, "\(comment): the run \(run) is gone", sourceLocation: sourceLocation)
    }
    for model in answer[list: "models"] {
      guard let name = model[text: "model"], let version = model[count: "version"] else { continue }
      let shown = try registry.run(["models", "\(name)@\(version)", "--json"])
      #expect(
        shown.exitCode == 0, "\(comment): \(name)@\(version) is gone",
        sourceLocation: sourceLocation)
    }
    guard let version = answer[count: "version"] else { return }
    let command =
      answer[text: "dataset"] != nil && answer[text: "model"] == nil
      ? "datasets" : "models"
    let name = try #require(answer[text: "model"] ?? answer[text: "dataset"])
    let shown = try registry.run([command, "\(name)@\(version)", "--json"])
    #expect(
      shown.exitCode == 0, "\(comment): \(name)@\(version) is gone", sourceLocation: sourceLocation)
  }
}
