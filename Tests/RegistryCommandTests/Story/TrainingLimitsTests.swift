import Foundation
import TestSupport
import Testing

/// Training that cannot go well: it says why, and leaves the registry as it was.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct TrainingLimitsTests {
  /// What makes a network's weights explode within a few steps, of which each is kept.
  private static let explosion = [
    "--optimizer", "sgd", "--learning-rate", "1e6", "--clip-norm", "1e9", "--schedule", "constant",
    "--checkpoint-minutes", "0", "--batch-size", "4",
  ]

  @Test(arguments: [
    ["train", "wolfdog", "--unfreeze", "_blocks.15.*", "--epochs", "9"],
    ["train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog"],
  ])
  func `a loss that is not finite stops training with the step, the layer and the learning rate`(
    arguments: [String]
  ) throws {
    try Story.withPreparedRegistry { registry in
      let models = try registry.run(["models", "--json"]).standardOutput
      let result = try registry.run(arguments + Self.explosion + ["--json"])
      #expect(result.exitCode == 65)
      let error = try result.error()
      #expect(error[text: "code"] == "training_diverged")
      let message = try #require(error[text: "message"])
      #expect(message.hasPrefix("In step "), "\(message)")
      #expect(message.contains(", epoch "), "\(message)")
      #expect(message.contains("a learning rate of 1000000.0,"), "\(message)")
      let place = try #require(error[text: "place"])
      let layer = try #require(place.split(separator: " ").last)
      #expect(place.contains("layer ") && message.hasSuffix(" \(layer)."), "\(message) \(place)")
      #expect(error[text: "remedy"]?.contains("learning rate") == true)

      // Nothing is registered; the run says why it failed.
      #expect(try registry.run(["models", "--json"]).standardOutput == models)
      let run = try #require(try registry.succeed("runs")[list: "runs"].first)
      #expect(run[text: "state"] == "failed" && run[text: "message"] == message)

      // The last good checkpoint is still there: going on from it fails in the same step.
      let again = try registry.run(
        ["train", "--resume", try #require(run[text: "run"]), "--json"])
      #expect(try again.error()[text: "code"] == "training_diverged")
      #expect(try again.error()[text: "message"] == message)
    }
  }

  @Test func `a head whose loss is not finite names its layer and the learning rate`() throws {
    try Story.withPreparedRegistry { registry in
      let arguments = [
        "derive", "--from", "efficientnet-lite0", "--head", "coyote", "--hidden", "16", "--train",
        "--optimizer", "adamw", "--learning-rate", "1e6", "--weight-decay", "1e6", "--schedule",
        "constant", "--epochs", "200", "--patience", "200",
      ]
      let result = try registry.run(arguments + ["--json"])
      #expect(result.exitCode == 65)
      let error = try result.error()
      #expect(error[text: "code"] == "training_diverged")
      let message = try #require(error[text: "message"])
      #expect(message.hasPrefix("In step ") && message.contains("a learning rate of 1000000.0,"))
      #expect(error[text: "place"]?.contains("layer _fc.") == true, "\(error)")
      #expect(try registry.succeed("models")[list: "models"].count == 2)
    }
  }

  @Test func `a batch for which there is no memory is refused beforehand with an estimate`() throws
  {
    try Story.withPreparedRegistry { registry in
      func arguments(batchSize: Int) -> [String] {
        [
          "train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog",
          "--epochs", "1", "--batch-size", "\(batchSize)", "--json",
        ]
      }
      let before = try registry.contents()
      let limit = 850_000
      let result = try registry.run(limitedTo: limit, arguments(batchSize: 57))
      #expect(result.exitCode == 64)
      let error = try result.error()
      #expect(error[text: "code"] == "batch_too_large")
      let message = try #require(error[text: "message"])
      let numbers = message.split { !$0.isNumber }.compactMap { Int($0) }
      #expect(numbers.count == 3 && numbers[0] == 57, "\(message)")
      #expect(numbers[1] > numbers[2], "it needs more than there is")
      #expect(error[text: "place"] == "--batch-size")
      #expect(try registry.contents() == before, "not even a run is left")

      // What the remedy proposes works.
      let remedy = try #require(error[text: "remedy"])
      let fitting = try #require(remedy.split { !$0.isNumber }.first.flatMap { Int($0) })
      #expect((1..<57).contains(fitting), "\(remedy)")
      let smaller = try registry.run(limitedTo: limit, arguments(batchSize: max(fitting / 2, 1)))
      #expect(smaller.exitCode == 0, "\(smaller.standardOutput)")
    }
  }

  @Test(arguments: [
    (
      ["derive", "--from", "wolfdog", "--head", "coyote", "--freeze", "_block.15.*"], "_blocks.15.*"
    ),
    (
      ["derive", "--from", "wolfdog", "--head", "coyote", "--freeze", "up-to:_conv_haed"],
      "_conv_head"
    ),
    (["train", "wolfdog", "--unfreeze", "_blocks.15*.conv"], "_blocks.15._bn0"),
    (["train", "wolfdog", "--unfreeze", "conv_head@1"], "_conv_head"),
    (["compare", "wolfdog", "--unfreeze", "_blocks.99.*"], "_blocks.9.*"),
  ])
  func `layers that do not exist are answered with the nearest names`(
    arguments: [String], nearest: String
  ) throws {
    try Story.withPreparedRegistry { registry in
      let error = try registry.fail(arguments, "unknown_layer", exitCode: 66)
      let remedy = try #require(error[text: "remedy"])
      #expect(remedy.hasPrefix("The nearest are "), "\(remedy)")
      let names = remedy.dropFirst("The nearest are ".count).split(separator: ". ")[0]
      #expect(names.split(separator: ", ").count == 3, "\(remedy)")
      #expect(names.split(separator: ", ").contains(nearest[...]), "\(remedy)")
    }
  }

  @Test func `a version that does worse than before is registered with a warning`() throws {
    try Story.withPreparedRegistry { registry in
      let result = try registry.succeed(
        "train", "wolfdog", "--unfreeze", "_conv_head", "--epochs", "1", "--learning-rate", "0.3")
      let metrics = result[object: "metrics"]
      let before = try #require(metrics[number: "initial_validation_loss"])
      let after = try #require(metrics[number: "validation_loss"])
      #expect(after > before)
      let warning = try #require(result[list: "warnings"].first)
      #expect(warning[text: "code"] == "worse_than_before")
      #expect(warning[text: "message"]?.contains("wolfdog@1") == true, "\(warning)")

      // What was measured before training is what an evaluation of the base measures.
      let evaluation = try registry.succeed("evaluate", "wolfdog@1", "--split", "validation")
      #expect(abs(try #require(evaluation[number: "loss"]) - before) < 1e-4 * max(before, 1))
      let people = try registry.run([
        "train", "wolfdog@1", "--unfreeze", "_conv_head", "--epochs", "1", "--learning-rate", "0.3",
      ])
      #expect(people.standardOutput.contains("Warning: The validation loss was "))
      let good = try registry.succeed(
        "train", "wolfdog@1", "--unfreeze", "_conv_head", "--epochs", "1")
      #expect(good[list: "warnings"].isEmpty, "\(good)")
    }
  }

  @Test func `a network that gives all images the same outputs is registered with a warning`()
    throws
  {
    try Story.withPreparedRegistry { registry in
      try registry.succeed(
        "train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog",
        "--epochs", "1")
      try registry.succeed("export", "scratch", "--output", "scratch.safetensors")
      let file = registry.folder.appending(path: "scratch.safetensors")
      var bytes = try Data(contentsOf: file)
      let header = bytes.prefix(8).enumerated().reduce(0) {
        $0 + Int($1.element) << (8 * $1.offset)
      }
      bytes.resetBytes(in: (8 + header)..<bytes.count)
      try bytes.write(to: file)
      try registry.succeed("import-model", "scratch.safetensors", "--name", "dead")
      for options in [[], ["--freeze", "none", "--epochs", "1", "--learning-rate", "1e-6"]] {
        let name = "child\(options.count)"
        let result = try registry.run(
          ["derive", "--from", "dead", "--head", "wolfdog", "--name", name, "--train", "--json"]
            + options
        ).json()
        #expect(
          result[list: "warnings"].map { $0[text: "code"] }.contains("constant_outputs"),
          "\(result)")
      }
    }
  }

  @Test func `threads that wait for each other sleep, unless the user decides otherwise`() throws {
    try withRegistryProcess { registry in
      try registry.succeed("init")
      try registry.succeed(
        "import-images", Story.photos.appending(path: "wolfdog").path, "--dataset", "wolfdog")
      for (given, expected) in [
        (nil, "OMP_WAIT_POLICY=passive"), ("active", "OMP_WAIT_POLICY=active"),
      ] {
        let process = try registry.start(
          ["train", "--architecture", "convnet", "--name", "scratch", "--dataset", "wolfdog"],
          environment: given.map { ["OMP_WAIT_POLICY": $0] } ?? [:])
        defer {
          kill(process.processIdentifier, SIGKILL)
          process.waitUntilExit()
        }
        let file = URL(filePath: "/proc/\(process.processIdentifier)/environ")
        var isSet = false
        // The program becomes itself again within milliseconds, and then trains for many seconds.
        for _ in 0..<2400 where !isSet && process.isRunning {
          let variables = try? Data(contentsOf: file).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
          isSet = variables?.contains(expected) == true
          usleep(25_000)
        }
        #expect(isSet, "\(expected)")
      }
    }
  }
}

extension RegistryProcess {
  /// Runs the binary with so many KiB of address space.
  fileprivate func run(limitedTo kibibytes: Int, _ arguments: [String]) throws -> Result {
    try run(
      ["-c", "ulimit -v \(kibibytes); exec \"$0\" \"$@\"", Self.executable?.path ?? ""] + arguments,
      program: URL(filePath: "/bin/sh"))
  }
}
