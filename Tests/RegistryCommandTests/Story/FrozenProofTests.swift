import Foundation
import TestSupport
import Testing

/// Proving that frozen layers are those of the bases.
@Suite(.enabled(if: Story.hasPretrained, Story.needsPretrained))
struct FrozenProofTests {
  private func proof(
    _ registry: RegistryProcess, _ model: String, isProven: Bool
  ) throws -> [String: Any] {
    let result = try registry("verify", model, "--frozen", "--json")
    let answer = try result.json()
    #expect(result.exitCode == (isProven ? 0 : 1))
    #expect(answer["proven"] as? Bool == isProven)
    #expect((answer["problems"] as? [String])?.isEmpty == isProven, "\(answer)")
    return answer
  }

  @Test func `a chain is proved edge by edge back to the imported file`() throws {
    try Story.withPreparedRegistry { registry in
      try registry.succeed("derive", "--from", "wolfdog", "--head", "coyote", "--train")
      try registry.succeed("train", "coyote", "--epochs", "3")
      let answer = try proof(registry, "coyote@2", isProven: true)
      let edges = answer[list: "edges"]
      #expect(
        edges.map { $0[object: "child"][text: "model"] } == ["wolfdog", "coyote", "coyote"])
      for edge in edges {
        #expect(edge[count: "frozen_layers"] == 98)
        #expect(edge[count: "identical_layers"] == 98)
        #expect(edge[count: "inherited_layers"]! >= 98)
      }
      #expect(answer[object: "origin"][text: "state"] == "identical")
      #expect(answer[object: "origin"][text: "file"] == Story.pretrained.path)
      let people = try registry("verify", "coyote", "--frozen")
      #expect(people.standardOutput.contains("which has exactly these tensors"))
      for arguments in [
        ["verify", "wolfdog"], ["verify", "--frozen"],
        ["verify", "wolfdog", "--frozen", "--signatures"], ["verify", "--trusted-key", "x"],
      ] {
        #expect(try registry.run(arguments).exitCode == 64)
      }
    }
  }

  @Test func `the imported file is compared while it is there`() throws {
    try Story.withPreparedRegistry { registry in
      let file = registry.folder.appending(path: "lite0.pth")
      try FileManager.default.copyItem(at: Story.pretrained, to: file)
      try registry.succeed("import-model", "lite0.pth", "--name", "lite0")
      try registry.succeed("derive", "--from", "lite0", "--head", "coyote")
      #expect(
        try proof(registry, "coyote", isProven: true)[object: "origin"][text: "state"]
          == "identical")
      // A model file of the same form with one other weight.
      var data = try Data(contentsOf: file)
      data[data.count / 2] ^= 1
      try data.write(to: file)
      let changed = try proof(registry, "coyote", isProven: false)
      #expect(changed[object: "origin"][text: "state"] == "different")
      try FileManager.default.removeItem(at: file)
      #expect(
        try proof(registry, "coyote", isProven: true)[object: "origin"][text: "state"] == "absent")
    }
  }

  @Test func `a flipped bit of a frozen tensor is found and named`() throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      let pack = try registry.objectsBySize()[0]
      var data = try Data(contentsOf: pack)
      data[data.count / 4] ^= 1
      try FileManager.default.removeItem(at: pack)
      try data.write(to: pack)
      let answer = try proof(registry, "wolfdog", isProven: false)
      let problems = try #require(answer["problems"] as? [String])
      #expect(problems.contains { $0.contains("of wolfdog@1 no longer have their digest") })
    }
  }

  @Test(arguments: [
    // Another tensor under a frozen name, for both, since they share the row.
    (
      """
      UPDATE tensor_group_members SET tensor_id = (SELECT max(tensor_id) FROM tensor_group_members)
        WHERE name_id = (SELECT id FROM tensor_names WHERE name = '_bn0.weight')
      """, "group of tensors"
    ),
    // A plan that claims more than is so.
    (
      """
      UPDATE documents SET content = replace(content, '"isFrozen":false', '"isFrozen":true')
        WHERE id = (SELECT freeze_plan_id FROM model_versions WHERE id = 2)
      """, "says that it froze _fc"
    ),
    (
      "UPDATE model_versions SET inherited_layers = 99 WHERE id = 2", "was recorded with 99"
    ),
  ])
  func `a row that was tampered with is found`(sql: String, problem: String) throws {
    try Story.withPreparedRegistry(isSoundAfterwards: false) { registry in
      try registry.tamper(sql)
      let answer = try proof(registry, "wolfdog", isProven: false)
      let problems = try #require(answer["problems"] as? [String])
      #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }
  }
}
