import Foundation
import TestSupport
import Testing

@Suite(
  .enabled(if: Interposition.faults != nil, "There is no C compiler."),
  .enabled(if: StoredRegistry.versions.contains("0001"), "The stored registry is absent."))
struct FailingWriteTests {
  /// What a command may do without: nothing is said when a cache cannot be written.
  @Test(arguments: FaultCommand.all)
  func `when the disk is full or fails, a command says so and changes nothing`(
    command: FaultCommand
  ) throws {
    var random = SeededGenerator(seed: FaultMoments.seed + 2)
    let calls = try FaultyRegistry.with(command) { try $0.count(command) }
    for number in 0..<FaultMoments.share(45) {
      let moment = Int.random(in: 1...calls, using: &random)
      let fault = Fault.failingWrites[number % Fault.failingWrites.count]
      try FaultyRegistry.with(command) { faulty in
        let before = try faulty.rows()
        let (result, _) = try faulty.run(command, fault, at: moment)
        let comment: Comment = """
          \(command.name), \(fault.name) at call \(moment) of \(calls): \(result.exitCode) \
          \(result.standardOutput)\(result.standardError)
          """
        try faulty.expectNothingLost(since: before, by: command, comment)
        if result.exitCode == 0 {
          try faulty.expectAcknowledged(result, comment)
        } else {
          #expect(result.exitCode == 74, comment)
          let error = try result.error()
          #expect(
            (fault == .fullDisk ? ["no_space_left"] : ["write_failed", "not_readable"])
              .contains(error[text: "code"]), comment)
          #expect(error[text: "remedy"]?.isEmpty == false, comment)
          // A disk that takes nothing more does not let us take back what it holds already: the
          // change is there as a whole or not at all.
          if fault != .failures { try faulty.expectNoNewVersion(since: before, comment) }
        }
        try faulty.expectSoundAndRepeatable(command, comment)
      }
    }
  }

  @Test(arguments: FaultCommand.all)
  func `a write that takes half of its bytes is gone on with`(command: FaultCommand) throws {
    var random = SeededGenerator(seed: FaultMoments.seed + 3)
    let calls = try FaultyRegistry.with(command) { try $0.count(command) }
    for _ in 0..<FaultMoments.share(18) {
      let moment = Int.random(in: 1...calls, using: &random)
      try FaultyRegistry.with(command) { faulty in
        let (result, _) = try faulty.run(command, .shortWrite, at: moment)
        let comment: Comment = "\(command.name), a short write at call \(moment)"
        #expect(result.exitCode == 0, "\(comment): \(result.standardOutput)")
        try faulty.expectAcknowledged(result, comment)
        try faulty.registry.succeed("verify")
      }
    }
  }
}
