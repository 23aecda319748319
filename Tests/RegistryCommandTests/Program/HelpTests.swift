import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import RegistryCommand

struct HelpTests {
  private static let folder = Places.repository.appending(
    path: "Tests/RegistryCommandTests/Snapshots")

  /// Run the tests with `REGISTRY_RECORD_SNAPSHOTS=1` after a change of help that is meant.
  @Test(arguments: ["registry"] + RegistryProgram.subcommandNames)
  func `help is what the snapshot says`(name: String) throws {
    let subcommand = RegistryProgram.configuration.subcommands.first {
      $0.configuration.commandName == name
    }
    let help =
      subcommand.map { RegistryProgram.helpMessage(for: $0, columns: 80) }
      ?? RegistryProgram.helpMessage(columns: 80)
    let file = Self.folder.appending(path: "\(name).txt")
    if ProcessInfo.processInfo.environment["REGISTRY_RECORD_SNAPSHOTS"] == "1" {
      try Data((help + "\n").utf8).write(to: file)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == help + "\n")
  }

  @Test(arguments: RegistryProgram.subcommandNames)
  func `every command shows an example that the parser takes`(name: String) throws {
    let configuration = try #require(
      RegistryProgram.configuration.subcommands.first {
        $0.configuration.commandName == name
      }?.configuration)
    let examples = configuration.discussion.split(separator: "\n")
      .filter { $0.hasPrefix("  registry ") }
    #expect(!examples.isEmpty)
    for example in examples {
      // Wider lines would be wrapped in a terminal of 80 columns.
      #expect(example.count < 80)
      let words = example.prefix { $0 != "|" }.split(separator: " ").dropFirst().map(String.init)
      #expect(throws: Never.self) { try RegistryProgram.parseAsRoot(words) }
    }
  }
}
