import Diagnostics
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct CollectionTests {
  private func delete(_ subjects: SubjectName..., in catalog: CatalogDatabase) throws {
    _ = try catalog.delete(
      DeletionRequest(subjects: subjects, isForced: true, user: "ann@lab"),
      isGone: { _ in true })
  }

  private func collect(
    _ catalog: CatalogDatabase, isTrial: Bool = false, isGone: Bool = true
  ) throws -> CollectedRows {
    try catalog.collectDeleted(isTrial: isTrial, isGone: { _ in isGone })
  }

  @Test func `what a live child needs of a collected base stays`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("net"))
      let child = try catalog.registerModelVersion(Sample.model("wolfdog", base: base, head: "w"))
      try delete(.model("net"), in: catalog)
      let trial = try collect(catalog, isTrial: true)
      let rows = try collect(catalog)
      #expect(trial.subjects == rows.subjects)
      #expect(rows.subjects.modelVersions.map(\.description) == ["net@1"])
      #expect(rows.objects == [])
      let partial = try #require(rows.partialPacks.first)
      #expect(rows.partialPacks.count == 1)
      #expect(partial.object == Sample.digest("pack of net head"))
      #expect(partial.unneededBytes == 64)
      #expect(partial.needed.map(\.name) == ["stem.weight", "stem.bias"])

      let new = PackDraft(
        object: Sample.digest("new"), byteCount: 192,
        tensors: [
          Sample.packed("stem.weight", 0, 64), Sample.packed("stem.bias", 64, 64),
        ])
      #expect(try catalog.replacePack(partial.object, with: new))
      #expect(try !catalog.replacePack(partial.object, with: new))
      #expect(try catalog.tensors(of: child).map(\.object).dropLast() == [new.object, new.object])
      #expect(try catalog.unreferenced([partial.object]) == [partial.object])
      #expect(try catalog.knownTensors([Sample.digest("head.weight")]) == [])
      // The tombstone still knows its tensors, though not their bytes.
      #expect(try catalog.namedTensors(ofVersion: base.id).count == 3)
      let error = #expect(throws: RegistryError.self) { _ = try catalog.tensors(of: base) }
      #expect(error?.code == .deleted)
      // Nothing is left to do.
      #expect(try collect(catalog).partialPacks.isEmpty)
    }
  }

  @Test func `the base of a delta stays as long as the delta, and goes with it`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("net"))
      let child = try catalog.registerModelVersion(
        DeltaTests.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      try delete(.model("net"), in: catalog)
      let partial = try #require(try collect(catalog).partialPacks.first)
      #expect(partial.needed.map(\.name) == ["stem.weight", "stem.bias"])
      #expect(partial.neededDeltas.isEmpty && partial.unneededBytes == 64)
      let new = PackDraft(
        object: Sample.digest("new"), byteCount: 192,
        tensors: [Sample.packed("stem.weight", 64, 64), Sample.packed("stem.bias", 0, 64)])
      #expect(try catalog.replacePack(partial.object, with: new))
      let location = try catalog.tensors(of: child)[0]
      #expect(location.object == new.object && location.byteOffset == 64)
      #expect(location.delta?.base == Sample.digest("stem.weight"))

      try delete(.model("tuned"), in: catalog)
      let rows = try collect(catalog)
      #expect(rows.partialPacks.isEmpty)
      #expect(Set(rows.objects) == [new.object, Sample.digest("pack of tuned")])
      #expect(try catalog.packsWithDeltas() == [])
      #expect(try catalog.knownTensors([Sample.digest("tuned.weight")]) == [])
    }
  }

  @Test func `a delta that is needed goes with its pack to another place`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("net"))
      let child = try catalog.registerModelVersion(
        DeltaTests.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
      // Another head on the same backbone: the pack's own head is needed no more.
      var other = Sample.model("other", base: child, head: "o")
      other.tensorGroups[0][0] = NamedTensor(
        name: "stem.weight", digest: Sample.digest("tuned.weight"))
      let kept = try catalog.registerModelVersion(other)
      try delete(.model("tuned"), in: catalog)
      let partial = try #require(try collect(catalog).partialPacks.first)
      #expect(partial.object == Sample.digest("pack of tuned") && partial.needed.isEmpty)
      let delta = try #require(partial.neededDeltas.first)
      #expect(delta.name == "stem.weight" && delta.delta.base == Sample.digest("stem.weight"))
      #expect(delta.delta.byteCount == 20 && partial.unneededBytes == 64)
      let without = PackDraft(object: Sample.digest("new"), byteCount: 64)
      #expect(try !catalog.replacePack(partial.object, with: without))
      let new = PackDraft(
        object: Sample.digest("new"), byteCount: 64,
        deltas: [
          PackedDelta(
            tensor: Sample.packed("tuned.weight", 32, 64), byteCount: 20, encoding: "planes",
            base: Sample.digest("stem.weight"))
        ])
      #expect(try catalog.replacePack(partial.object, with: new))
      #expect(try catalog.tensors(of: kept)[0].delta?.object == new.object)
      #expect(try catalog.tensors(of: kept)[0].delta?.byteOffset == 32)
    }
  }

  @Test func `a pack is not replaced when somebody needs more of it by then`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("net"))
      _ = try catalog.registerModelVersion(Sample.model("wolfdog", base: base, head: "w"))
      try delete(.model("net"), in: catalog)
      let partial = try #require(try collect(catalog).partialPacks.first)
      // Its head, found in the pack before it was written anew.
      var draft = Sample.model("fox", base: base)
      draft.packs = []
      _ = try catalog.registerModelVersion(draft)
      let new = PackDraft(
        object: Sample.digest("new"), byteCount: 128,
        tensors: [Sample.packed("stem.weight", 0, 64), Sample.packed("stem.bias", 64, 64)])
      #expect(try !catalog.replacePack(partial.object, with: new))
    }
  }

  @Test func `a tensor that was collected is refused, and taken again with its bytes`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("net"))
      try delete(.model("net"), in: catalog)
      #expect(try collect(catalog).objects == [Sample.digest("pack of net head")])
      var draft = Sample.model("fox", base: base)
      let packs = Sample.model("net").packs
      draft.packs = []
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.registerModelVersion(draft)
      }
      #expect(error?.code == .collectedMeanwhile)
      #expect(try catalog.modelVersions() == [])
      draft.packs = packs
      let version = try catalog.registerModelVersion(draft)
      #expect(try catalog.tensors(of: version).count == 3)
    }
  }

  @Test func `an image goes when no dataset version needs it, and comes back by an import`() throws
  {
    try withCatalog { catalog in
      let items = [Sample.item("a", "dog"), Sample.item("b", "wolf")]
      _ = try catalog.recordImport(Sample.dataset("d", added: items))
      _ = try catalog.recordImport(Sample.dataset("e", added: [items[0]]))
      try delete(.dataset("d"), in: catalog)
      #expect(try collect(catalog, isTrial: true).objects == [Sample.digest("b")])
      #expect(try catalog.unreferenced([Sample.digest("b")]) == [])
      let rows = try collect(catalog)
      #expect(rows.objects == [Sample.digest("b")])
      #expect(try catalog.unreferenced([Sample.digest("a"), Sample.digest("b")]) == rows.objects)
      #expect(try catalog.referencedObjects().map(\.digest) == [Sample.digest("a")])
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.restore([.dataset("d")])
      }
      #expect(error?.code == .collected)
      // Where it was is still told.
      #expect(try catalog.trace(Sample.digest("b")).occurrences.map(\.isDeleted) == [true])
      _ = try catalog.recordImport(Sample.dataset("d", added: items))
      #expect(try catalog.unreferenced([Sample.digest("b")]) == [])
      #expect(try catalog.trace(Sample.digest("b")).occurrences.map(\.isDeleted) == [false, true])
    }
  }

  @Test func `what an unfinished run needs is left for another time`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("a", "dog")]))
      let base = try catalog.registerModelVersion(Sample.model("net"))
      let run = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id]))
      try delete(.model("net"), .dataset("d"), in: catalog)
      #expect(try collect(catalog, isGone: false).objects == [])
      // Its process died and left a checkpoint: it may go on.
      let checkpoint = CheckpointRecord(object: Sample.digest("c"), byteCount: 1, step: 1)
      try catalog.saveCheckpoint(checkpoint, of: run.id)
      #expect(try collect(catalog).objects == [])
      #expect(try catalog.restore([.model("net"), .dataset("d")]).modelVersions.count == 1)
      try delete(.model("net"), .dataset("d"), .run(run.id), in: catalog)
      #expect(
        Set(try collect(catalog).objects) == [
          Sample.digest("c"), Sample.digest("a"), Sample.digest("pack of net head"),
        ])
      #expect(try catalog.tombstones().allSatisfy { $0.collectedAt != nil })
    }
  }

  @Test func `a checkpoint that a finished run left is collected`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run())
      try catalog.saveCheckpoint(
        CheckpointRecord(object: Sample.digest("c"), byteCount: 1, step: 1), of: run.id)
      #expect(try collect(catalog).objects == [])
      try catalog.endRun(RunCompletion(run: run.id, state: .finished))
      #expect(try collect(catalog).objects == [Sample.digest("c")])
      #expect(try catalog.checkpoint(of: run.id) == nil)
    }
  }

  @Test func `what is not in the store is not recorded`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      _ = try CatalogDatabase.create(at: path)
      let store = PretendedStore()
      let catalog = try CatalogDatabase(opening: path, isStored: { _ in store.hasAll })
      let run = try catalog.beginRun(Sample.run())
      let attempts: [() throws -> Void] = [
        { _ = try catalog.registerModelVersion(Sample.model("net")) },
        { _ = try catalog.recordImport(Sample.dataset("d", added: [Sample.item("a", "dog")])) },
        {
          try catalog.saveCheckpoint(
            CheckpointRecord(object: Sample.digest("c"), byteCount: 1, step: 1), of: run.id)
        },
      ]
      for attempt in attempts {
        let error = #expect(throws: RegistryError.self) { try attempt() }
        #expect(error?.code == .collectedMeanwhile)
        #expect(error?.code.category.exitCode == 75)
      }
      #expect(try catalog.modelVersions() == [] && catalog.datasetVersions() == [])
      store.fill()
      for attempt in attempts { try attempt() }
      #expect(try catalog.contradictions() == [])
    }
  }

  @Test func `objects are removed only while no row names them`() throws {
    try withCatalog { catalog in
      _ = try catalog.recordImport(Sample.dataset("d", added: [Sample.item("a", "dog")]))
      var removed: [Digest] = []
      try catalog.removeUnreferenced([Sample.digest("a"), Sample.digest("b")]) {
        removed.append($0)
      }
      #expect(removed == [Sample.digest("b")])
    }
  }
}

/// A store that has nothing, and then everything.
private final class PretendedStore: Sendable {
  private let isFull = Atomic(false)

  var hasAll: Bool { isFull.load(ordering: .relaxed) }

  func fill() { isFull.store(true, ordering: .relaxed) }
}
