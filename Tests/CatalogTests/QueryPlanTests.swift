import Diagnostics
import Foundation
import GRDB
import Tensors
import TestSupport
import Testing

@testable import Catalog

struct QueryPlanTests {
  /// Tables whose rows are the answer, or of whose newest rows a bounded number is looked at.
  private static let mayBeRead: [String: Set<String>] = [
    """
    SELECT DISTINCT statements.version_id
    FROM signatures JOIN statements ON statements.id = signatures.statement_id
    WHERE NOT EXISTS (
      SELECT 1 FROM deleted_model_versions AS gone
      WHERE gone.version_id = statements.version_id)
    ORDER BY statements.version_id
    """: ["signatures", "statements"],
    """
    SELECT digest, byte_count FROM images WHERE NOT EXISTS (
      SELECT 1 FROM collected_images WHERE image_id = images.id)
    ORDER BY id
    """: ["images"],
    "SELECT digest, byte_count FROM packs ORDER BY id": ["packs"],
    "SELECT digest, byte_count FROM checkpoints ORDER BY run_id": ["checkpoints"],
    """
    SELECT name FROM models WHERE EXISTS (
      SELECT 1 FROM model_versions WHERE model_id = models.id AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS gone
        WHERE gone.version_id = model_versions.id))
    ORDER BY id DESC LIMIT 10000
    """: ["models"],
    """
    SELECT name FROM datasets WHERE EXISTS (
      SELECT 1 FROM dataset_versions WHERE dataset_id = datasets.id AND NOT EXISTS (
        SELECT 1 FROM deleted_dataset_versions AS gone
        WHERE gone.version_id = dataset_versions.id))
    ORDER BY id DESC LIMIT 10000
    """: ["datasets"],
    // What is deleted is all in the answer.
    DeletedTable.modelVersions.everything: ["gone"],
    DeletedTable.datasetVersions.everything: ["gone"],
    DeletedTable.runs.everything: ["gone"],
    "SELECT name FROM datasets ORDER BY id DESC LIMIT 6": ["datasets"],
    "SELECT name FROM labels ORDER BY id DESC LIMIT 10000": ["labels"],
    Database.recallColumns + " ORDER BY recalls.id DESC": ["recalls"],
    "SELECT id, name FROM models ORDER BY id DESC LIMIT ?": ["models"],
    // Indexes that hold only jobs that wait, the next one first, or that are at work.
    """
    SELECT id FROM jobs INDEXED BY jobs_claimable
    WHERE state = 'waiting' AND unmet_needs = 0 AND claimable_at <= ?
    ORDER BY priority DESC, id LIMIT 1
    """: ["jobs"],
    "SELECT id FROM jobs INDEXED BY jobs_running WHERE state = 'running' AND worker = ?": ["jobs"],
  ]

