import ArgumentParser
import RegistryKit
import Testing

@testable import RegistryCommand

struct CommandOptionsTests {
  @Test func `an import without options leaves all to the registry`() throws {
    let request = try ImportImagesCommand.parse(["photos", "--dataset", "d"]).request
    #expect(request.paths == ["photos"])
    #expect(request.labels == .folders)
    #expect(request.split == nil)
    #expect(request.grouping == nil)
    #expect(request.seed == nil)
    #expect(!request.isStrict)
  }

  @Test func `an import hands on what was given`() throws {
    let request = try ImportImagesCommand.parse([
      "a", "b", "--dataset", "d", "--labels", "l.csv", "--group-by", "video", "--seed=-3",
      "--split", "0.8,0.1,0.1", "--strict",
    ]).request
    #expect(request.paths == ["a", "b"])
    #expect(request.labels == .file("l.csv"))
    #expect(request.grouping == .column("video"))
    #expect(request.seed == -3)
    #expect(request.split == SplitFractions(train: 0.8, validation: 0.1, test: 0.1))
    #expect(request.isStrict)
  }

  @Test(
    arguments: [
      ([], nil), (["backbone"], FreezeRequest.backbone), (["none"], FreezeRequest.none),
      (["up-to:blocks.4"], .upTo(layer: "blocks.4")),
      (["blocks.0.*", "conv_stem"], .globs(["blocks.0.*", "conv_stem"])),
    ] as [([String], FreezeRequest?)])
  func `freezing is understood`(arguments: [String], expected: FreezeRequest?) throws {
    let request = try FreezeRequest(arguments: arguments)
    // `none` is a case of the request and of the optional.
    if let expected { #expect(request == .some(expected)) } else { #expect(request == nil) }
  }

  @Test(arguments: [["up-to:"], ["backbone", "a"], ["a", "none"], ["a", "up-to:b"], [""]])
  func `freezing that contradicts itself is refused`(arguments: [String]) {
    #expect(throws: ValidationError.self) { try FreezeRequest(arguments: arguments) }
  }

  @Test func `derive takes labels, datasets and the head's shape`() throws {
    let request = try DeriveCommand.parse([
      "--from", "b@2", "--head", "h", "--labels", "dog, grey wolf", "--dataset", "x", "--dataset",
      "y", "--hidden", "64", "--dropout", "0.2", "--extend", "--new-version", "--seed", "7",
    ]).request()
    #expect(request.base == "b@2")
    #expect(request.labels == ["dog", "grey wolf"])
    #expect(request.datasets == ["x", "y"])
    #expect(request.hidden == 64)
    #expect(request.dropout == 0.2)
    #expect(request.extendsBase && request.isNewVersion)
    #expect(request.seed == 7)
    #expect(request.freeze == .backbone)
  }

  @Test(arguments: [
    ["--epochs", "3"], ["--balance-classes"], ["--train", "--epochs", "0"], ["--hidden", "0"],
    ["--dropout", "1"], ["--labels", "a,,b"], ["--labels", "a,b,a"],
    ["--train", "--learning-rate", "fast"], ["--train", "--learning-rate", "-1"],
    ["--train", "--label-smoothing", "1"], ["--train", "--weight-decay", "nan"],
  ])
  func `derive refuses what cannot work`(arguments: [String]) {
    #expect(throws: (any Error).self) {
      try DeriveCommand.parse(["--from", "b", "--head", "h"] + arguments)
    }
  }

  @Test func `training options become a request`() throws {
    let command = try TrainCommand.parse([
      "m", "--epochs", "5", "--learning-rate", "0.01", "--optimizer", "adamw", "--patience", "2",
      "--batch-size", "16", "--threads", "1",
    ])
    let request = command.training.request(datasets: ["d"], seed: 1, resume: nil)
    #expect(request.epochs == 5)
    #expect(request.learningRate == 0.01)
    #expect(request.optimizer == "adamw")
    #expect(request.patience == 2)
    #expect(request.batchSize == 16)
    #expect(request.threads == 1)
    #expect(request.datasets == ["d"])
  }

  @Test(arguments: [["--epochs", "3"], ["--seed", "1"], ["--dataset", "d"], ["--threads", "1"]])
  func `a resumed run keeps its options`(arguments: [String]) throws {
    _ = try TrainCommand.parse(["--resume", "3f"])
    #expect(throws: (any Error).self) { try TrainCommand.parse(["--resume", "3f"] + arguments) }
  }

  @Test func `an automatic learning rate is the registry's choice`() throws {
    let command = try TrainCommand.parse(["m", "--learning-rate", "auto"])
    #expect(command.training.request(datasets: [], seed: 0).learningRate == nil)
    #expect(command.training.firstGiven == "--learning-rate")
  }

  @Test(arguments: [
    (["--json", "models"], ["models", "--json"]),
    (["--registry", "d", "-q", "models", "x"], ["models", "--registry", "d", "-q", "x"]),
    (["--registry=d", "models"], ["models", "--registry=d"]),
    (["--version"], ["--version"]), (["--json"], ["--json"]), ([], []),
    (["models", "--json"], ["models", "--json"]), (["--registry"], ["--registry"]),
  ])
  func `options that every command takes may stand before it`(given: [String], order: [String]) {
    #expect(ArgumentOrder.subcommandFirst(given) == order)
  }

  @Test func `a misspelt command is answered with the one that was meant`() {
    #expect(
      ArgumentOrder.misspeltSubcommand(["drive"])?.message
        == "There is no command 'drive'. Did you mean 'derive'?")
    #expect(ArgumentOrder.misspeltSubcommand(["derive"]) == nil)
    #expect(ArgumentOrder.misspeltSubcommand(["help"]) == nil)
  }

  @Test func `both directions of a lineage are shown unless one is asked for`() throws {
    #expect(try LineageCommand.parse(["m"]).direction == .both)
    #expect(try LineageCommand.parse(["m", "--ancestors"]).direction == .ancestors)
    #expect(try LineageCommand.parse(["m", "--descendants"]).direction == .descendants)
    #expect(try LineageCommand.parse(["m", "--ancestors", "--descendants"]).direction == .both)
  }
}
