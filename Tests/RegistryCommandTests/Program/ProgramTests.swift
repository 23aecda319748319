import Foundation
import RegistryKit
import Testing

struct ProgramTests {
  @Test func `the version is three numbers`() throws {
    try withRegistryProcess { registry in
      let result = try registry("--version")
      #expect(result.exitCode == 0)
      #expect(result.standardOutput == ProgramVersion.text + "\n")
      #expect(result.standardError == "")
    }
  }

  @Test func `without arguments the program explains itself`() throws {
    try withRegistryProcess { registry in
      let result = try registry()
      #expect(result.exitCode == 0)
      #expect(result.standardOutput.contains("registry derive --from efficientnet-lite0"))
    }
  }

  @Test(arguments: [
    ["derive"], ["derive", "--from", "a", "--head", "b", "--epochs", "3"], ["drive"],
    ["models", "--no-such-option"], ["import-images", "x", "--dataset", "d", "--split", "1"],
    ["train"], ["evaluate", "m", "--split", "tset"], ["runs", "--limit", "0"],
    ["metrics"], ["diff", "a"], ["init", "a", "--registry", "b"], ["predict", "m"],
  ])
  func `wrong usage exits with 64, explained to people and to scripts`(arguments: [String]) throws {
    try withRegistryProcess { registry in
      let result = try registry.run(arguments)
      #expect(result.exitCode == 64)
      #expect(result.standardOutput == "")
      #expect(result.standardError.contains("Error: "))
      #expect(result.standardError.contains("--help' for more information."))
      let scripted = try registry.run(arguments + ["--json"])
      #expect(scripted.exitCode == 64)
      #expect(scripted.standardError == "")
      let error = try scripted.error()
      #expect(error["code"] as? String == "usage")
      #expect((error["message"] as? String)?.isEmpty == false)
      #expect(error["place"] is NSNull)
      #expect((error["remedy"] as? String)?.hasSuffix("--help`.") == true)
    }
  }

  @Test func `near misses are answered with what was meant`() throws {
    try withRegistryProcess { registry in
      #expect(try registry("lineag").standardError.contains("Did you mean 'lineage'?"))
      let option = try registry("derive", "--from", "a", "--head", "b", "--freze", "none")
      #expect(option.standardError.contains("Did you mean '--freeze'?"))
    }
  }

  @Test func `two formats at once are wrong usage`() throws {
    try withRegistryProcess { registry in
      let result = try registry("lineage", "m", "--json", "--format", "dot")
      #expect(result.exitCode == 64)
      let error = try result.error()
      #expect(error["code"] as? String == "usage")
    }
  }
}