  @Test func `every statement finds its rows through an index`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      _ = try CatalogDatabase.create(at: path)
      let statements = StatementLog()
      let catalog = try CatalogDatabase(
        opening: path, settings: ConnectionSettings(trace: { statements.hear($0) }))
      try callEverything(catalog)
      let verbs = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"]
      let texts = statements.all.filter { text in verbs.contains { text.hasPrefix($0) } }
      #expect(texts.count > 60)
      for text in texts {
        let plan = try catalog.read { database -> [String] in
          let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + text)
          statement.setUncheckedArguments([])
          return try Row.fetchAll(statement)
            .map { try $0.decode(String.self, forColumn: "detail") }
        }
        // GRDB looks at the schema when it opens a file. Rows of a recursive query are in memory.
        // Everything else named here is a table.
        let inMemory: Set = [
          "bases", "children", "family", "held", "trained", "inherited", "influence",
          "exposure", "CONSTANT", "sqlite_master", "page", "covered", "above", "related",
        ]
        let scanned = plan.filter { $0.hasPrefix("SCAN ") }
          .map { String($0.split(separator: " ")[1]) }
          .filter { !inMemory.contains($0) }
        let allowed = Self.mayBeRead[text] ?? []
        #expect(Set(scanned).subtracting(allowed) == [], "\(text)\n\(plan)")
      }
    }
  }

  private func callJobs(_ catalog: CatalogDatabase) throws {
    let first = try catalog.addJob(Sample.job())
    let second = try catalog.addJob(Sample.job(needs: [first.id]))
    _ = try catalog.job(second.id)
    _ = try catalog.jobs(in: nil, before: nil, limit: 10)
    _ = try catalog.jobs(in: .waiting, before: 7, limit: 10)
    let (_, lease) = try #require(try catalog.claimJob(worker: "a"))
    _ = try catalog.renewLease(lease, progress: "{}")
    var run = Sample.run(base: nil, datasets: [])
    run.job = first.id
    let begun = try catalog.beginRun(run)
    _ = try catalog.predictionCounts(ofRun: begun.id)
    try catalog.eachConfidence(ofRun: begun.id) { _, _ in }
    _ = try catalog.predictions(ofRun: begun.id, PredictionFilter(), offset: 0, limit: 10)
    try catalog.endLeases(ofWorker: "a", RegistryError(.workerLost, "It is gone."))
    _ = try catalog.jobCounts()
    _ = try catalog.cancelJob(first.id)
    _ = try catalog.jobEvents(of: first.id, after: 0, limit: 10)
    _ = try catalog.reserve(key: "k", of: "anna", request: Sample.digest("k"))
    try catalog.setAnswer("{}", ofKey: "k", of: "anna")
    try catalog.release(key: "k", of: "anna")
  }

  /// Calls every function of the catalogue but those that read all of it.
  private func callEverything(_ catalog: CatalogDatabase) throws {
    var draft = Sample.dataset(
      "wolfdog", added: [Sample.item("a", "dog", group: "g"), Sample.item("b", "wolf")])
    draft.files = [Sample.file("a")]
    _ = try catalog.recordImport(draft)
    let dataset = try catalog.recordImport(
      Sample.dataset("wolfdog", base: 1, added: [Sample.item("a", "wolf")], removed: ["a"]))
    _ = try catalog.rememberedFiles(["/photos/a"])
    _ = try catalog.images([Sample.digest("a")])
    _ = try catalog.datasetVersion(Reference(parsing: "wolfdog@1"))
    _ = try catalog.datasetVersions(holding: Sample.digest("a"))
    _ = try catalog.items(of: dataset, split: .train)
    var several = Sample.dataset("tags", added: [Sample.item("t", "dog")])
    several.isMultiLabel = true
    several.added = [
      DatasetItem(
        digest: Sample.digest("t"), labels: ["dog", "wolf"], split: .train, sourcePath: "/photos/t")
    ]
    let tags = try catalog.recordImport(several)
    _ = try catalog.items(of: tags)
    _ = try catalog.items(of: dataset, label: "dog", split: .train, offset: 0, limit: 10)
    _ = try catalog.currentItems(of: dataset, [Sample.digest("a")])
    _ = try catalog.currentItems(of: dataset, path: "/photos/a")
    _ = try catalog.currentItems(of: dataset, oneOfEachGroup: ["g"])
    _ = try catalog.currentItems(of: dataset, withHashesNear: [7], maximumDistance: 3)
    _ = try catalog.changes(
      from: catalog.datasetVersion(Reference(parsing: "wolfdog@1")), to: dataset)
    for reference in ["none", "wolfdog@9"] {
      _ = try? catalog.datasetVersion(Reference(parsing: reference))
    }
    try callJobs(catalog)
    let base = try catalog.registerModelVersion(Sample.model("resnet"))
    let run = try catalog.beginRun(Sample.run(base: base.id, datasets: [dataset.id]))
    try catalog.appendMetrics([MetricPoint(key: "loss", step: 1, value: 1)], to: run.id)
    try catalog.saveCheckpoint(
      CheckpointRecord(object: Sample.digest("c"), byteCount: 1, step: 1), of: run.id)
    _ = try catalog.checkpoint(of: run.id)
    try catalog.removeCheckpoint(of: run.id)
    try catalog.endRun(RunCompletion(run: run.id, state: .interrupted))
    _ = try catalog.resumeRun(run.id, host: ["cores": "4"])
    let child = try catalog.registerModelVersion(
      Sample.model(
        "wolfdog", base: base, head: "w", datasets: [dataset.id],
        run: RunCompletion(run: run.id, state: .finished)))
    _ = try catalog.setAlias("production", model: "wolfdog", version: 1)
    _ = try catalog.aliases(ofModel: "wolfdog")
    _ = try catalog.aliasHistory(model: "wolfdog")
    for reference in ["wolfdog", "wolfdog@1", "wolfdog@production"] {
      _ = try catalog.modelVersion(Reference(parsing: reference))
    }
    for reference in ["none", "wolfdog@9", "wolfdog@beta"] {
      _ = try? catalog.modelVersion(Reference(parsing: reference))
    }
    for table in [NamedTable.models, .datasets] {
      _ = try catalog.names(of: table, beginningWith: "wolf", limit: 10)
    }
    _ = try catalog.runIdentifiers(beginningWith: "", limit: 10)
    _ = try catalog.modelVersions(named: nil, limit: 10, before: 9)
    _ = try catalog.modelVersions(named: "wolfdog", limit: 10, before: child.id)
    _ = try catalog.newestModelVersion(forDataset: "wolfdog")
    _ = try catalog.aliases(ofVersion: child.id)
    _ = try catalog.aliasHistory("production", model: "wolfdog")
    _ = try catalog.tensors(of: child)
    _ = try catalog.knownTensors([Sample.digest("stem.bias")])
    _ = try catalog.packTensors(Sample.digest("pack of resnet head"))
    _ = try catalog.registerModelVersion(
      DeltaTests.fineTuned("tuned", of: base, weight: "tuned.weight", deltaOf: "stem.weight"))
    _ = try catalog.packDeltas(Sample.digest("pack of tuned"))
    _ = try catalog.tensors(deltasOf: [Sample.digest("stem.weight")])
    _ = try catalog.modelStorage(limit: 10)
    _ = try catalog.storageTotals()
    _ = try catalog.versions(usingTensors: [Sample.digest("stem.bias")])
    _ = try catalog.lineage(of: child.id, ancestors: true, descendants: true)
    _ = try catalog.trace(Sample.digest("a"))
    _ = try catalog.image(digestPrefix: String(Sample.digest("a").hexadecimal.prefix(8)))
    _ = try? catalog.image(digestPrefix: "00000000")
    _ = try catalog.hasImage(Sample.digest("b"))
    _ = try catalog.runs(evaluating: base.id)
    _ = try catalog.metrics(of: run.id, key: "loss")
    _ = try catalog.metrics(of: run.id, .page(afterStep: 0, limit: 1))
    _ = try catalog.metrics(of: run.id, .thinned(points: 4))
    _ = try catalog.metricKeys(of: run.id)
    _ = try catalog.modelVersionListings([base.id, child.id])
    _ = try catalog.runs([catalog.runRow(run.id)])
    _ = try catalog.machinesOfRunningRuns()
    _ = try catalog.datasetVersions([dataset.id])
    _ = try catalog.commonAncestor(of: base.id, child.id)
    _ = try catalog.trace(TraceSubject(dataset: Reference(name: "wolfdog"), label: "wolf"))
    _ = try catalog.trace(TraceSubject(dataset: nil, label: "wolf"))
    _ = try? catalog.trace(TraceSubject(dataset: nil, label: "none"))
    _ = try catalog.origins(ofMetric: "loss", in: 0...2, limit: 5)
    _ = try catalog.recall(Reference(name: "resnet"), reason: "bad")
    _ = try? catalog.recall(Reference(name: "resnet"), reason: "bad")
    _ = try catalog.recalls(coveringVersion: child.id)
    _ = try catalog.recallHistory()
    _ = try catalog.recallHistory(of: Reference(name: "wolfdog"))
    _ = try? catalog.undoRecall(Reference(name: "wolfdog"), reason: nil)
    _ = try catalog.undoRecall(Reference(name: "resnet"), reason: nil)
    let logged = try catalog.beginRun(Sample.run())
    _ = try catalog.logMetrics(
      [MetricDraft(key: "loss", step: nil, value: 1, time: .now())], to: logged.id)
    try catalog.appendMetrics(
      [1, 1].map { MetricPoint(key: "loss", step: 1, value: $0) }, to: logged.id)
    try catalog.addParameters(["a": "b"], to: logged.id)
    _ = try catalog.lastMetrics(of: run.id)
    _ = try catalog.referencedObjects()
    try annotateEverything(catalog, modelVersion: child.id, datasetVersion: dataset.id, run.id)
    try callForSignaturesAndArchives(catalog, base, dataset)
    try deleteAndRestore(catalog)
  }

  private func annotateEverything(
    _ catalog: CatalogDatabase, modelVersion: Int64, datasetVersion: Int64, _ run: String
  ) throws {
    for subject in [
      SubjectName.model("wolfdog"), .model("wolfdog@1"), .dataset("wolfdog"),
      .dataset("wolfdog@1"), .run(run),
    ] {
      _ = try catalog.annotate(
        subject, AnnotationChange(tags: ["a": "b", "c": "d"], note: .replaced("text")))
      _ = try catalog.annotate(subject, AnnotationChange(removedTags: ["c"]))
      _ = try? catalog.annotate(subject, AnnotationChange(removedTags: ["e"], note: .removed))
      _ = try catalog.annotations(of: subject)
    }
    _ = try catalog.annotations(ofModelVersion: modelVersion)
    _ = try catalog.annotations(ofDatasetVersion: datasetVersion)
    _ = try catalog.annotations(ofRun: run)
  }

  private func deleteAndRestore(_ catalog: CatalogDatabase) throws {
    let everything: [SubjectName] = [.model("resnet"), .dataset("wolfdog")]
    func delete(_ subjects: [SubjectName], _ user: String = "a@b") throws {
      _ = try catalog.delete(
        DeletionRequest(
          subjects: subjects, includesDescendants: true, isForced: true, user: user),
        isGone: { _ in false })
    }
    try delete(everything)
    _ = try? catalog.modelVersion(Reference(parsing: "wolfdog"))
    _ = try? catalog.datasetVersion(Reference(parsing: "wolfdog"))
    _ = try catalog.tombstones()
    _ = try catalog.restoreLastDeletion()
    try delete(everything)
    _ = try catalog.restore(everything + [.model("wolfdog@1")])
    try delete(everything)
    _ = try catalog.unreferenced([Sample.digest("a")])
    try catalog.removeUnreferenced([Sample.digest("a")]) { _ in }
  }
}

