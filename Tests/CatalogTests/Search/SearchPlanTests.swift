import Diagnostics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct SearchPlanTests {
  /// A condition of each kind, which an index answers.
  private static let indexed: [(SearchSubject, String)] = [
    (.runs, "run = 3f2a"), (.runs, "kind = train"), (.runs, "state = running"),
    (.runs, "model = m"), (.runs, "base = root@1"), (.runs, "base in (root, leaf@1)"),
    (.runs, "produced = leaf"), (.runs, "dataset = d"), (.runs, "dataset = d@1"),
    (.runs, "dataset like 'd%'"), (.runs, "started > -7d"), (.runs, "params.epochs = 30"),
    (.runs, "params.epochs in (10, 30)"), (.runs, "params.optimizer = adam"),
    (.runs, "params.optimizer like 'ad%'"), (.runs, "metrics.loss < 0.1"),
    (.runs, "metrics.loss = NaN"), (.runs, "min(metrics.loss) < 0.1"),
    (.runs, "max(metrics.loss) >= 0.1"), (.runs, "at(metrics.loss, 3) < 0.1"),
    (.runs, "tags.stage = live"), (.runs, "descendant of root@1"), (.runs, "ancestor of leaf@1"),
    (.models, "model = root"), (.models, "model like 'ro%'"), (.models, "origin = imported"),
    (.models, "architecture = resnet18"), (.models, "base = root@1"), (.models, "run = 3f"),
    (.models, "dataset = d@1"), (.models, "created < -7d"), (.models, "recalled"),
    (.models, "params.epochs > 3"), (.models, "metrics.loss < 1"),
    (.models, "max(metrics.loss) < 1"), (.models, "tags.stage = live"),
    (.models, "descendant of root@1"), (.models, "ancestor of leaf@1"),
    (.datasets, "dataset = d"), (.datasets, "created > -7d"), (.datasets, "tags.stage = live"),
  ]

  /// Conditions that are looked at one item after the other, the newest first, until a page is full.
  private static let walked: [(SearchSubject, String)] = [
    (.runs, "seed = 1"), (.runs, "message like '%disk%'"), (.runs, "seconds > 60"),
    (.runs, "not kind = train"), (.runs, "params.x is null"), (.runs, "metrics.x is null"),
    (.runs, "kind = train or seed = 1"), (.models, "parameters > 1"), (.models, "label = dog"),
    (.models, "alias = live"), (.models, "metrics.loss is null"), (.models, "not recalled"),
    (.datasets, "images > 10"), (.datasets, "label = dog"),
  ]

  /// Rows in memory, what belongs to one item, names that patterns are matched with, and what is
  /// all in the answer.
  private static let inMemory: Set = [
    "above", "below", "CONSTANT", "label", "models", "datasets", "recalled_versions",
  ]

  /// The plans of the statements that a search runs: the last is that of the search itself.
  private func plans(
    _ subject: SearchSubject, _ condition: String, sort order: String? = nil, manyRows: Int = 4096
  ) throws -> [[String]] {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      _ = try CatalogDatabase.create(at: path)
      let log = SearchStatements()
      let catalog = try CatalogDatabase(
        opening: path, settings: ConnectionSettings(trace: { log.hear($0) }))
      let dataset = try catalog.recordImport(
        Sample.dataset("d", added: [Sample.item("a", "dog")]))
      let root = try catalog.registerModelVersion(Sample.model("root"))
      let run = try catalog.beginRun(Sample.run(base: root.id, datasets: [dataset.id]))
      _ = try catalog.registerModelVersion(
        Sample.model(
          "leaf", base: root, head: "l",
          run: RunCompletion(
            run: run.id, state: .finished,
            metrics: [MetricPoint(key: "loss", step: 3, value: 0.05)])))
      log.clear()
      var request = try SearchRequest(subject, where: condition, sort: order, limit: 10)
      request.manyRows = manyRows
      _ = try catalog.search(request)
      return try log.all.filter { $0.contains(" AS item") || $0.contains("count(*)") }.map { text in
        try catalog.read { database in
          let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + text)
          statement.setUncheckedArguments([])
          return try Row.fetchAll(statement).map { try $0.decode(String.self, forColumn: "detail") }
        }
      }
    }
  }

  private func scans(in plan: [String]) -> [String] {
    // Patterns are matched with names: those of models and datasets, or a part of their index.
    plan.filter { $0.hasPrefix("SCAN ") }.filter {
      !Self.inMemory.contains(String($0.split(separator: " ")[1]))
        && !$0.hasPrefix("SCAN (subquery") && !$0.hasPrefix("SCAN (join")
    }
  }

  @Test(arguments: indexed)
  func `an index finds what few items fulfil`(subject: SearchSubject, condition: String) throws {
    let plans = try plans(subject, condition)
    #expect(plans.count >= 2)
    for plan in plans {
      #expect(scans(in: plan) == [], "\(condition): \(plan)")
    }
    let last = try #require(plans.last)
    #expect(last.contains { $0.hasPrefix("SEARCH item USING INTEGER PRIMARY KEY") }, "\(last)")
  }

  /// Ancestors are few by nature: they lead whatever counts as many.
  @Test(arguments: (indexed + walked).filter { !$0.1.hasPrefix("ancestor") })
  func `what many items fulfil is found by a walk from the newest`(
    subject: SearchSubject, condition: String
  ) throws {
    let plan = try #require(try plans(subject, condition, manyRows: 0).last)
    let walk = scans(in: plan)
    let table = subject.table
    let isOrdered = plan.contains {
      ($0.hasPrefix("SCAN item USING") || $0.hasPrefix("SEARCH item USING"))
        && $0.contains("INDEX \(table)_by_\(subject == .runs ? "start" : "creation")")
    }
    #expect(isOrdered, "\(condition): \(plan)")
    #expect(walk.allSatisfy { $0.hasPrefix("SCAN item USING") }, "\(condition): \(plan)")
    #expect(!plan.contains { $0.contains("USE TEMP B-TREE FOR ORDER BY") }, "\(condition): \(plan)")
  }

  @Test(arguments: ["metrics.loss", "min(metrics.loss) desc", "max(metrics.loss)"])
  func `runs by a metric are found by a walk along its index`(order: String) throws {
    let plans = try plans(.runs, "seed > -9", sort: order)
    let walk = try #require(
      plans.first { $0.contains { $0.hasPrefix("SEARCH sorted USING COVERING INDEX") } })
    #expect(scans(in: walk) == [], "\(walk)")
    // Only runs with one value are put into an order.
    #expect(!walk.contains { $0.contains("USE TEMP B-TREE FOR ORDER BY") }, "\(walk)")
  }

  @Test func `a list without a condition is a walk from the newest`() throws {
    for subject in SearchSubject.allCases {
      let plan = try #require(
        try plans(
          subject,
          "created > -100w".replacingOccurrences(
            of: "created", with: subject == .runs ? "started" : "created"), manyRows: 0
        ).last)
      #expect(plan.contains { $0.hasPrefix("SEARCH item USING") }, "\(plan)")
    }
  }
}

/// The texts of statements in their order.
private final class SearchStatements: @unchecked Sendable {
  // Guarded by the lock.
  private var texts: [String] = []
  private let lock = NSLock()

  var all: [String] { lock.withLock { texts } }

  func hear(_ text: String) { lock.withLock { texts.append(text) } }

  func clear() { lock.withLock { texts = [] } }
}
