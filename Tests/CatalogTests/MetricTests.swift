import Diagnostics
import TestSupport
import Testing

@testable import Catalog

struct MetricTests {
  @Test func `infinities, NaN and the extremes of doubles come back`() throws {
    try withCatalog { catalog in
      let id = try catalog.beginRun(Sample.run()).id
      let values: [Double] = [
        .nan, .infinity, -.infinity, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        .pi, 1, -7,
      ]
      try catalog.appendMetrics(
        values.enumerated().map { MetricPoint(key: "loss", step: $0, value: $1) }, to: id)
      let series = try catalog.metrics(of: id)
      #expect(series.map(\.key) == ["loss"])
      let read = try #require(series.first).points.map(\.value)
      #expect(read[0].isNaN)
      #expect(read.dropFirst().map(\.bitPattern) == values.dropFirst().map(\.bitPattern))
      try catalog.appendMetrics([MetricPoint(key: "loss", step: 99, value: .nan)], to: id)
      #expect(try catalog.lastMetrics(of: id)["loss"]?.isNaN == true)
    }
  }

  @Test func `points come in the order of their steps, whatever the order they were added in`()
    throws
  {
    try withCatalog { catalog in
      let id = try catalog.beginRun(Sample.run()).id
      let time = Timestamp(microseconds: 1_764_000_000_000_001)
      let point = { MetricPoint(key: $0, step: $1, value: $2, time: time) }
      try catalog.appendMetrics([point("b", 5, 50), point("a", 2, 2), point("b", -1, 10)], to: id)
      try catalog.appendMetrics([point("b", 3, 30)], to: id)
      try catalog.appendMetrics([], to: id)
      let series = try catalog.metrics(of: id)
      #expect(series.map(\.key) == ["a", "b"])
      #expect(series[1].points == [point("b", -1, 10), point("b", 3, 30), point("b", 5, 50)])
      #expect(try catalog.lastMetrics(of: id) == ["a": 2, "b": 50])
      #expect(try catalog.metrics(of: id, key: "a").count == 1)
      #expect(try catalog.metrics(of: id, key: "none") == [])
    }
  }

  @Test func `a repeated step replaces its point`() throws {
    try withCatalog { catalog in
      let id = try catalog.beginRun(Sample.run()).id
      for value in [1.0, 2.0] {
        try catalog.appendMetrics([MetricPoint(key: "loss", step: 4, value: value)], to: id)
        try catalog.appendMetrics([MetricPoint(key: "loss", step: 3, value: value)], to: id)
      }
      #expect(try catalog.metrics(of: id)[0].points.map(\.value) == [2, 2])
      #expect(try catalog.lastMetrics(of: id) == ["loss": 2])
    }
  }

  @Test(arguments: [1, 2])
  func `random batches agree with a model in memory`(seed: UInt64) throws {
    try withCatalog { catalog in
      var generator = SeededGenerator(seed: seed)
      let ids = try (0..<3).map { _ in try catalog.beginRun(Sample.run()).id }
      var expected: [String: [String: [Int: Double]]] = [:]
      for _ in 0..<60 {
        let id = try #require(ids.randomElement(using: &generator))
        let points = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
          MetricPoint(
            key: "key\(Int.random(in: 0..<5, using: &generator))",
            step: Int.random(in: 0..<200, using: &generator),
            value: Double.random(in: -1...1, using: &generator))
        }
        try catalog.appendMetrics(points, to: id)
        for point in points {
          expected[id, default: [:]][point.key, default: [:]][point.step] = point.value
        }
      }
      for id in ids {
        let series = try catalog.metrics(of: id)
        let actual = Dictionary(
          uniqueKeysWithValues: series.map { series in
            (
              series.key,
              Dictionary(uniqueKeysWithValues: series.points.map { ($0.step, $0.value) })
            )
          })
        #expect(actual == expected[id] ?? [:])
        #expect(series.allSatisfy { $0.points.map(\.step) == $0.points.map(\.step).sorted() })
      }
    }
  }
}