extension QueryPlanTests {
  /// Calls what statements, signatures and archives ask and write.
  private func callForSignaturesAndArchives(
    _ catalog: CatalogDatabase, _ model: ModelVersionRecord, _ dataset: DatasetVersionRecord
  ) throws {
    let run = try catalog.beginRun(
      Sample.run(.evaluate, base: model.id, datasets: [dataset.id]))
    try catalog.endRun(
      RunCompletion(
        run: run.id, state: .finished, metrics: [MetricPoint(key: "loss", step: 1, value: 1)]))
    let statement = StatementRecord(
      versionID: model.id, digest: Sample.digest("{}"), content: "{}")
    _ = try catalog.record(
      [statement],
      signature: SignatureRecord(
        publicKey: [UInt8](repeating: 1, count: 32), signature: [UInt8](repeating: 2, count: 64),
        signedAt: .now()))
    _ = try catalog.signedModelVersions()
    _ = try catalog.setAlias("best", model: model.model, version: model.version)
    try catalog.snapshot { snapshot in
      _ = try snapshot.tensorNames(ofModelVersion: model.id)
      _ = try snapshot.tensorDescriptions(ofModelVersion: model.id)
      _ = try snapshot.tensorGroups(ofModelVersion: model.id)
      _ = try snapshot.contentDigest(ofDatasetVersion: dataset.id)
      _ = try snapshot.imageDigests(ofDatasetVersion: dataset.id)
      _ = try snapshot.metricsDigest(ofRun: run.id)
      _ = try snapshot.damagedRecords(ofModelVersion: model.id)
      _ = try snapshot.signedStatements(ofModelVersion: model.id)
      _ = try snapshot.statements(ofModelVersion: model.id)
      _ = try snapshot.modelVersionIDs(named: model.model, upTo: 1)
      _ = try snapshot.modelVersion(named: model.model, 1)
      _ = try snapshot.finishedEvaluations(ofModelVersion: model.id)
      _ = try snapshot.existingRun(String(repeating: "0", count: 32))
      _ = try snapshot.datasetVersion(named: "wolfdog", 2)
      try snapshot.eachRemoval(dataset) { _ in }
      try snapshot.eachAddition(dataset) { _ in }
      _ = try snapshot.image(Sample.digest("a"))
      _ = try snapshot.aliases(ofModelVersion: model.id)
      _ = try snapshot.hasAlias("best", model: model.model)
      _ = try snapshot.aliasHistory("best", model: model.model)
      _ = try snapshot.knownTensors([Sample.digest("stem.bias")])
      try snapshot.requireLive(modelVersion: model.id)
      try snapshot.requireLive(datasetVersion: dataset.id)
      try snapshot.requireLive(run: run.id)
    }
  }
}

/// The texts of statements, each once.
private final class StatementLog: @unchecked Sendable {
  // Guarded by the lock.
  private var texts: Set<String> = []
  private let lock = NSLock()

  var all: [String] { lock.withLock { texts.sorted() } }

  func hear(_ text: String) { _ = lock.withLock { texts.insert(text) } }
}
