import Foundation
import TestSupport
import Testing

/// Every mistake gets a sentence, a place, a way out and its exit code, and changes nothing.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct BadInputTests {
  private static let photos = Story.photos.path
  private static let attacks = Places.fixtures.appending(path: "attacks").path

  /// A command line, the code and the exit code that answer it, and a word of the message.
  struct Mistake: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    let code: String
    let exitCode: Int32
    let word: String

    init(_ arguments: String..., code: String, exitCode: Int32, word: String) {
      self.arguments = arguments
      self.code = code
      self.exitCode = exitCode
      self.word = word
    }

    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let mistakes: [Mistake] = [
    Mistake(
      "import-images", "/nowhere/photos", "--dataset", "d", code: "no_such_file", exitCode: 66,
      word: "/nowhere/photos"),
    Mistake(
      "import-images", photos, "--dataset", "a/b", code: "malformed_name", exitCode: 64,
      word: "a/b"),
    Mistake(
      "import-images", attacks, "--dataset", "d", code: "no_images", exitCode: 65,
      word: "usable"),
    Mistake(
      "import-model", "/nowhere/model.pth", "--name", "m", code: "no_such_file", exitCode: 66,
      word: "/nowhere/model.pth"),
    Mistake(
      "import-model", photos, "--name", "m", code: "not_a_file", exitCode: 65, word: photos),
    Mistake(
      "import-model", "\(attacks)/os-system.pt", "--name", "m", code: "forbidden_global",
      exitCode: 65, word: "posix.system"),
    Mistake(
      "import-model", "\(attacks)/past-end.safetensors", "--name", "m",
      code: "safetensors_offsets", exitCode: 65, word: "byte"),
    Mistake(
      "import-model", "\(attacks)/header-100-megabytes.safetensors", "--name", "m",
      code: "safetensors_header_length", exitCode: 65, word: "header"),
    Mistake(
      "import-model", Story.pretrained.path, "--name", "m", "--architecture", "resnet18",
      code: "wrong_architecture", exitCode: 65, word: "conv1.weight [64, 3, 7, 7]"),
    Mistake(
      "import-model", Story.pretrained.path, "--name", "m", "--architecture", "resnet",
      code: "unknown_architecture", exitCode: 64, word: "resnet"),
    Mistake(
      "import-model", Story.pretrained.path, "--name", "m", "--labels",
      Places.repository.appending(path: "LICENSE").path, code: "malformed_labels", exitCode: 65,
      word: "label"),
    Mistake("evaluate", "wolfdgo", code: "unknown_model", exitCode: 66, word: "wolfdgo"),
    Mistake("lineage", "wolfdog@7", code: "unknown_model_version", exitCode: 66, word: "wolfdog@7"),
    Mistake(
      "lineage", "wolfdog@production", code: "unknown_alias", exitCode: 66, word: "production"),
    Mistake(
      "derive", "--from", "nothing", "--head", "coyote", code: "unknown_model", exitCode: 66,
      word: "nothing"),
    Mistake(
      "derive", "--from", "wolfdog", "--head", "coyotes", code: "unknown_dataset", exitCode: 66,
      word: "coyotes"),
    Mistake(
      "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", code: "model_exists",
      exitCode: 73, word: "wolfdog"),
    Mistake(
      "derive", "--from", "wolfdog", "--head", "coyote", "--labels", "a", code: "too_few_labels",
      exitCode: 65, word: "a"),
    Mistake(
      "derive", "--from", "wolfdog", "--head", "coyote", "--freeze", "up-to:_nothing",
      code: "unknown_layer", exitCode: 66, word: "_nothing"),
    Mistake(
      "derive", "--from", "wolfdog", "--head", "coyote", "--freeze", "none", "--train",
      "--optimizer", "lbfgs", code: "malformed_training", exitCode: 64, word: "lbfgs"),
    Mistake(
      "train", "wolfdog", "--unfreeze", "_nothing", code: "unknown_layer", exitCode: 66,
      word: "_nothing"),
    Mistake(
      "train", "wolfdog", "--unfreeze", "_conv_head@900", code: "malformed_unfreezing",
      exitCode: 64, word: "_conv_head"),
    Mistake(
      "train", "wolfdog", "--augment", "strange", code: "malformed_augmentation", exitCode: 64,
      word: "strange"),
    Mistake(
      "train", "wolfdog", "--schedule", "strange", code: "malformed_schedule", exitCode: 64,
      word: "strange"),
    Mistake(
      "train", "--architecture", "strange", "--name", "new", "--dataset", "wolfdog",
      code: "unknown_architecture", exitCode: 64, word: "strange"),
    Mistake(
      "train", "--architecture", "convnet", "--name", "new", code: "no_dataset", exitCode: 64,
      word: "new"),
    Mistake(
      "train", "--architecture", "convnet", "--name", "wolfdog", "--dataset", "wolfdog",
      code: "model_exists", exitCode: 73, word: "wolfdog"),
    Mistake(
      "compare", "wolfdog", "--unfreeze", "_nothing", code: "unknown_layer", exitCode: 66,
      word: "_nothing"),
    Mistake("train", "efficientnet-lite0", code: "no_dataset", exitCode: 64, word: "dataset"),
    Mistake(
      "train", "wolfdog", "--dataset", "coyote", code: "label_without_images", exitCode: 65,
      word: "dog"),
    Mistake(
      "train", "wolfdog", "--resume", "0123", code: "unknown_run", exitCode: 66, word: "0123"),
    Mistake(
      "predict", "wolfdog", "\(attacks)/README.md", code: "unknown_image_format", exitCode: 65,
      word: "PNG"),
    Mistake(
      "predict", "wolfdog", "/nowhere.jpg", code: "no_such_file", exitCode: 66,
      word: "/nowhere.jpg"),
    Mistake("metrics", "efficientnet-lite0", code: "no_metrics", exitCode: 66, word: "imported"),
    Mistake(
      "metrics", "wolfdog", "--key", "f2", code: "unknown_metric", exitCode: 66, word: "f2"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is explained and changes nothing`(mistake: Mistake) throws {
    try Story.withPreparedRegistry { registry in
      let error = try registry.fail(mistake.arguments, mistake.code, exitCode: mistake.exitCode)
      #expect(error[text: "message"]?.contains(mistake.word) == true, "\(error)")
      let people = try registry.run(mistake.arguments)
      #expect(people.exitCode == mistake.exitCode)
      #expect(people.standardError.contains("\n  try: "))
    }
  }

  @Test func `the name of an existing model says how to make a new version`() throws {
    try Story.withPreparedRegistry { registry in
      let arguments = ["derive", "--from", "efficientnet-lite0", "--head", "wolfdog"]
      let error = try registry.fail(arguments, "model_exists", exitCode: 73)
      #expect(error[text: "remedy"]?.contains("--new-version") == true)
      let derived = try registry.run(arguments + ["--new-version", "--json"]).json()
      #expect(derived[count: "version"] == 2)
    }
  }

  @Test func `a dataset with one label cannot have a head`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed(
        "import-images", Story.photos.appending(path: "coyote/jackal").path, "--dataset", "one")
      let error = try registry.fail(
        ["derive", "--from", "wolfdog", "--head", "one"], "too_few_labels", exitCode: 65)
      #expect(error[text: "message"]?.contains("jackal") == true)
    }
  }

  @Test func `a label without an image to train on is named`() throws {
    try Story.withPreparedRegistry { registry in
      let listing = registry.folder.appending(path: "labels.csv")
      let lines =
        ["path,label,split"]
        + (1...6).map { number in
          let label = number < 5 ? "dog" : "wolf"
          return String(
            format: "%@/wolfdog/%@/%@-%03d.png,%@,%@", Self.photos, label, label, 2 * number - 1,
            label, number < 5 ? "train" : "test")
        }
      try Data(lines.joined(separator: "\n").utf8).write(to: listing)
      try registry.succeed(
        "import-images", Self.photos, "--dataset", "lopsided", "--labels", listing.path)
      let error = try registry.fail(
        ["derive", "--from", "wolfdog", "--head", "lopsided", "--train"], "label_without_images",
        exitCode: 65)
      #expect(error[text: "message"]?.contains("no training image of wolf") == true)
    }
  }

  @Test func `a folder without a registry says how to make one`() throws {
    try withRegistryProcess { registry in
      let result = try registry("models", "--registry", registry.folder.path, "--json")
      #expect(result.exitCode == 66)
      #expect(try result.error()[text: "code"] == "no_registry")
      #expect(try result.error()[text: "remedy"]?.contains("registry init") == true)
    }
  }

  @Test func `a second init is refused`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.fail(["init"], "registry_exists", exitCode: 73)
    }
  }

  @Test func `a registry of a newer program is refused and left alone`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let catalog = registry.folder.appending(path: ".registry/registry.sqlite").path
      try registry.python(
        "import sqlite3; sqlite3.connect('\(catalog)').execute('PRAGMA user_version=999')")
      for arguments in [["models"], ["verify"], ["alias", "wolfdog@1", "production"]] {
        let result = try registry.run(arguments + ["--json"])
        #expect(result.exitCode == 69)
        #expect(try result.error()[text: "code"] == "newer_registry")
      }
    }
  }

  @Test func `a catalogue that is no database is refused`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let catalog = registry.folder.appending(path: ".registry/registry.sqlite")
      try Data("this is no database, though it is long enough to be one".utf8).write(to: catalog)
      let result = try registry("models", "--json")
      #expect(result.exitCode == 1)
      #expect(try result.error()[text: "code"] == "damaged_catalog")
    }
  }
}
