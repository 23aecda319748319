import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct EmbeddingTests {
  @Test func `the example makes a registry, which the command reads`() throws {
    try withRegistryProcess { registry in
      let program = BuiltProgram.named("EmbeddingExample")
      let picture = Story.photos.appending(path: "wolfdog/wolf/wolf-001.png").path
      let arguments = [
        registry.folder.appending(path: ".registry").path, Story.pretrained.path,
        Story.photos.appending(path: "wolfdog").path, picture,
      ]
      let result = try registry.run(arguments, program: program)
      #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
      #expect(result.standardOutput.contains("\(picture) shows a wolf"))
      let models = try registry.succeed("models")[list: "models"]
      #expect(models.map { $0[text: "model"] } == ["animals", "base"])
      try registry.succeed("verify", "animals", "--frozen")

      let again = try registry.run(arguments, program: program)
      #expect(again.exitCode == 1)
      #expect(again.standardOutput.contains("There is a registry in"))
    }
  }
}
