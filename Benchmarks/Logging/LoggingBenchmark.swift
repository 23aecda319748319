private import Diagnostics
private import Foundation
private import RegistryKit

/// Logs metrics of runs through the library, for Benchmarks/metric_logging.py.
///
///     LoggingBenchmark FOLDER BATCHES POINTS KEYS
///
/// FOLDER is a registry's own. Each batch is one call, after which its points are on the disk; it has
/// as many metrics as KEYS, one step of all of them after the other. Prints how many points a second
/// were stored.
@main
enum LoggingBenchmark {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 5, let batches = Int(words[2]), let points = Int(words[3]),
      let keys = Int(words[4])
    else {
      throw RegistryError(.interrupted, "usage: LoggingBenchmark FOLDER BATCHES POINTS KEYS")
    }
    let registry = try Registry(opening: words[1])
    let run = try registry.beginRun(LoggedRunRequest(model: "logged")).run
    let names = (0..<keys).map { "metric-\($0)" }
    let clock = ContinuousClock()
    var next = 0
    let duration = try clock.measure {
      for _ in 0..<batches {
        let batch = (next..<next + points).map { index in
          LoggedMetric(
            key: names[index % keys], value: 1 / Double(index + 1), step: index / keys + 1)
        }
        try registry.log(batch, to: run)
        next += points
      }
    }
    _ = try registry.endRun(run)
    let seconds =
      Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    print(Double(next) / seconds)
  }
}
