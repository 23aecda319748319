import Diagnostics
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct LineageTests {
  @Test func `a lineage has the bases, the descendants or both`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      let root = try catalog.registerModelVersion(Sample.model("resnet"))
      let run = try catalog.beginRun(Sample.run(base: root.id))
      let wolfdog = try catalog.registerModelVersion(
        Sample.model(
          "wolfdog", base: root, head: "w", datasets: [dataset.id],
          run: RunCompletion(run: run.id, state: .finished)))
      let coyote = try catalog.registerModelVersion(
        Sample.model("coyote", base: wolfdog, head: "c"))
      _ = try catalog.registerModelVersion(Sample.model("sibling", base: root, head: "s"))

      let both = try catalog.lineage(of: wolfdog.id, ancestors: true, descendants: true)
      #expect(both.nodes.map(\.model) == ["resnet", "wolfdog", "coyote"])
      #expect(both.nodes.map(\.runID) == [nil, run.id, nil])
      #expect(both.nodes.map(\.datasets) == [[], [dataset.reference], []])
      #expect(both.nodes.map(\.createdAt) == [root, wolfdog, coyote].map(\.createdAt))
      #expect(
        both.edges == [
          LineageEdge(
            baseID: root.id, childID: wolfdog.id, inheritedLayers: 1, retrainedLayers: 0,
            addedLayers: 1, droppedLayers: 1, sharedBytes: 128, newBytes: 64),
          LineageEdge(
            baseID: wolfdog.id, childID: coyote.id, inheritedLayers: 1, retrainedLayers: 0,
            addedLayers: 1, droppedLayers: 1, sharedBytes: 128, newBytes: 64),
        ])
      let up = try catalog.lineage(of: wolfdog.id, ancestors: true, descendants: false)
      #expect(up.nodes.map(\.model) == ["resnet", "wolfdog"])
      let down = try catalog.lineage(of: root.id, ancestors: false, descendants: true)
      #expect(down.nodes.count == 4 && down.edges.count == 3)
      let alone = try catalog.lineage(of: wolfdog.id, ancestors: false, descendants: false)
      #expect(alone.nodes.map(\.model) == ["wolfdog"] && alone.edges.isEmpty)
      let unknown = #expect(throws: RegistryError.self) {
        try catalog.lineage(of: 99, ancestors: true, descendants: true)
      }
      #expect(unknown?.code == .unknownModelVersion)
    }
  }

  @Test func `a chain of 2,000 generations is followed to both ends`() throws {
    try withCatalog { catalog in
      let root = try catalog.registerModelVersion(Sample.model("chain")).id
      try catalog.write { database in
        // Copies of the first version, each the child of the one before.
        for generation in 1..<2000 {
          try database.change(
            """
            INSERT INTO model_versions SELECT NULL, model_id, ?1 + 1, 'derived', architecture,
              backbone_id, head_id, labels_id, preprocessing_id, freeze_plan_id, source_id,
              ?2 + ?1 - 1, NULL, parameter_count, inherited_layers, retrained_layers, added_layers,
              dropped_layers, shared_bytes, new_bytes, own_byte_count, created_at
            FROM model_versions WHERE id = ?2
            """, [generation, root])
        }
        try database.change(
          """
          INSERT INTO model_version_groups SELECT id, position, group_id
          FROM model_versions, model_version_groups WHERE id <> ?1 AND version_id = ?1
          """, [root])
      }
      let middle = root + 1000
      let both = try catalog.lineage(of: middle, ancestors: true, descendants: true)
      #expect(both.nodes.map(\.version) == Array(1...2000))
      #expect(both.edges.count == 1999)
      let up = try catalog.lineage(of: middle, ancestors: true, descendants: false)
      #expect(up.nodes.count == 1001)
    }
  }

  @Test(arguments: [1, 2])
  func `random trees agree with a search in memory`(seed: UInt64) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: seed)
      var versions = [try catalog.registerModelVersion(Sample.model("tree"))]
      for index in 1..<150 {
        let base =
          Int.random(in: 0..<8, using: &generator) == 0
          ? nil : versions.randomElement(using: &generator)
        versions.append(
          try catalog.registerModelVersion(
            Sample.model("tree", base: base, head: "head\(index)")))
      }
      let bases = Dictionary(uniqueKeysWithValues: versions.map { ($0.id, $0.baseID) })
      let ancestors = { (id: Int64) in
        Array(sequence(first: id) { bases[$0] ?? nil })
      }
      for version in versions {
        let up = try catalog.lineage(of: version.id, ancestors: true, descendants: false)
        #expect(up.nodes.map(\.id) == ancestors(version.id).sorted())
        let down = try catalog.lineage(of: version.id, ancestors: false, descendants: true)
        let expected = versions.map(\.id).filter { ancestors($0).contains(version.id) }
        #expect(down.nodes.map(\.id) == expected)
        #expect(down.edges.count == expected.count - 1)
      }
    }
  }
}
