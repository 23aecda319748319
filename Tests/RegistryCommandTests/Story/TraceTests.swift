import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct TraceTests {
  private static let photo = Story.photos.appending(path: "wolfdog/wolf/wolf-001.png").path

  @Test func `an image leads to its datasets, what was trained on it and what came of that`() throws
  {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote", "--train")
      // Derived and not trained, so it has learned nothing from the image.
      try registry.succeed(
        "derive", "--from", "efficientnet-lite0", "--head", "wolfdog", "--name", "untrained")
      let trace = try registry.succeed("trace", Self.photo)
      let digest = try #require(trace[text: "digest"])
      let held = try #require(trace[list: "datasets"].first)
      #expect(trace[list: "datasets"].count == 1)
      #expect(held[text: "dataset"] == "wolfdog")
      #expect(held[count: "version"] == 1)
      #expect(held[text: "label"] == "wolf")
      #expect(held[text: "path"]?.hasSuffix("wolf/wolf-001.png") == true)
      let models = trace[list: "models"]
      #expect(models.map { $0[text: "model"] } == ["wolfdog", "coyote"])
      #expect(models.map { $0[text: "relation"] } == ["trained", "descendant"])
      #expect(models.allSatisfy { $0[text: "split"] == held[text: "split"] })
      #expect(models[0]["inherited_split"] is NSNull)
      #expect(models[1][text: "inherited_split"] == held[text: "split"])

      for prefix in [digest, String(digest.prefix(8))] {
        #expect(try registry.succeed("trace", prefix)[text: "digest"] == digest)
      }
      let people = try registry("trace", Self.photo).standardOutput
      for word in [digest, "wolfdog@1", "coyote@1", "trained", "descendant"] {
        #expect(people.contains(word))
      }
    }
  }

  @Test func `an image that the registry does not know is said to be unknown`() throws {
    try Story.withPreparedRegistry { registry in
      let stranger = Story.pretrained.path
      for image in ["00000000", String(repeating: "0", count: 64), stranger] {
        let error = try registry.fail(["trace", image], "unknown_image", exitCode: 66)
        #expect(error[text: "message"]?.contains(image) == true)
        #expect(error[text: "remedy"]?.contains("wolfdog") == true)
      }
      try registry.fail(["trace", "/nowhere.png"], "no_such_file", exitCode: 66)
    }
  }

  @Test func `a file that changed since its import leads to the image that it was`() throws {
    try Story.withPreparedRegistry { registry in
      let folder = registry.folder.appending(path: "photos")
      try FileManager.default.copyItem(
        at: Story.photos.appending(path: "wolfdog"), to: folder)
      try registry.succeed("import-images", folder.path, "--dataset", "copies")
      let file = folder.appending(path: "wolf/wolf-001.png")
      let former = try registry.succeed("trace", file.path)[text: "digest"]
      try Data("something else".utf8).write(to: file)
      let error = try registry.fail(["trace", file.path], "unknown_image", exitCode: 66)
      #expect(error[text: "remedy"]?.contains(try #require(former)) == true)
    }
  }
}
