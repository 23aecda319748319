import Foundation
import GRDB
import TestSupport
import Testing

/// Collections at exact moments of other work: one of the two stands still at a system call while the
/// other does all of its own.
@Suite(
  .enabled(if: Interposition.faults != nil, "There is no C compiler."),
  .enabled(if: StoredRegistry.versions.contains("0001"), "The stored registry is absent."))
struct CollectionMomentTests {
  /// What relies on objects that a collection is about to remove: the images and the tensors of what
  /// ``withCondemned(_:)`` deletes.
  struct Writer: CustomTestStringConvertible, Sendable {
    let command: FaultCommand
    /// What reads all that it wrote.
    let reading: [String]

    var testDescription: String { command.name }

    static let all = [
      Writer(
        command: FaultCommand("import-images", "photos", "--dataset", "new"),
        reading: ["export-images", "new", "--output", "copies"]),
      Writer(
        command: FaultCommand(
          "derive", "--from", "base", "--head", "shapes", "--name", "wanted", "--hidden", "64"),
        reading: ["export", "wanted", "--output", "copy.safetensors"]),
      Writer(
        command: FaultCommand("train", "shapes", "--epochs", "3"),
        reading: ["export", "shapes", "--output", "copy.safetensors"]),
      Writer(
        command: FaultCommand(
          "edit-dataset", "shapes", "--add", "photos/dog/dog-001.png", "--label", "disc"),
        reading: ["export-images", "shapes", "--output", "copies"]),
      Writer(
        command: FaultCommand("gc", isCollection: true),
        reading: ["export", "shapes", "--output", "copy.safetensors"]),
    ]
  }

  /// A registry in which the images of `photos` and the tensors of a head are deleted and not yet
  /// collected.
  private static func withCondemned(_ body: (FaultyRegistry) throws -> Void) throws {
    try FaultyRegistry.with(FaultCommand.all[0]) { faulty in
      try faulty.registry.succeed("import-images", "photos", "--dataset", "doomed")
      try faulty.registry.succeed("delete", "--dataset", "doomed", "--force")
      try body(faulty)
    }
  }

  /// Checks that nothing is lost, and that the next collection leaves nothing.
  private static func expectSound(
    _ faulty: FaultyRegistry, _ writer: Writer, _ comment: Comment
  ) throws {
    for arguments in [["verify"], writer.reading, ["gc"]] {
      let result = try faulty.registry.run(arguments + ["--json"])
      #expect(result.exitCode == 0, "\(comment), \(arguments): \(result.standardOutput)")
    }
    let verified = try faulty.registry.succeed("verify")
    #expect((verified["unreferenced"] as? [String])?.isEmpty == true, comment)
  }

  /// Some moments that lie evenly among the calls, and the first in which an object has its name and
  /// no row.
  private static func moments(of calls: Int) -> [(fault: Fault, call: Int)] {
    let count = max(3, FaultMoments.count(40) / Writer.all.count / 2)
    var moments: [(fault: Fault, call: Int)] = [(.stopRenamed, 1)]
    for number in 0..<count {
      moments.append((.stop, 1 + (calls * number / count + Int(FaultMoments.seed)) % calls))
    }
    return moments
  }

  @Test(arguments: Writer.all)
  func `a collection in the midst of a writer takes nothing that it relies on`(
    writer: Writer
  ) throws {
    var calls = 0
    try Self.withCondemned { calls = try $0.count(writer.command) }
    for moment in Self.moments(of: calls) {
      try Self.withCondemned { faulty in
        let comment: Comment = "\(writer.command.name), \(moment.fault.name) at \(moment.call)"
        let (exitCode, collection) = try faulty.run(
          writer.command, stoppedBy: moment.fault, at: moment.call, meanwhile: ["gc"])
        #expect(exitCode == 0, comment)
        #expect(collection.exitCode == 0, "\(comment): \(collection.standardOutput)")
        try Self.expectSound(faulty, writer, comment)
      }
    }
  }

  @Test(arguments: Writer.all)
  func `a writer in the midst of a collection loses nothing`(writer: Writer) throws {
    let gc = FaultCommand("gc", isCollection: true)
    var calls = 0
    try Self.withCondemned { calls = try $0.count(gc) }
    for moment in Self.moments(of: calls) where moment.fault == .stop {
      try Self.withCondemned { faulty in
        let comment: Comment = "gc, stopped at \(moment.call), and \(writer.command.name)"
        let (exitCode, other) = try faulty.run(
          gc, stoppedBy: moment.fault, at: moment.call, meanwhile: writer.command.arguments)
        #expect(exitCode == 0, comment)
        #expect(other.exitCode == 0, "\(comment): \(other.standardOutput)")
        try Self.expectSound(faulty, writer, comment)
      }
    }
  }

  @Test func `a trial tells what would be freed, waits for no writer and changes nothing`() throws {
    try Self.withCondemned { faulty in
      let path = faulty.registry.folder.appending(path: ".registry/registry.sqlite").path
      let before = try faulty.rows()
      let trial = try DatabaseQueue(path: path).inDatabase { database in
        // Somebody else writes all the while.
        try database.execute(sql: "BEGIN IMMEDIATE")
        defer { try? database.execute(sql: "ROLLBACK") }
        return try faulty.registry.succeed("gc", "--dry-run")
      }
      #expect(try faulty.rows() == before)
      let real = try faulty.registry.succeed("gc")
      #expect(try #require(real[count: "freed_bytes"]) > 0)
      for key in ["freed_bytes", "objects", "repacked"] {
        #expect(trial[count: key] == real[count: key], "\(key)")
      }
      #expect(trial[object: "collected"].keys == real[object: "collected"].keys)
      try faulty.registry.succeed("verify")
    }
  }
}
