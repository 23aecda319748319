import Diagnostics
import Testing

@testable import Catalog

struct DeletionTests {
  /// A base, a child and a grandchild, each a model of its own, and a run and a dataset that made
  /// the child.
  private func family(
    _ catalog: CatalogDatabase
  ) throws -> (base: ModelVersionRecord, child: ModelVersionRecord, run: String) {
    let dataset = try catalog.recordImport(
      Sample.dataset("photos", added: [Sample.item("a", "dog"), Sample.item("b", "wolf")]))
    let base = try catalog.registerModelVersion(Sample.model("net"))
    let run = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id]))
    let child = try catalog.registerModelVersion(
      Sample.model(
        "wolfdog", base: base, head: "w", datasets: [dataset.id],
        run: RunCompletion(
          run: run.id, state: .finished, metrics: [MetricPoint(key: "a", step: 1, value: 2)])))
    _ = try catalog.registerModelVersion(Sample.model("coyote", base: child, head: "c"))
    return (base, child, run.id)
  }

  @discardableResult
  private func delete(
    _ subjects: SubjectName..., descendants: Bool = false, force: Bool = false,
    isGone: Bool = true, in catalog: CatalogDatabase
  ) throws -> DeletedSubjects {
    try catalog.delete(
      DeletionRequest(
        subjects: subjects, includesDescendants: descendants, isForced: force, user: "ann@lab"),
      isGone: { _ in isGone })
  }

  private func code(_ body: () throws -> Void) -> RegistryError.Code? {
    #expect(throws: RegistryError.self) { try body() }?.code
  }

  @Test func `what is deleted stands in no list, is not found, and comes back as it was`() throws {
    try withCatalog { catalog in
      let (base, child, run) = try family(catalog)
      let before = try catalog.modelVersions()
      let deleted = try delete(.model("coyote"), .run(run), force: true, in: catalog)
      #expect(deleted.modelVersions.map(\.description) == ["coyote@1"])
      #expect(deleted.runs == [run])
      #expect(try catalog.modelVersions().map(\.model) == ["wolfdog", "net"])
      #expect(try catalog.modelVersions(named: "coyote") == [])
      #expect(try !catalog.modelExists("coyote"))
      #expect(try catalog.runs(limit: 10) == [])
      for reference in ["coyote", "coyote@1"] {
        #expect(code { _ = try catalog.modelVersion(Reference(parsing: reference)) } == .deleted)
      }
      #expect(code { _ = try catalog.run(String(run.prefix(8))) } == .deleted)
      #expect(code { _ = try catalog.annotations(of: .model("coyote")) } == .deleted)
      // The pedigree of what is there is told as before.
      #expect(try catalog.modelVersion(id: child.id).runID == run)
      #expect(try catalog.runOrTombstone(run).produced?.name == "wolfdog")
      #expect(try catalog.metrics(of: run).first?.points.first?.value == 2)

      let restored = try catalog.restoreLastDeletion()
      #expect(restored.modelVersions == deleted.modelVersions && restored.runs == [run])
      #expect(try catalog.modelVersions() == before)
      #expect(try catalog.run(run).base?.id == base.id)
      #expect(code { _ = try catalog.restoreLastDeletion() } == .notDeleted)
    }
  }

  @Test func `what others descend from is kept unless told otherwise`() throws {
    try withCatalog { catalog in
      let (_, _, run) = try family(catalog)
      #expect(code { try delete(.model("net"), in: catalog) } == .hasDescendants)
      #expect(code { try delete(.dataset("photos"), in: catalog) } == .hasDescendants)
      #expect(code { try delete(.run(run), in: catalog) } == .hasDescendants)
      #expect(try catalog.tombstones() == [])
      let all = try delete(.dataset("photos"), descendants: true, in: catalog)
      #expect(all.modelVersions.map(\.description) == ["wolfdog@1", "coyote@1"])
      #expect(all.datasetVersions.map(\.description) == ["photos@1"])
      #expect(try catalog.modelVersions().map(\.model) == ["net"])
      _ = try catalog.restore([.dataset("photos"), .model("wolfdog"), .model("coyote@1")])
      #expect(try catalog.tombstones() == [])
    }
  }

  @Test func `a deleted base stays in the lineage of what descends from it`() throws {
    try withCatalog { catalog in
      let (base, child, _) = try family(catalog)
      try delete(.model("net"), force: true, in: catalog)
      let coyote = try catalog.modelVersion(Reference(parsing: "coyote"))
      let lineage = try catalog.lineage(of: coyote.id, ancestors: true, descendants: true)
      #expect(lineage.nodes.map(\.isDeleted) == [true, false, false])
      #expect(lineage.edges.count == 2)
      // A deleted version that nothing descends from is not shown.
      try delete(.model("coyote"), in: catalog)
      let shorter = try catalog.lineage(of: child.id, ancestors: true, descendants: true)
      #expect(shorter.nodes.map(\.id) == [base.id, child.id])
      // One whose child is not deleted is a descendant's base all the same.
      #expect(code { try delete(.model("net"), in: catalog) } == .deleted)
    }
  }

  @Test func `descendants are found behind deleted ones`() throws {
    try withCatalog { catalog in
      _ = try family(catalog)
      try delete(.model("wolfdog"), force: true, in: catalog)
      let error = #expect(throws: RegistryError.self) { try delete(.model("net"), in: catalog) }
      #expect(error?.message.contains("coyote@1 descends from net@1") == true)
    }
  }

  @Test func `an alias is in the way, and is removed only by force`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.setAlias("production", model: "wolfdog", version: 1)
      #expect(code { try delete(.model("wolfdog"), in: catalog) } == .aliasInTheWay)
      let deleted = try delete(.model("wolfdog"), force: true, in: catalog)
      #expect(deleted.aliases == ["wolfdog@production"])
      _ = try catalog.restore([.model("wolfdog")])
      #expect(try catalog.aliases(ofModel: "wolfdog") == [])
      let history = try catalog.aliasHistory(model: "wolfdog")
      #expect(history.map(\.version) == [1, nil])
      #expect(history.last?.changedBy == "ann@lab")
    }
  }

  @Test func `a run that is going on is not deleted, and one whose process died is`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run())
      #expect(code { try delete(.run(run.id), isGone: false, in: catalog) } == .runIsRunning)
      try delete(.run(run.id), in: catalog)
      #expect(try catalog.tombstones().map(\.subject.name) == [run.id])
    }
  }

  @Test func `numbers of versions are not given twice`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.registerModelVersion(Sample.model("wolfdog", head: "b"))
      try delete(.model("wolfdog@2"), in: catalog)
      let newest = try catalog.modelVersion(Reference(parsing: "wolfdog"))
      #expect(newest.version == 1)
      let next = try catalog.registerModelVersion(Sample.model("wolfdog", head: "c"))
      #expect(next.version == 3)
      try delete(.model("wolfdog"), in: catalog)
      let anew = try catalog.registerModelVersion(
        Sample.model("wolfdog", head: "d", mustBeNew: true))
      #expect(anew.version == 4)
      #expect(try catalog.restore([.model("wolfdog")]).modelVersions.count == 3)
    }
  }

  @Test func `a dataset goes on from its newest version that is not deleted`() throws {
    try withCatalog { catalog in
      func items(_ version: DatasetVersionRecord) throws -> [String] {
        try catalog.items(of: version).map { "\($0.sourcePath) \($0.label)" }
      }
      let first = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("a", "dog"), Sample.item("b", "wolf")]))
      _ = try catalog.recordImport(
        Sample.dataset(
          "d", base: 1, added: [Sample.item("a", "wolf"), Sample.item("bad", "dog")],
          removed: ["a", "b"]))
      try delete(.dataset("d@2"), in: catalog)
      #expect(try catalog.newestDatasetVersion(named: "d")?.version == 1)
      let third = try catalog.recordImport(
        Sample.dataset("d", base: 1, added: [Sample.item("c", "dog")]))
      #expect(third.version == 3 && third.imageCount == 3)
      #expect(try items(third) == ["/photos/a dog", "/photos/c dog", "/photos/b wolf"])
      #expect(try items(first) == ["/photos/a dog", "/photos/b wolf"])

      try delete(.dataset("d"), in: catalog)
      #expect(code { _ = try catalog.datasetVersion(Reference(parsing: "d")) } == .deleted)
      let anew = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("c", "dog"), Sample.item("e", "fox")]))
      #expect(anew.version == 4)
      #expect(try items(anew) == ["/photos/c dog", "/photos/e fox"])
      #expect(try catalog.restore([.dataset("d@2")]).datasetVersions.map(\.version) == [2])
      #expect(
        try items(try catalog.datasetVersion(Reference(parsing: "d@2")))
          == ["/photos/bad dog", "/photos/a wolf"])
    }
  }

  @Test func `a run does not begin with what was deleted meanwhile`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("a", "dog")]))
      let base = try catalog.registerModelVersion(Sample.model("net"))
      try delete(.dataset("d"), in: catalog)
      #expect(
        code { _ = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id])) }
          == .deleted)
      try delete(.model("net"), in: catalog)
      #expect(code { _ = try catalog.beginRun(Sample.run(base: base.id)) } == .deleted)
    }
  }

  @Test func `what is not deleted is not restored, and an unknown name is named`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("net"))
      #expect(code { _ = try catalog.restore([.model("net")]) } == .notDeleted)
      #expect(code { _ = try catalog.restore([.model("nett")]) } == .unknownModel)
      #expect(code { _ = try catalog.restore([.dataset("d")]) } == .unknownDataset)
      #expect(code { try delete(.model("net"), .model("nett"), in: catalog) } == .unknownModel)
      #expect(try catalog.modelExists("net"))
    }
  }
}
