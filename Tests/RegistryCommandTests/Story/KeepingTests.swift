import Foundation
import TestSupport
import Testing

/// Names, tags and notes from the command line, and deleting until the bytes are gone.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct KeepingTests {
  @Test func `an alias moves, is removed, and tells who pointed it where`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      try registry.succeed("alias", "wolfdog", "production")
      try registry.succeed("tag", "wolfdog@production", "stage=live")
      let list = try registry.succeed("alias", "wolfdog")
      #expect(list[list: "aliases"].map { $0[text: "alias"] } == ["production"])
      let removed = try registry.succeed("alias", "wolfdog", "--remove", "production")
      #expect(removed[count: "previous_version"] == 1)
      try registry.fail(["predict", "wolfdog@production", "x.jpg"], "unknown_alias", exitCode: 66)
      let changes = try registry.succeed("alias", "wolfdog", "--history")[list: "changes"]
      #expect(changes.map { $0[count: "version"] } == [1, nil])
      #expect(changes.map { $0[count: "previous_version"] } == [nil, 1])
      #expect(changes.allSatisfy { $0[text: "changed_by"]?.contains("@") == true })
      #expect(changes.allSatisfy { $0[text: "changed_at"]?.hasSuffix("Z") == true })
      try registry.fail(["alias", "coyote", "--history", "beta"], "unknown_alias", exitCode: 66)
    }
  }

  @Test func `tags and notes stand in every list`() throws {
    try Story.withPreparedRegistry { registry in
      let run = try #require(try registry.succeed("runs")[list: "runs"].first?[text: "run"])
      try registry.succeed("tag", "wolfdog", "team=vision", "--note", "Wolves and dogs.")
      try registry.succeed("tag", "wolfdog@1", "stage=beta")
      try registry.succeed("tag", "--dataset", "wolfdog@1", "license=CC0")
      try registry.succeed("tag", "--run", String(run.prefix(12)), "reviewed=yes=no")
      let model = try registry.succeed("models", "wolfdog")
      #expect(model["tags"] as? [String: String] == ["team": "vision", "stage": "beta"])
      #expect(model[text: "note"] == "Wolves and dogs.")
      let datasets = try registry.succeed("datasets")[list: "datasets"]
      let tags = datasets.map { $0["tags"] as? [String: String] }
      #expect(tags.contains(["license": "CC0"]) && tags.contains([:]))
      #expect(datasets.allSatisfy { $0["note"] is NSNull })
      let runs = try registry.succeed("runs")[list: "runs"]
      #expect(runs.first?["tags"] as? [String: String] == ["reviewed": "yes=no"])
      #expect(try registry("models").standardOutput.contains("stage=beta, team=vision"))
      try registry.fail(["tag", "wolfdog", "--remove", "nothing"], "unknown_tag", exitCode: 66)
      try registry.fail(["tag", "wolfdog", "a b=c"], "malformed_name", exitCode: 64)
      try registry.succeed("tag", "wolfdog", "--remove", "team", "--remove-note")
      let own = try registry.succeed("tag", "wolfdog")
      #expect(own["tags"] as? [String: String] == [:] && own["note"] is NSNull)
    }
  }

  @Test func `what is deleted comes back whole until it is collected`() throws {
    try Story.withPreparedRegistry { registry in
      let before = try registry.contents()
      let error = try registry.fail(
        ["delete", "efficientnet-lite0"], "has_descendants", exitCode: 73)
      #expect(error[text: "message"] == "wolfdog@1 descends from efficientnet-lite0@1.")
      let deleted = try registry.succeed("delete", "efficientnet-lite0", "--with-descendants")
      #expect(
        deleted[object: "deleted"]["models"] as? [String] == ["efficientnet-lite0@1", "wolfdog@1"])
      #expect(try registry.succeed("models")[list: "models"].isEmpty)
      for arguments in [
        ["models", "wolfdog"], ["predict", "wolfdog", "x.jpg"], ["lineage", "wolfdog@1"],
        ["derive", "--from", "wolfdog", "--head", "coyote"], ["train", "wolfdog"],
        ["evaluate", "wolfdog"], ["export", "wolfdog", "--output", "x"], ["tag", "wolfdog"],
        ["alias", "wolfdog@1", "a"], ["delete", "wolfdog"], ["diff", "wolfdog", "wolfdog"],
      ] {
        let error = try registry.fail(arguments, "deleted", exitCode: 66)
        #expect(error[text: "remedy"]?.contains("registry restore wolfdog") == true)
      }
      let list = try registry.succeed("restore", "--list")[list: "deleted"]
      #expect(list.count == 2 && list.allSatisfy { $0["collected_at"] is NSNull })
      try registry.succeed("restore", "--last")
      #expect(try registry.contents() == before)

      try registry.succeed("delete", "wolfdog", "--dataset", "wolfdog")
      try registry.succeed("gc")
      for arguments in [["wolfdog"], ["--dataset", "wolfdog@1"]] {
        try registry.fail(["restore"] + arguments, "collected", exitCode: 73)
      }
      try registry.fail(["restore", "--last"], "not_deleted", exitCode: 73)
    }
  }

  @Test func `gc frees the bytes that it tells, and none that a child needs`() throws {
    try Story.withPreparedRegistry { registry in
      let image = Story.photos.appending(path: "wolfdog/dog/dog-002.jpg").path
      let expected = try registry.succeed("predict", "wolfdog", image)
      #expect(try registry.succeed("gc")[count: "freed_bytes"] == 0)
      try registry.succeed("delete", "efficientnet-lite0", "--force")
      let names = registry.objectNames
      let trial = try registry.succeed("gc", "--dry-run")
      #expect(registry.objectNames == names)
      let before = try registry.objectBytes()
      let freed = try registry.succeed("gc")
      // The classifier for a thousand labels: 1,280,000 weights and 1,000 biases of 4 bytes.
      #expect(try #require(freed[count: "freed_bytes"]) > 5_124_000)
      #expect(freed[count: "freed_bytes"] == trial[count: "freed_bytes"])
      #expect(freed[count: "objects"] == trial[count: "objects"])
      #expect(freed[count: "repacked"] == 1)
      #expect(try before - registry.objectBytes() == freed[count: "freed_bytes"])
      try registry.succeed("verify")
      #expect(try registry.succeed("gc")[count: "freed_bytes"] == 0)

      let predicted = try registry.succeed("predict", "wolfdog", image)
      #expect(predicted as NSDictionary == expected as NSDictionary)
      let layers = try registry.succeed("models", "wolfdog")[list: "layers"]
      #expect(layers.count { $0["inherited"] as? Bool == true } == layers.count - 1)
      let nodes = try registry.succeed("lineage", "wolfdog")[list: "nodes"]
      #expect(nodes.map { $0["deleted"] as? Bool } == [true, false])
      let losses = try registry.succeed("metrics", "wolfdog", "--key", "train_loss")
      #expect(!losses[object: "metrics"][list: "train_loss"].isEmpty)
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      try registry.succeed("export", "wolfdog", "--output", "wolfdog.safetensors")

      // The same file again brings back what was freed.
      let again = try registry.succeed(
        "import-model", Story.pretrained.path, "--name", "efficientnet-lite0")
      #expect(again[count: "version"] == 2)
      #expect(try #require(again[count: "bytes_added"]) > 5_124_000)
      #expect(try #require(again[count: "bytes_added"]) < 5_200_000)
    }
  }

  @Test func `images of deleted datasets go, and their traces stay`() throws {
    try Story.withPreparedRegistry { registry in
      let image = Story.photos.appending(path: "wolfdog/dog/dog-002.jpg").path
      try registry.fail(["delete", "--dataset", "wolfdog"], "has_descendants", exitCode: 73)
      try registry.succeed("delete", "--dataset", "wolfdog", "--dataset", "coyote", "--force")
      #expect(try registry.succeed("datasets")[list: "datasets"].isEmpty)
      try registry.fail(["evaluate", "wolfdog"], "deleted", exitCode: 66)
      let freed = try registry.succeed("gc")
      #expect(freed[count: "objects"] == 160)
      #expect(
        freed[object: "collected"]["datasets"] as? [String] == ["wolfdog@1", "coyote@1"])
      try registry.succeed("verify")
      let trace = try registry.succeed("trace", image)
      #expect(trace[list: "datasets"].map { $0["deleted"] as? Bool } == [true])
      #expect(trace[list: "models"].map { $0[text: "model"] } == ["wolfdog"])

      let imported = try registry.succeed(
        "import-images", Story.photos.appending(path: "wolfdog").path, "--dataset", "wolfdog")
      #expect(imported[count: "version"] == 2)
      #expect(imported[object: "images"][count: "added"] == 80)
      try registry.succeed("evaluate", "wolfdog")
      #expect(try registry.succeed("gc")[count: "freed_bytes"] == 0)
    }
  }

  @Test func `a stopped run keeps what it needs, and goes on after its base was restored`() throws {
    try Story.withPreparedRegistry { registry in
      let process = try registry.start([
        "derive", "--from", "wolfdog", "--head", "coyote", "--train", "--optimizer", "adamw",
        "--epochs", "100000", "--patience", "100000", "--batch-size", "4",
      ])
      var run = ""
      for _ in 0..<400 where run.isEmpty {
        usleep(25_000)
        let newest = try registry.run(["runs", "--json"]).json()[list: "runs"].first
        if newest?[text: "model"] == "coyote", newest?[object: "metrics"].isEmpty == false {
          run = newest?[text: "run"] ?? ""
        }
      }
      try #require(!run.isEmpty)
      // While it trains, what it reads is deleted and collected.
      try registry.succeed("delete", "wolfdog", "--dataset", "coyote", "--force")
      #expect(try registry.succeed("gc")[count: "objects"] == 0)
      let running = try registry("delete", "--run", run, "--json")
      #expect(running.exitCode == 73)
      #expect(try running.error()[text: "code"] == "run_is_running")
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
      #expect(try registry.succeed("gc")[count: "objects"] == 0)
      let refused = try registry("train", "coyote", "--resume", run, "--json")
      #expect(try refused.error()[text: "code"] == "deleted")
      try registry.succeed("restore", "--last")
      try registry.succeed("delete", "--run", run, "wolfdog")
      let freed = try registry.succeed("gc")
      #expect(freed[count: "objects"] == 2, "the checkpoint and the head")
      #expect(freed[object: "collected"]["runs"] as? [String] == [run])
    }
  }
}

extension RegistryProcess {
  /// The lengths of all objects together.
  fileprivate func objectBytes() throws -> Int {
    try objectNames.reduce(0) { sum, name in
      let path = folder.appending(path: ".registry/objects/\(name)").path
      return sum + (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0)
    }
  }
}
