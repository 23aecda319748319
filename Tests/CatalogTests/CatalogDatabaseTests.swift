import Diagnostics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct CatalogDatabaseTests {
  @Test func `a new catalogue is empty, whole and one file`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      do {
        let catalog = try CatalogDatabase.create(at: path)
        #expect(try catalog.schemaVersion == CatalogDatabase.newestSchemaVersion)
        #expect(try catalog.contradictions() == [])
        #expect(try catalog.modelVersions() == [])
        #expect(try catalog.datasetVersions() == [])
        #expect(try catalog.runs(limit: 10) == [])
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["registry.sqlite"])
      #expect(try CatalogDatabase(opening: path).schemaVersion >= 1)
    }
  }

  @Test func `a catalogue is not made over another file`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      try Data("notes".utf8).write(to: URL(filePath: path))
      let error = #expect(throws: RegistryError.self) { try CatalogDatabase.create(at: path) }
      #expect(error?.code == .catalogExists)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "notes")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
      let missing = #expect(throws: RegistryError.self) {
        try CatalogDatabase.create(at: folder.appending(path: "none/registry.sqlite").path)
      }
      #expect(missing?.code == .notWritable)
    }
  }

  @Test func `a missing file is said to be missing, and is not made`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let error = #expect(throws: RegistryError.self) { try CatalogDatabase(opening: path) }
      #expect(error?.code == .noSuchFile)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a file that is no database, or another one, is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let contents = [Data(), Data("no database".utf8), Data(repeating: 7, count: 100_000)]
      for bytes in contents {
        try bytes.write(to: URL(filePath: path))
        let error = #expect(throws: RegistryError.self) { try CatalogDatabase(opening: path) }
        #expect(error?.code == .damagedCatalog)
        #expect(error?.code.category.exitCode == 1)
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
      }
      try FileManager.default.removeItem(atPath: path)
      try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE notes (text)") }
      let other = #expect(throws: RegistryError.self) { try CatalogDatabase(opening: path) }
      #expect(other?.code == .damagedCatalog)
    }
  }

  @Test func `a catalogue of a newer program is refused, and stays as it is`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      _ = try CatalogDatabase.create(at: path)
      let newer = CatalogDatabase.newestSchemaVersion + 1
      try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = \(newer)") }
      let error = #expect(throws: RegistryError.self) { try CatalogDatabase(opening: path) }
      #expect(error?.code == .newerRegistry)
      #expect(error?.code.category.exitCode == 69)
      #expect(error?.message.contains("version \(newer)") == true)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `a damaged file is an error, never a crash`(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      do {
        let catalog = try CatalogDatabase.create(at: path)
        let base = try catalog.registerModelVersion(Sample.model("resnet"))
        for index in 0..<20 {
          _ = try catalog.registerModelVersion(
            Sample.model("child", base: base, head: "head\(index)"))
          let run = try catalog.beginRun(Sample.run())
          try catalog.appendMetrics([MetricPoint(key: "loss", step: index, value: 1)], to: run.id)
        }
      }
      let intact = try Data(contentsOf: URL(filePath: path))
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<60 {
        var bytes = intact
        for _ in 0..<8 {
          bytes[Int.random(in: 100..<bytes.count, using: &generator)] = generator.next()
        }
        try bytes.write(to: URL(filePath: path))
        do {
          let catalog = try CatalogDatabase(opening: path)
          let versions = try catalog.modelVersions()
          for version in versions { _ = try catalog.tensors(of: version) }
          for run in try catalog.runs(limit: 100) { _ = try catalog.metrics(of: run.id) }
          _ = try catalog.contradictions()
        } catch {
          #expect(error is RegistryError, "\(error)")
        }
      }
    }
  }

  @Test func `two writers take turns, and versions are numbered without gaps`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      _ = try CatalogDatabase.create(at: path)
      let failures = Failures()
      DispatchQueue.concurrentPerform(iterations: 4) { worker in
        failures.recording {
          let catalog = try CatalogDatabase(opening: path)
          for index in 0..<15 {
            _ = try catalog.registerModelVersion(
              Sample.model("shared", head: "head \(worker) \(index)"))
            let run = try catalog.beginRun(Sample.run())
            try catalog.appendMetrics([MetricPoint(key: "loss", step: 0, value: 1)], to: run.id)
          }
        }
      }
      #expect(failures.all == [])
      let catalog = try CatalogDatabase(opening: path)
      #expect(try catalog.modelVersions(named: "shared").map(\.version) == (1...60).reversed())
      #expect(try catalog.runs(limit: 100).count == 60)
      #expect(try catalog.contradictions() == [])
    }
  }

  @Test func `a reader does not wait for a writer, and a writer says that it waited in vain`()
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let first = try CatalogDatabase.create(at: path)
      let second = try CatalogDatabase(
        opening: path, settings: ConnectionSettings(busyTimeout: 0.05))
      try first.write { database in
        try database.execute(sql: "INSERT INTO models (name, created_at) VALUES ('a', 0)")
        #expect(try second.read { try $0.modelID("a") } == nil)
        #expect(try first.read { try $0.modelID("a") } == nil)
        let error = #expect(throws: RegistryError.self) {
          _ = try second.registerModelVersion(Sample.model("b"))
        }
        #expect(error?.code == .registryBusy)
        #expect(error?.code.category.exitCode == 75)
      }
      #expect(try second.read { try $0.modelID("a") } != nil)
    }
  }

  @Test func `a full disk is named, and nothing stays of the change`() throws {
    try withCatalog { catalog in
      let pages = try catalog.read { try $0.number("PRAGMA page_count") } ?? 0
      let limit = { (pages: Int64) in
        try catalog.write { _ = try $0.number("PRAGMA max_page_count = \(pages)") }
      }
      try limit(pages + 2)
      let error = #expect(throws: RegistryError.self) {
        for index in 0..<1000 {
          _ = try catalog.registerModelVersion(Sample.model("a", head: "head\(index)"))
        }
      }
      #expect(error?.code == .noSpaceLeft)
      #expect(error?.code.category.exitCode == 74)
      try limit(1_000_000)
      #expect(try catalog.contradictions() == [])
      let count = try catalog.modelVersions().count
      _ = try catalog.registerModelVersion(Sample.model("a", head: "after"))
      #expect(try catalog.modelVersions().count == count + 1)
    }
  }

  @Test func `a path that looks like a URI is a path`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "file: a?mode=memory#%41.sqlite").path
      let catalog = try CatalogDatabase.create(at: path)
      #expect(try catalog.contradictions() == [])
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(CatalogDatabase.fileName("file:a") == "./file:a")
    }
  }
}

/// Errors of several threads.
private final class Failures: @unchecked Sendable {
  // Guarded by the lock.
  private var messages: [String] = []
  private let lock = NSLock()

  var all: [String] { lock.withLock { messages } }

  func recording(_ body: () throws -> Void) {
    do { try body() } catch { lock.withLock { messages.append("\(error)") } }
  }
}
