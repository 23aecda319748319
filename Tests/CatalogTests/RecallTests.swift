import Diagnostics
import TestSupport
import Testing

@testable import Catalog

struct RecallTests {
  private func reference(_ text: String) throws -> Reference { try Reference(parsing: text) }

  @Test func `a recall covers the descendants, also those that come later`() throws {
    try withCatalog { catalog in
      let root = try catalog.registerModelVersion(Sample.model("root"))
      let child = try catalog.registerModelVersion(Sample.model("child", base: root, head: "c"))
      let sibling = try catalog.registerModelVersion(Sample.model("other", head: "o"))
      _ = try catalog.setAlias("live", model: "child", version: 1)
      let (recall, reach) = try catalog.recall(reference("root"), reason: "bad labels")
      #expect(recall.version == root.reference && recall.reason == "bad labels")
      #expect(recall.undoneAt == nil && recall.undoReason == nil)
      #expect(reach == RecallReach(descendantCount: 1, aliases: ["child@live"]))

      let late = try catalog.registerModelVersion(Sample.model("late", base: child, head: "l"))
      let found = try catalog.recalls(
        coveringVersions: [root.id, child.id, sibling.id, late.id])
      #expect(Set(found.keys) == [root.id, child.id, late.id])
      #expect(found[late.id] == [recall])
      let nodes = try catalog.lineage(of: root.id, ancestors: true, descendants: true).nodes
      #expect(nodes.map(\.recalls) == [[recall], [recall], [recall]])
      let listings = try catalog.modelVersionListings([sibling.id, late.id])
      #expect(listings.map(\.recalls) == [[], [recall]])
      #expect(
        try catalog.search(SearchRequest(.models, where: "recalled", limit: 9)).ids
          == [late.id, child.id, root.id])
    }
  }

  @Test func `undoing a recall leaves what other recalls cover, and the history`() throws {
    try withCatalog { catalog in
      let root = try catalog.registerModelVersion(Sample.model("root"))
      let child = try catalog.registerModelVersion(Sample.model("child", base: root, head: "c"))
      let leaf = try catalog.registerModelVersion(Sample.model("leaf", base: child, head: "l"))
      _ = try catalog.recall(reference("child"), reason: "first")
      _ = try catalog.recall(reference("root"), reason: "second")
      #expect(try catalog.recalls(coveringVersion: leaf.id).map(\.reason) == ["first", "second"])
      let (undone, reach) = try catalog.undoRecall(reference("child"), reason: "a mistake")
      #expect(undone.undoneAt != nil && undone.undoReason == "a mistake")
      #expect(reach.descendantCount == 1)
      #expect(try catalog.recalls(coveringVersion: leaf.id).map(\.reason) == ["second"])
      _ = try catalog.undoRecall(reference("root"), reason: nil)
      #expect(try catalog.recalls(coveringVersion: leaf.id) == [])
      _ = try catalog.recall(reference("child"), reason: "third")
      #expect(try catalog.recallHistory().map(\.reason) == ["third", "second", "first"])
      #expect(try catalog.recallHistory(of: reference("root")).map(\.reason) == ["second"])
      #expect(try catalog.recallHistory(of: reference("leaf")).count == 3)
    }
  }

  @Test func `what is recalled is not recalled again, and what is not is not undone`() throws {
    try withCatalog { catalog in
      let root = try catalog.registerModelVersion(Sample.model("root"))
      _ = try catalog.registerModelVersion(Sample.model("child", base: root, head: "c"))
      let calm = #expect(throws: RegistryError.self) {
        try catalog.undoRecall(reference("root"), reason: nil)
      }
      #expect(calm?.code == .notRecalled)
      _ = try catalog.recall(reference("root"), reason: "bad")
      let again = #expect(throws: RegistryError.self) {
        try catalog.recall(reference("root@1"), reason: "worse")
      }
      #expect(again?.code == .alreadyRecalled)
      let child = #expect(throws: RegistryError.self) {
        try catalog.undoRecall(reference("child"), reason: nil)
      }
      #expect(child?.code == .notRecalled)
      #expect(child?.remedy == "Undo the recall of root@1.")
      // A descendant may have a recall of its own.
      _ = try catalog.recall(reference("child"), reason: "its own")
      let unknown = #expect(throws: RegistryError.self) {
        try catalog.recall(reference("none"), reason: "x")
      }
      #expect(unknown?.code == .unknownModel)
    }
  }
}
