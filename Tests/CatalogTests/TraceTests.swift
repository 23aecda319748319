import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct TraceTests {
  /// Registers what a training on these dataset versions made.
  private func train(
    _ catalog: CatalogDatabase, _ name: String, from base: ModelVersionRecord, on datasets: [Int64]
  ) throws -> ModelVersionRecord {
    let run = try catalog.beginRun(Sample.run(model: name, base: base.id, datasets: datasets))
    return try catalog.registerModelVersion(
      Sample.model(
        name, base: base, head: "\(name) \(run.id)", datasets: datasets,
        run: RunCompletion(run: run.id, state: .finished)))
  }

  @Test func `an image is found in every dataset version that holds it`() throws {
    try withCatalog { catalog in
      for (base, added, removed) in [
        (nil, [Sample.item("a", "dog", .test)], []), (1, [Sample.item("b", "wolf")], []),
        (2, [], ["a"]), (3, [Sample.item("a", "wolf", .train)], []),
      ] as [(Int?, [DatasetItem], [String])] {
        _ = try catalog.recordImport(
          Sample.dataset("wolfdog", base: base, added: added, removed: removed))
      }
      _ = try catalog.recordImport(
        Sample.dataset("other", added: [Sample.item("a", "animal", .validation)]))
      let trace = try catalog.trace(Sample.digest("a"))
      #expect(
        trace.occurrences.map { "\($0.dataset) \($0.label) \($0.split) \($0.sourcePath)" } == [
          "other@1 animal validation /photos/a", "wolfdog@4 wolf train /photos/a",
          "wolfdog@2 dog test /photos/a", "wolfdog@1 dog test /photos/a",
        ])
      #expect(trace.models.isEmpty)
    }
  }

  @Test func `models are those that were trained on the image, and their descendants`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog"), Sample.item("b", "wolf")]))
      let other = try catalog.recordImport(
        Sample.dataset("other", added: [Sample.item("c", "dog")]))
      let root = try catalog.registerModelVersion(Sample.model("resnet"))
      // Labels alone teach nothing.
      let named = try catalog.registerModelVersion(
        Sample.model("wolfdog", base: root, head: "untrained", datasets: [dataset.id]))
      let trained = try train(catalog, "wolfdog", from: named, on: [dataset.id])
      _ = try train(catalog, "apart", from: root, on: [other.id])
      let child = try catalog.registerModelVersion(
        Sample.model("coyote", base: trained, head: "c"))
      _ = try catalog.registerModelVersion(Sample.model("pup", base: child, head: "p"))
      // Measuring is no training.
      let evaluation = try catalog.beginRun(
        Sample.run(.evaluate, base: root.id, datasets: [dataset.id]))
      try catalog.endRun(RunCompletion(run: evaluation.id, state: .finished))

      let models = try catalog.trace(Sample.digest("a")).models
      #expect(models.map(\.model.description) == ["wolfdog@2", "coyote@1", "pup@1"])
      #expect(models.map(\.ownSplit) == [.train, nil, nil])
      #expect(models.map(\.inheritedSplit) == [nil, .train, .train])
      #expect(models.map(\.runID) == [trained.runID, nil, nil])
    }
  }

  @Test func `the split is that of the training, and the closest one is inherited`() throws {
    try withCatalog { catalog in
      let first = try catalog.recordImport(
        Sample.dataset("first", added: [Sample.item("a", "dog", .train)]))
      let second = try catalog.recordImport(
        Sample.dataset("second", added: [Sample.item("a", "dog", .test)]))
      let root = try catalog.registerModelVersion(Sample.model("resnet"))
      let joined = try train(catalog, "joined", from: root, on: [second.id, first.id])
      let seen = try train(catalog, "seen", from: joined, on: [first.id])
      let again = try train(catalog, "again", from: seen, on: [second.id])
      _ = try catalog.registerModelVersion(Sample.model("leaf", base: again, head: "l"))
      let models = try catalog.trace(Sample.digest("a")).models
      #expect(models.map(\.model.name) == ["joined", "seen", "again", "leaf"])
      #expect(models.map(\.ownSplit) == [.test, .train, .test, nil])
      #expect(models.map(\.inheritedSplit) == [nil, .test, .train, .train])
    }
  }

  @Test func `a digest is found by its first digits`() throws {
    try withCatalog { catalog in
      let digest = Sample.digest("a")
      let none = #expect(throws: RegistryError.self) {
        try catalog.image(digestPrefix: "00000000")
      }
      #expect(none?.code == .unknownImage)
      #expect(none?.remedy?.contains("no images yet") == true)
      _ = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog"), Sample.item("b", "wolf")]))
      for digits in [digest.hexadecimal, String(digest.hexadecimal.prefix(9)).uppercased()] {
        #expect(try catalog.image(digestPrefix: digits) == digest)
      }
      let ambiguous = #expect(throws: RegistryError.self) { try catalog.image(digestPrefix: "") }
      #expect(ambiguous?.code == .ambiguousImage)
      for digits in ["00000000", "nonsense", digest.hexadecimal + "0"] {
        let unknown = #expect(throws: RegistryError.self) {
          try catalog.image(digestPrefix: digits)
        }
        #expect(unknown?.code == .unknownImage)
        #expect(unknown?.remedy?.contains("wolfdog") == true)
      }
      let unknown = #expect(throws: RegistryError.self) {
        try catalog.trace(Sample.digest("nothing"))
      }
      #expect(unknown?.code == .unknownImage)
    }
  }
}
