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
      // A shell takes what stands in quotes as one word.
      let words = example.prefix { $0 != "|" }.matches(of: /"([^"]*)"|([^ ]+)/).dropFirst()
        .map { String($0.output.1 ?? $0.output.2 ?? "") }
      #expect(throws: Never.self) { try RegistryProgram.parseAsRoot(words) }
    }
  }

  @Test(arguments: RegistryProgram.subcommandNames)
  func `the documentation names every option of a command, and no other`(name: String) throws {
    let subcommand = try #require(
      RegistryProgram.configuration.subcommands.first { $0.configuration.commandName == name })
    let everywhere: Set = ["--registry", "--json", "--quiet", "--help", "--version"]
    let help = RegistryProgram.helpMessage(for: subcommand, columns: 80)
    let options = Set(help.matches(of: /\n  (?:-\w, )?(--[a-z-]+)/).map { String($0.output.1) })

    let text = try String(
      contentsOf: Places.repository.appending(path: "docs/command-line.md"), encoding: .utf8)
    let sections = text.components(separatedBy: "\n## ")
    var section = try #require(sections.first { $0.hasPrefix("\(name)\n") })
    if section.contains("the options of train") {
      let table = try #require(sections.first { $0.hasPrefix("train\n") })
      // What train alone has: how to go on, and what begins from nothing.
      section += ["--resume", "--architecture"].reduce(table) {
        $0.replacingOccurrences(of: $1, with: "")
      }
    }
    let documented = Set(section.matches(of: /--[a-z][a-z-]*/).map { String($0.output) })
    #expect(options.subtracting(everywhere).subtracting(documented).sorted() == [])
    // Hints in examples show the options of other commands.
    let example = section.split(separator: "\n").filter { $0.hasPrefix("    Next: ") }.joined()
    let known = options.union(everywhere).union(
      example.matches(of: /--[a-z-]+/).map { String($0.output) })
    #expect(documented.subtracting(known).sorted() == [])
  }

  /// After a change of help that is meant, `scripts/make-man-page.sh` writes the page anew.
  @Test func `the manual page has every command, option and example`() throws {
    let page = try String(
      contentsOf: Places.repository.appending(path: "docs/registry.1"), encoding: .utf8)
    var parts: [String: String] = [:]
    for part in page.components(separatedBy: "\n.It Em ").dropFirst() {
      let name = String(part.prefix { $0 != "\n" })
      parts[name] = part
    }
    #expect(parts.keys.sorted() == (RegistryProgram.subcommandNames + ["help"]).sorted())
    for subcommand in RegistryProgram.configuration.subcommands {
      let part = try #require(parts[subcommand.configuration.commandName ?? ""])
      let help = RegistryProgram.helpMessage(for: subcommand, columns: 80)
      for option in help.matches(of: /\n  (?:-\w, )?-(-[a-z-]+)/).map(\.output.1) {
        #expect(part.contains("\(option) ") || part.contains("\(option)\n"), "\(option)")
      }
      for example in subcommand.configuration.discussion.split(separator: "\n")
      where example.hasPrefix("  registry ") {
        #expect(part.contains(example))
      }
    }
  }
}
