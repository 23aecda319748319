import Foundation
import TestSupport
import Testing

@Suite struct CompletionTests {
  /// Whether a shell is here.
  private static func has(_ program: String) -> Bool {
    ["/usr/bin/", "/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + program) }
  }

  /// What the shell's script is given for the word at the end of a line.
  private func offers(
    _ registry: RegistryProcess, _ argument: String, _ words: String...
  ) throws -> [String] {
    let parts = argument.split(separator: " ").map(String.init)
    let result = try registry.run(
      ["---completion", parts[0], "--", parts[1], "\(words.count)", "\(words.last?.count ?? 0)"]
        + ["registry"] + words)
    #expect(result.exitCode == 0, "\(result.standardError)")
    return result.standardOutput.split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: Story.hasPretrained, Story.needsPretrained))
  func `names of models, versions, aliases, datasets, runs and layers are offered`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("alias", "wolfdog@1", "best")
      #expect(
        try offers(registry, "models positional@0", "models", "")
          == ["efficientnet-lite0", "wolfdog"])
      #expect(try offers(registry, "models positional@0", "models", "wo") == ["wolfdog"])
      #expect(try offers(registry, "models positional@0", "models", "x") == [])
      #expect(
        try offers(registry, "evaluate positional@0", "evaluate", "wolfdog@")
          == ["wolfdog@best", "wolfdog@1"])
      #expect(try offers(registry, "check positional@0", "check", "c") == ["coyote"])
      #expect(try offers(registry, "check positional@0", "check", "coyote@") == ["coyote@1"])
      #expect(
        try offers(registry, "diff positional@1", "diff", "wolfdog", "co") == ["coyote"])
      #expect(
        try offers(
          registry, "derive --freeze", "derive", "--from", "wolfdog", "--freeze", "_blocks.15._bn0"
        ) == ["_blocks.15._bn0"])
      #expect(
        try offers(registry, "train --unfreeze", "train", "wolfdog", "--unfreeze", "_conv")
          == ["_conv_stem", "_conv_head"])
      let run = try #require(try registry.succeed("runs")[list: "runs"].first?[text: "run"])
      #expect(
        try offers(registry, "runs positional@0", "runs", String(run.prefix(4))).contains(run))
      #expect(
        try offers(registry, "train --architecture", "train", "--architecture", "resnet1")
          == ["resnet18", "resnet101"])

      try registry.succeed("delete", "wolfdog", "--force")
      #expect(try offers(registry, "models positional@0", "models", "w") == [])
      #expect(try offers(registry, "models positional@0", "models", "wolfdog@") == [])
    }
  }

  @Test func `without a registry nothing is offered`() throws {
    try withRegistryProcess { registry in
      let names = try offers(registry, "models positional@0", "models", "")
      #expect(names == [])
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `a shell reads the script`(shell: String) throws {
    try withRegistryProcess { registry in
      let script = try registry("completions", shell)
      #expect(script.exitCode == 0)
      #expect(try registry.succeed("completions", shell)[text: "script"] == script.standardOutput)
      guard Self.has(shell) else { return }
      let file = registry.folder.appending(path: "script")
      try Data(script.standardOutput.utf8).write(to: file)
      let check = try registry.run(
        ["-n", file.path], program: URL(filePath: "/usr/bin/" + shell))
      #expect(check.exitCode == 0, "\(check.standardError)")
    }
  }

  @Test(.enabled(if: Story.hasPretrained, Story.needsPretrained))
  func `bash completes a name on a command line`() throws {
    try Story.withPreparedRegistry { registry in
      let script = registry.folder.appending(path: "script")
      try Data(try registry("completions", "bash").standardOutput.utf8).write(to: script)
      let program = RegistryProcess.executable?.path ?? ""
      let lines = """
        source '\(script.path)'
        case "$COMP_WORDBREAKS" in *@*) echo broken ;; esac
        COMP_WORDS=('\(program)' models wolf); COMP_CWORD=2
        COMP_LINE='\(program) models wolf'; COMP_POINT=${#COMP_LINE}
        _registry '\(program)' wolf models
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      let result = try registry.run(["-c", lines], program: URL(filePath: "/bin/bash"))
      #expect(result.standardOutput == "wolfdog\n", "\(result.standardError)")
    }
  }
}
