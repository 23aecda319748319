import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct DatasetEditTests {
  private func picture(_ name: String) -> String {
    Story.photos.appending(path: name).path
  }

  @Test func `single images are added, removed, relabelled and moved in one version`() throws {
    try Story.withPreparedRegistry { registry in
      let removed = picture("wolfdog/wolf/wolf-001.png")
      let digest = try #require(registry.succeed("trace", removed)[text: "digest"])
      let answer = try registry.succeed(
        "edit-dataset", "wolfdog", "--add", picture("coyote/jackal/jackal-001.png"), "--label",
        "jackal", "--remove", String(digest.prefix(12)), "--relabel",
        "\(picture("wolfdog/dog/dog-001.png"))=wolf", "--split",
        "\(picture("wolfdog/dog/dog-003.png"))=test", "--split",
        "\(picture("coyote/jackal/jackal-001.png"))=validation")
      #expect(answer[count: "version"] == 2 && answer[count: "previous_version"] == 1)
      let changes = answer["changes"] as? [String: Int]
      #expect(changes?["added"] == 1 && changes?["removed"] == 1 && changes?["relabelled"] == 1)
      #expect(answer["labels"] as? [String: Int] == ["dog": 39, "jackal": 1, "wolf": 40])

      let difference = try registry.succeed("diff", "--dataset", "wolfdog@1", "wolfdog@2")
      #expect(difference[list: "added"].first?["labels"] as? [String] == ["jackal"])
      #expect(difference[list: "added"].first?[text: "split"] == "validation")
      #expect(difference[list: "removed"].first?[text: "digest"] == digest)
      #expect(difference[list: "relabelled"].first?["to"] as? [String] == ["wolf"])
      #expect(difference[count: "unchanged"]! >= 77)
      let back = try registry.succeed("diff", "--dataset", "wolfdog@2", "wolfdog@1")
      #expect(back[list: "removed"].count == 1 && back[list: "added"].count == 1)
      // The older version is what it was.
      #expect(
        try registry.succeed("datasets", "wolfdog@1")["labels"] as? [String: Int]
          == ["dog": 40, "wolf": 40])
    }
  }

  @Test func `changes come from a file, too`() throws {
    try Story.withPreparedRegistry { registry in
      let copy = registry.folder.appending(path: "copy.png")
      try FileManager.default.copyItem(
        at: Story.photos.appending(path: "wolfdog/dog/dog-005.png"), to: copy)
      let listing = registry.folder.appending(path: "changes.jsonl")
      try Data(
        """
        {"action": "relabel", "image": "copy.png", "label": "wolf"}
        {"action": "add", "image": "\(picture("coyote/coyote/coyote-001.png"))", "label": "coyote", "split": "test"}

        {"action": "move", "image": "copy.png", "split": "val"}
        """.utf8
      ).write(to: listing)
      let answer = try registry.succeed("edit-dataset", "wolfdog", "--from", listing.path)
      #expect(answer["labels"] as? [String: Int] == ["coyote": 1, "dog": 39, "wolf": 41])
      // The same once more changes nothing.
      let again = try registry.succeed("edit-dataset", "wolfdog", "--from", listing.path)
      #expect(again[count: "version"] == 2)
    }
  }

  @Test func `only the added file is read`() throws {
    try Story.withPreparedRegistry { registry in
      // Objects of images are out of reach, as if their disk were gone.
      let objects = registry.folder.appending(path: ".registry/objects")
      let hidden = registry.folder.appending(path: ".registry/hidden")
      try FileManager.default.moveItem(at: objects, to: hidden)
      try registry.succeed(
        "edit-dataset", "wolfdog", "--relabel", "\(picture("wolfdog/dog/dog-001.png"))=wolf")
      try registry.succeed(
        "edit-dataset", "wolfdog", "--add", picture("coyote/jackal/jackal-003.png"), "--label",
        "dog")
      for prefix in try FileManager.default.contentsOfDirectory(atPath: objects.path)
      where prefix.count == 2 {
        try? FileManager.default.createDirectory(
          at: hidden.appending(path: prefix), withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(
          atPath: objects.appending(path: prefix).path)
        {
          let target = hidden.appending(path: prefix).appending(path: name)
          try? FileManager.default.removeItem(at: target)
          try FileManager.default.moveItem(
            at: objects.appending(path: prefix).appending(path: name), to: target)
        }
      }
      try FileManager.default.removeItem(at: objects)
      try FileManager.default.moveItem(at: hidden, to: objects)
    }
  }

  @Test func `what cannot be done is refused with everything beside it`() throws {
    try Story.withPreparedRegistry { registry in
      let dog = picture("wolfdog/dog/dog-001.png")
      let jackal = picture("coyote/jackal/jackal-001.png")
      let text = registry.folder.appending(path: "text.png")
      try Data("no image".utf8).write(to: text)
      let refused: [([String], String, Int32)] = [
        (["--remove", dog, "--relabel", "\(dog)=wolf"], "contradicting_edits", 64),
        (["--relabel", "\(dog)=wolf", "--relabel", "\(dog)=dog"], "contradicting_edits", 64),
        (["--remove", jackal], "unknown_image", 66),
        (["--remove", "nowhere.png"], "no_such_file", 66),
        (["--split", "\(dog)=tset"], "unknown_split", 64),
        (["--relabel", "\(dog)=a;b"], "one_label_each", 65),
        (["--add", jackal, "--label", "a", "--label", "b"], "one_label_each", 65),
        (["--relabel", "\(dog)=\(String(repeating: "x", count: 2000))"], "malformed_edit", 64),
        (["--add", text.path, "--label", "dog", "--remove", dog], "rejected_images", 65),
        (["--from", text.path], "bad_label_file", 65),
      ]
      for (arguments, code, exitCode) in refused {
        try registry.fail(["edit-dataset", "wolfdog"] + arguments, code, exitCode: exitCode)
      }
      try registry.fail(
        ["edit-dataset", "wolfdog@1", "--remove", dog], "malformed_edit", exitCode: 64)
      try registry.fail(
        ["edit-dataset", "none", "--remove", dog], "unknown_dataset", exitCode: 66)
    }
  }

  @Test func `images of a group stay in its split, after adding too`() throws {
    try Story.withPreparedRegistry { registry in
      let listing = registry.folder.appending(path: "labels.csv")
      let names = (0..<20).map { String(format: "wolfdog/dog/dog-%03d.png", 2 * $0 + 1) }
      func write(_ names: ArraySlice<String>) throws {
        var rows = ["path,label,pack"]
        rows += names.enumerated().map { "\(picture($1)),dog,pack \($0 % 5)" }
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: listing)
      }
      try write(names[..<10])
      try registry.succeed(
        "import-images", Story.photos.path, "--dataset", "packs", "--labels", listing.path,
        "--group-by", "pack", "--split", "0.5,0.25,0.25")
      try write(names[...])
      try registry.succeed(
        "import-images", Story.photos.path, "--dataset", "packs", "--labels", listing.path,
        "--group-by", "pack")
      let output = registry.folder.appending(path: "out").path
      try registry.succeed("export-images", "packs", "--output", output)
      let lines = try String(contentsOfFile: output + "/labels.jsonl", encoding: .utf8)
      var splits: [String: Set<String>] = [:]
      for line in lines.split(separator: "\n") {
        let row = try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        splits[row["group"] ?? "", default: []].insert(row["split"] ?? "")
      }
      #expect(splits.count == 5)
      #expect(splits.values.allSatisfy { $0.count == 1 })
    }
  }
}
