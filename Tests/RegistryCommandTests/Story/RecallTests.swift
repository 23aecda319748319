import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct RecallTests {
  private static let photo = Story.photos.appending(path: "wolfdog/wolf/wolf-001.png").path

  @Test func `a recalled base is told of everywhere and not built on`() throws {
    try Story.withPreparedRegistry { registry in
      let reason = "pictures without consent"
      let recall = try registry.succeed("recall", "efficientnet-lite0@1", "--reason", reason)
      #expect(recall[count: "descendants"] == 1)
      #expect(recall[text: "reason"] == reason && recall["undone_at"] is NSNull)

      for arguments in [
        ["derive", "--from", "wolfdog", "--head", "coyote"],
        ["train", "wolfdog"],
      ] {
        let error = try registry.fail(arguments, "recalled_model", exitCode: 73)
        #expect(error[text: "message"]?.contains(reason) == true)
        #expect(error[text: "remedy"]?.contains("--allow-recalled") == true)
      }
      try registry.succeed(
        "derive", "--from", "wolfdog", "--head", "coyote", "--allow-recalled")

      // The child that came later is covered too.
      let models = try registry.succeed("models")[list: "models"]
      #expect(models.count == 3)
      for model in models {
        #expect(model[list: "recalled"].map { $0[text: "reason"] } == [reason])
      }
      let lineage = try registry.succeed("lineage", "coyote")
      #expect(lineage[list: "nodes"].allSatisfy { $0[list: "recalled"].count == 1 })
      let trace = try registry.succeed("trace", Self.photo)
      #expect(trace[list: "models"].allSatisfy { $0[list: "recalled"].count == 1 })
      for format in ["tree", "dot", "mermaid"] {
        let text = try registry("lineage", "coyote", "--format", format).standardOutput
        #expect(text.contains("recalled"), "\(format)")
      }
      #expect(try registry("models").standardOutput.contains(reason))
      #expect(try registry("models", "wolfdog").standardOutput.contains(reason))
      #expect(
        try registry.succeed("models", "--where", "not recalled")[list: "models"].isEmpty)

      // What is recalled can still be used, with a warning.
      let output = registry.folder.appending(path: "w.safetensors").path
      for arguments in [
        ["predict", "wolfdog", Self.photo], ["evaluate", "wolfdog"],
        ["export", "wolfdog", "--output", output, "--force"],
      ] {
        let result = try registry.run(arguments + ["--json"])
        #expect(result.exitCode == 0)
        #expect(result.standardError.contains("Warning: wolfdog@1 descends from"))
        let recalled = try result.json()[list: "recalled"]
        #expect(recalled.map { $0[text: "model"] } == ["efficientnet-lite0"])
        #expect(try registry.run(arguments + ["--quiet"]).standardError == "")
      }
    }
  }

  @Test func `an undone recall is history`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("recall", "wolfdog", "--reason", "bad labels")
      try registry.fail(
        ["recall", "wolfdog@1", "--reason", "again"], "already_recalled", exitCode: 73)
      let undone = try registry.succeed(
        "recall", "wolfdog", "--undo", "--reason", "they were good")
      #expect(undone[text: "undo_reason"] == "they were good")
      #expect(undone[text: "undone_at"] != nil)
      try registry.fail(["recall", "wolfdog", "--undo"], "not_recalled", exitCode: 73)
      let history = try registry.succeed("recall", "--history")[list: "recalls"]
      #expect(history.map { $0[text: "reason"] } == ["bad labels"])
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      #expect(try registry.succeed("models", "coyote")[list: "recalled"].isEmpty)
      #expect(try registry("recall", "--history").standardOutput.contains("they were good"))
    }
  }

  @Test func `a label and a dataset lead to the models that were trained on them`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      let trace = try registry.succeed("trace", "--label", "wolf")
      let datasets = trace[list: "datasets"]
      #expect(datasets.map { $0[text: "dataset"] } == ["wolfdog"])
      let splits = try registry.succeed("datasets", "wolfdog")[object: "label_splits"]
      #expect(
        datasets[0][object: "splits"][count: "train"] == splits[object: "wolf"][count: "train"])
      #expect(trace[list: "models"].map { $0[text: "model"] } == ["wolfdog", "coyote"])
      #expect(trace[list: "models"].map { $0[text: "relation"] } == ["trained", "descendant"])
      #expect(trace[list: "models"].map { $0[text: "split"] } == ["train", "train"])

      let dataset = try registry.succeed("trace", "--dataset", "wolfdog@1")
      #expect(dataset[list: "models"].count == 2)
      let both = try registry.succeed("trace", "--dataset", "coyote", "--label", "wolf")
      #expect(both[list: "datasets"].isEmpty && both[list: "models"].isEmpty)
      let error = try registry.fail(
        ["trace", "--label", "wulf"], "unknown_image_label", exitCode: 66)
      #expect(error[text: "remedy"]?.contains("wolf") == true)
      try registry.fail(
        ["trace", "--dataset", "wolfdog@9"], "unknown_dataset_version", exitCode: 66)
      let people = try registry("trace", "--label", "wolf").standardOutput
      for word in ["Label wolf", "wolfdog@1", "coyote@1", "descendant"] {
        #expect(people.contains(word))
      }
    }
  }

  @Test func `two models have a nearest common ancestor`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote")
      try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "a", "--labels", "x,y")
      let siblings = try registry.succeed("lineage", "coyote", "--common-ancestor", "a")
      #expect(siblings[object: "common_ancestor"][text: "model"] == "efficientnet-lite0")
      #expect(siblings[count: "a_distance"] == 2 && siblings[count: "b_distance"] == 1)
      let line = try registry.succeed("lineage", "wolfdog", "--common-ancestor", "coyote")
      #expect(line[object: "common_ancestor"][text: "model"] == "wolfdog")
      #expect(line[count: "a_distance"] == 0 && line[count: "b_distance"] == 1)
      #expect(
        try registry("lineage", "coyote", "--common-ancestor", "a").standardOutput
          .hasPrefix("efficientnet-lite0@1\n"))
    }
  }

  @Test func `a number leads to the run that produced it`() throws {
    try Story.withPreparedRegistry { registry in
      let evaluation = try registry.succeed("evaluate", "wolfdog")
      let accuracy = try #require(evaluation[number: "accuracy"])
      let rounded = (accuracy * 1000).rounded() / 10
      for text in ["test_accuracy=\(rounded)%", "test_accuracy=\(accuracy)"] {
        let runs = try registry.succeed("trace", "--metric", text)[list: "runs"]
        #expect(runs.first?[text: "run"] == evaluation[text: "run"], "\(text)")
      }
      #expect(try registry.succeed("trace", "--metric", "test_accuracy=-5")[list: "runs"].isEmpty)
      #expect(try registry("trace", "--metric", "test_accuracy=high").exitCode == 64)
    }
  }
}
