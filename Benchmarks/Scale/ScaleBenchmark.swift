import Diagnostics
import Glibc
import RegistryKit

/// Fills a registry with the records of many models, and times questions to it.
///
///     ScaleBenchmark fill FOLDER VERSIONS [SEED]
///     ScaleBenchmark ask FOLDER [REPETITIONS]
///
/// FOLDER is a registry's own, and has the models `efficientnet-lite0` and `wolfdog` already.
/// `Benchmarks/scale.py` makes it, fills it and prints what it measured.
@main
struct ScaleBenchmark {
  static func main() throws {
    let words = CommandLine.arguments
    switch words.count > 2 ? words[1] : "" {
    case "fill":
      guard words.count > 3, let versions = Int(words[3]), versions >= 1000 else { usage() }
      let seed = words.count > 4 ? UInt64(words[4]) ?? 1 : 1
      var filling = try RegistryFilling(
        try Registry(opening: words[2]), versions: versions, seed: seed)
      try filling.run()
    case "ask":
      let repetitions = words.count > 3 ? Int(words[3]) ?? 21 : 21
      try Questions(folder: words[2], repetitions: repetitions).ask()
    default: usage()
    }
  }

  private static func usage() -> Never {
    print("usage: ScaleBenchmark fill FOLDER VERSIONS [SEED] | ask FOLDER [REPETITIONS]")
    exit(64)
  }

  /// Seconds of a clock that only goes forward.
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
