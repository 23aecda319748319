import Foundation
import GRDB
import TestSupport
import Testing

/// Registries that released programs wrote, in the hands of this one.
struct FormerSchemaTests {
  @Test func `there are stored registries of the first schema and of later ones`() {
    #expect(StoredRegistry.versions.starts(with: ["0001", "0006", "0007", "0008"]))
  }

  @Test(arguments: StoredRegistry.versions)
  func `a registry of a former schema is brought up to date and every command works on it`(
    version: String
  ) throws {
    try withTemporaryFolder { folder in
      let newest = try RegistryProcess(folder: folder).succeed("init", "new")[
        count: "schema_version"]
      try StoredRegistry.unpack(version, into: folder)
      let registry = RegistryProcess(folder: folder)
      #expect(try schemaVersion(of: registry) == Int(version))

      let models = try registry.succeed("models")[list: "models"]
      let names = models.map { "\($0[text: "model"] ?? "")@\($0[count: "version"] ?? 0)" }
      #expect(names.suffix(3) == ["shapes@2", "shapes@1", "base@1"])
      try registry.succeed("derive", "--from", "base", "--head", "shapes", "--name", "child")
      #expect(try schemaVersion(of: registry) == newest)
      try registry.succeed("verify")

      let shapes = try registry.succeed("models", "shapes@production")
      #expect(shapes[count: "version"] == 2)
      let datasets = try registry.succeed("datasets", "shapes", "--versions")[list: "datasets"]
      #expect(datasets.compactMap { $0[count: "images"] } == [49, 48])
      #expect(datasets.first?["labels"] as? [String: Int] == ["disc": 24, "stripes": 25])
      let edges = try registry.succeed("lineage", "shapes")[list: "edges"]
      #expect(edges.compactMap { $0[count: "inherited_layers"] } == [16, 16])
      let history = try registry.succeed("metrics", "shapes@1")
      #expect(history[object: "metrics"][list: "train_loss"].count > 5)
      #expect(try registry.succeed("diff", "base", "shapes")[list: "layers"].count == 18)

      let runs = try registry.succeed("runs")[list: "runs"]
      let states = runs.compactMap { $0[text: "state"] }
      #expect(states.first == "interrupted" && states.count >= 4)
      #expect(states.dropFirst().allSatisfy { $0 == "finished" })
      let stopped = try #require(runs.first?[text: "run"])
      let resumed = try registry.succeed("train", "stopped", "--resume", stopped)
      #expect(resumed[text: "run"] == stopped)

      try registry.succeed("train", "child", "--epochs", "3")
      #expect(try registry.succeed("evaluate", "child")[count: "images"]! > 0)
      try registry.succeed("alias", "shapes@1", "production")
      try registry.succeed("export", "shapes", "--output", "shapes.safetensors")
      try registry.succeed("import-model", "shapes.safetensors", "--name", "again")
      let photo = Story.photos.appending(path: "wolfdog/dog/dog-001.png").path
      try registry.succeed("predict", "again", photo)
      try registry.succeed(
        "import-images", Story.photos.appending(path: "wolfdog").path, "--dataset", "wolfdog")
      #expect(try registry.succeed("trace", photo)[list: "datasets"].count == 1)
      try registry.succeed("verify")
    }
  }

  @Test(arguments: StoredRegistry.versions.filter { $0 >= "0006" })
  func `tags, recalls, deletions, signatures, deltas and many labels of a former schema stay`(
    version: String
  ) throws {
    try withTemporaryFolder { folder in
      try StoredRegistry.unpack(version, into: folder)
      let registry = RegistryProcess(folder: folder)
      try registry.succeed("verify")
      let tagged = try registry.succeed("tag", "shapes")
      #expect(tagged[object: "tags"] as? [String: String] == ["team": "vision"])
      #expect(tagged[text: "note"] == "Checked by hand")
      try registry.fail(
        ["derive", "--from", "withdrawn", "--head", "shapes", "--name", "child"],
        "recalled_model", exitCode: 73)
      let restored = try registry.succeed("restore", "unwanted")[object: "restored"]
      #expect(restored["models"] as? [String] == ["unwanted@1"])
      try registry.succeed("derive", "--from", "unwanted", "--head", "shapes", "--name", "child")
      let signed = try registry.succeed("statement", "shapes@2")
      #expect(signed[list: "signatures"].count == 1)
      #expect(try registry.run(["verify", "--signatures", "shapes@2"]).exitCode == 0)
      let tuned = try #require(registry.succeed("storage", "tuned")[list: "versions"].first)
      #expect(tuned[count: "version"] == 2 && tuned[count: "delta_tensors"]! > 0, "\(tuned)")
      try registry.succeed("export", "tuned@2", "--output", "tuned.safetensors")
      let kinds = try registry.succeed("datasets", "kinds")
      #expect(kinds["labels"] as? [String: Int] == ["round": 8, "small": 4])
      #expect(kinds[count: "images"] == 12)
    }
  }

  @Test func `a registry of a newer schema is refused and left alone`() throws {
    try withTemporaryFolder { folder in
      try StoredRegistry.unpack("0001", into: folder)
      let registry = RegistryProcess(folder: folder)
      let file = folder.appending(path: ".registry/registry.sqlite")
      let queue = try DatabaseQueue(path: file.path)
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 9999") }
      try queue.close()
      let before = try Data(contentsOf: file)
      for arguments in [["models"], ["derive", "--from", "base", "--head", "shapes"], ["verify"]] {
        let result = try registry.run(arguments + ["--json"])
        #expect(result.exitCode == 69)
        #expect(try result.error()[text: "code"] == "newer_registry")
      }
      #expect(try Data(contentsOf: file) == before)
    }
  }

  private func schemaVersion(of registry: RegistryProcess) throws -> Int? {
    let file = registry.folder.appending(path: ".registry/registry.sqlite")
    return try DatabaseQueue(path: file.path).read {
      try Int.fetchOne($0, sql: "PRAGMA user_version")
    }
  }
}
