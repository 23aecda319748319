import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct RunTests {
  @Test func `a run reads back as it was begun`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let run = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id]))
      #expect(run.id.count == 32)
      #expect(run.kind == .train && run.state == .running)
      #expect(run.model == "wolfdog" && run.base == base.reference && run.produced == nil)
      #expect(run.datasets == [dataset.reference])
      #expect(run.parameters == ["epochs": "30", "optimizer": "lbfgs"])
      #expect(run.seed == 11 && run.program == "registry 0.1")
      #expect(run.host == ["cores": "2", "name": "a/b"])
      #expect(run.endedAt == nil && run.message == nil)
      #expect(try catalog.run(run.id) == run)
    }
  }

  @Test func `an interrupted run may go on, a finished one never changes`() throws {
    try withCatalog { catalog in
      let id = try catalog.beginRun(Sample.run()).id
      try catalog.endRun(RunCompletion(run: id, state: .interrupted, message: "Ctrl-C"))
      #expect(try catalog.run(id).state == .interrupted)
      #expect(try catalog.run(id).message == "Ctrl-C")
      #expect(try catalog.run(id).endedAt != nil)
      let point = MetricPoint(key: "loss", step: 1, value: 1)
      let stopped = #expect(throws: RegistryError.self) {
        try catalog.appendMetrics([point], to: id)
      }
      #expect(stopped?.code == .runEnded)

      let resumed = try catalog.resumeRun(id)
      #expect(resumed.state == .running && resumed.endedAt == nil && resumed.message == nil)
      try catalog.appendMetrics([point], to: id)
      try catalog.endRun(RunCompletion(run: id, state: .finished))
      let changes: [() throws -> Void] = [
        { _ = try catalog.resumeRun(id) },
        { try catalog.endRun(RunCompletion(run: id, state: .failed)) },
        { try catalog.appendMetrics([point], to: id) },
        {
          try catalog.saveCheckpoint(
            CheckpointRecord(object: Sample.digest("c"), byteCount: 1, step: 1), of: id)
        },
        {
          _ = try catalog.registerModelVersion(
            Sample.model("a", run: RunCompletion(run: id, state: .finished)))
        },
      ]
      for change in changes {
        let error = #expect(throws: RegistryError.self) { try change() }
        #expect(error?.code == .runEnded)
      }
      #expect(try catalog.run(id).state == .finished)
    }
  }

  @Test func `runs are found by the first digits that only they have`() throws {
    try withCatalog { catalog in
      let ids = try (0..<4).map { _ in try catalog.beginRun(Sample.run()).id }
      #expect(ids == ids.sorted())
      #expect(try catalog.run(String(ids[2].prefix(31))).id == ids[2])
      #expect(try catalog.run(ids[1].uppercased()).id == ids[1])
      let ambiguous = #expect(throws: RegistryError.self) { try catalog.run("0") }
      #expect(ambiguous?.code == .ambiguousRun)
      for text in ["", "f", "xyz", ids[0] + "0", "ff'--"] {
        let unknown = #expect(throws: RegistryError.self) { try catalog.run(text) }
        #expect(unknown?.code == .unknownRun)
      }
      #expect(try catalog.runs(limit: 2).map(\.id) == [ids[3], ids[2]])
    }
  }

  @Test func `identifiers grow with time and keep the layout of version 7`() {
    var generator = SeededGenerator(seed: 1)
    let ids = (0..<500).map {
      RunIdentifier(
        at: Timestamp(microseconds: 1_764_000_000_000_000 + Int64($0) * 37), using: &generator)
    }
    let texts = ids.map(\.hexadecimal)
    let isSorted = zip(texts, texts.dropFirst()).allSatisfy(<)
    #expect(isSorted)
    #expect(Set(texts).count == texts.count)
    #expect(texts.allSatisfy { $0.count == 32 && Array($0)[12] == "7" })
    #expect(texts.allSatisfy { "89ab".contains(Array($0)[16]) })
  }

  @Test func `the evaluations of a version are listed, newest first`() throws {
    try withCatalog { catalog in
      let base = try catalog.registerModelVersion(Sample.model("resnet"))
      let first = try catalog.beginRun(Sample.run(.evaluate, base: base.id)).id
      _ = try catalog.beginRun(Sample.run(.train, base: base.id))
      let second = try catalog.beginRun(Sample.run(.evaluate, base: base.id)).id
      #expect(try catalog.runs(evaluating: base.id).map(\.id) == [second, first])
    }
  }

  @Test func `a new checkpoint takes the place of the former one`() throws {
    try withCatalog { catalog in
      let id = try catalog.beginRun(Sample.run()).id
      #expect(try catalog.checkpoint(of: id) == nil)
      let first = CheckpointRecord(object: Sample.digest("1"), byteCount: 10, step: 1)
      let second = CheckpointRecord(object: Sample.digest("2"), byteCount: 20, step: 2)
      #expect(try catalog.saveCheckpoint(first, of: id) == nil)
      #expect(try catalog.saveCheckpoint(second, of: id) == first.object)
      #expect(try catalog.saveCheckpoint(second, of: id) == nil)
      #expect(try catalog.checkpoint(of: id) == second)
      #expect(
        try catalog.referencedObjects()
          == [ReferencedObject(digest: second.object, kind: .checkpoint, byteCount: 20)])
      try catalog.endRun(RunCompletion(run: id, state: .finished))
      #expect(try catalog.removeCheckpoint(of: id) == second.object)
      #expect(try catalog.removeCheckpoint(of: id) == nil)
      #expect(try catalog.checkpoint(of: id) == nil)
    }
  }
}
