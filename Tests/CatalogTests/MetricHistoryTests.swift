import Diagnostics
import GRDB
import TestSupport
import Testing

@testable import Catalog

struct MetricHistoryTests {
  private func extremes(_ catalog: CatalogDatabase, _ run: String) throws -> [Double?] {
    let id = try catalog.runRow(run)
    return try catalog.read { database in
      try database.first(
        "SELECT least_value, greatest_value FROM metric_series WHERE run_id = ?", [id]
      ) { [try $0.next(Double?.self), try $0.next(Double?.self)] } ?? []
    }
  }

  @Test(arguments: [1, 2, 3, 4])
  func `the least and greatest values are noted whatever is replaced`(seed: UInt64) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: seed)
      let run = try catalog.beginRun(Sample.run()).id
      var points: [Int: Double] = [:]
      for _ in 0..<150 {
        let batch = (0..<Int.random(in: 1...70, using: &generator)).map { _ in
          let value = Double(Int.random(in: -9...9, using: &generator))
          return MetricPoint(
            key: "loss", step: Int.random(in: 0..<60, using: &generator),
            value: value == 9 ? .nan : value == -9 ? .infinity : value)
        }
        try catalog.appendMetrics(batch, to: run)
        for point in batch { points[point.step] = point.value }
        let numbers = points.values.filter { !$0.isNaN }
        #expect(try extremes(catalog, run) == [numbers.min(), numbers.max()])
        let last = points.max { $0.key < $1.key }?.value
        let noted = try catalog.lastMetrics(of: run)["loss"]
        #expect(noted == last || noted?.isNaN == true && last?.isNaN == true)
      }
    }
  }

  @Test func `a history without a number has no extremes`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run()).id
      try catalog.appendMetrics([MetricPoint(key: "a", step: 1, value: .nan)], to: run)
      #expect(try extremes(catalog, run) == [nil, nil])
      try catalog.appendMetrics([MetricPoint(key: "a", step: 1, value: 5)], to: run)
      #expect(try extremes(catalog, run) == [5, 5])
      try catalog.appendMetrics([MetricPoint(key: "a", step: 1, value: .nan)], to: run)
      #expect(try extremes(catalog, run) == [nil, nil])
    }
  }

  @Test func `pages of a history follow one another`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run()).id
      try catalog.appendMetrics(
        (0..<100).map { MetricPoint(key: "a", step: $0 * 3 - 50, value: Double($0)) }, to: run)
      var steps: [Int] = []
      var after: Int?
      while true {
        let page = try catalog.metrics(of: run, .page(afterStep: after, limit: 7))[0].points
        guard let last = page.last else { break }
        #expect(page.count <= 7)
        steps += page.map(\.step)
        after = last.step
      }
      #expect(steps == (0..<100).map { $0 * 3 - 50 })
      #expect(try catalog.metrics(of: run, .page(afterStep: .max, limit: 7))[0].points == [])
    }
  }

  @Test(arguments: [4, 5, 10, 101, 2000])
  func `a thinned history keeps its ends and the extremes of every stretch`(limit: Int) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: UInt64(limit))
      let run = try catalog.beginRun(Sample.run()).id
      let values = (0..<5000).map { step -> Double in
        switch step {
        case 1234: 1000
        case 4321: -1000
        case 2000..<2100: .nan
        default: Double.random(in: -1...1, using: &generator)
        }
      }
      try catalog.appendMetrics(
        values.enumerated().map { MetricPoint(key: "a", step: $0, value: $1) }, to: run)
      let points = try catalog.metrics(of: run, .thinned(points: limit))[0].points
      #expect(points.count <= limit)
      #expect(points.first?.step == 0 && points.last?.step == 4999)
      #expect(points.contains { $0.value == 1000 && $0.step == 1234 })
      #expect(points.contains { $0.value == -1000 && $0.step == 4321 })
      #expect(points.map(\.step) == Array(Set(points.map(\.step))).sorted())
      for point in points where !point.value.isNaN { #expect(point.value == values[point.step]) }
      // Where there are no numbers for longer than a stretch, a gap shows.
      if limit == 2000 {
        #expect(points.contains { $0.value.isNaN })
        // The extremes of each stretch, found in another way.
        let count = (limit - 2) / 2
        for stretch in 0..<count {
          let members = values.indices.filter {
            min(Int(Double($0) / (4999 / Double(count))), count - 1) == stretch
          }
          let numbers = members.map { values[$0] }.filter { !$0.isNaN }
          let kept = points.filter { members.contains($0.step) }.map(\.value)
          if let least = numbers.min(), let greatest = numbers.max() {
            #expect(kept.contains(least) && kept.contains(greatest))
          }
        }
      }
      #expect(try catalog.metrics(of: run, .thinned(points: 6000))[0].points.count == 5000)
    }
  }

  @Test func `a number without a step gets the one after the last`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run()).id
      func log(_ drafts: (String, Int?)...) throws {
        _ = try catalog.logMetrics(
          drafts.map { MetricDraft(key: $0.0, step: $0.1, value: 1, time: .now()) }, to: run)
      }
      try log(("a", nil), ("b", nil), ("a", nil))
      try log(("a", 10), ("a", nil), ("a", 4), ("a", nil), ("c", 7), ("c", nil))
      try log(("b", nil), ("d", .max), ("d", nil))
      let steps = Dictionary(
        uniqueKeysWithValues: try catalog.metrics(of: run).map { ($0.key, $0.points.map(\.step)) })
      #expect(steps == ["a": [1, 2, 4, 10, 11, 12], "b": [1, 2], "c": [7, 8], "d": [.max]])
    }
  }

  @Test func `a parameter is told once`() throws {
    try withCatalog { catalog in
      let run = try catalog.beginRun(Sample.run()).id
      try catalog.addParameters(["epochs": "30", "new": "1"], to: run)
      #expect(
        try catalog.run(run).parameters == ["epochs": "30", "optimizer": "lbfgs", "new": "1"])
      let other = #expect(throws: RegistryError.self) {
        try catalog.addParameters(["a": "1", "epochs": "31"], to: run)
      }
      #expect(other?.code == .parameterExists)
      #expect(try catalog.run(run).parameters["a"] == nil)
      try catalog.endRun(RunCompletion(run: run, state: .finished))
      let ended = #expect(throws: RegistryError.self) {
        try catalog.addParameters(["b": "1"], to: run)
      }
      #expect(ended?.code == .runEnded)
    }
  }

  @Test func `a number leads to the runs that produced it, the nearest first`() throws {
    try withCatalog { catalog in
      let runs = try [[0.9, 0.5], [0.973, 0.2], [0.1, 0.974], [.nan]].map { values in
        let run = try catalog.beginRun(Sample.run()).id
        try catalog.appendMetrics(
          values.enumerated().map { MetricPoint(key: "acc", step: $0, value: $1) }, to: run)
        return try catalog.runRow(run)
      }
      let found = try catalog.origins(ofMetric: "acc", in: 0.972...0.9745, limit: 9)
      #expect(found.map(\.run) == [runs[1], runs[2]])
      #expect(found.map(\.value) == [0.973, 0.974])
      #expect(found.map(\.statistic) == [.greatest, .last])
      #expect(try catalog.origins(ofMetric: "none", in: 0...1, limit: 9) == [])
      #expect(try catalog.origins(ofMetric: "acc", in: -9...9, limit: 2).count == 2)
    }
  }
}
