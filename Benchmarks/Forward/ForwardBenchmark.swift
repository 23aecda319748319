import Diagnostics
import Engine
import Glibc
import ModelFiles
import Networks
import Tensors

/// Times a whole network: `ForwardBenchmark FILE ARCHITECTURE BATCH THREADS REPETITIONS`.
///
/// Prints the milliseconds that reading and compiling took, then for each repetition the images per
/// second of wall time and per second of processor time. With the word `serve` for the repetitions
/// it runs one for each line on standard input, so that a script can alternate engines.
@main
struct ForwardBenchmark {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 6, let batchSize = Int(words[3]), let threads = Int(words[4]) else {
      print("usage: ForwardBenchmark FILE ARCHITECTURE BATCH THREADS REPETITIONS|serve")
      exit(64)
    }
    let start = seconds(CLOCK_MONOTONIC)
    let file = try ModelFileReader.read(path: words[1])
    guard let architecture = Architecture.all.first(where: { $0.name == words[2] }) else {
      print("known architectures: \(Architecture.knownNames)")
      exit(64)
    }
    let network = try architecture.network(for: file.stateDict)
    let tensors = try network.load(file.stateDict)
    let loaded = seconds(CLOCK_MONOTONIC)
    let compiled = try InferenceNetwork(
      layers: network.layers, input: architecture.inputShape, tensors: tensors,
      batchSize: batchSize, threads: threads)
    print("read_ms", (loaded - start) * 1000)
    print("compile_ms", (seconds(CLOCK_MONOTONIC) - loaded) * 1000)

    var generator = RandomGenerator(seed: 1)
    let images = (0..<batchSize * architecture.inputShape.elementCount).map { _ in
      2 * generator.uniform() - 1
    }
    if let repetitions = Int(words[5]) {
      for _ in 0..<repetitions { try measure(compiled, images) }
    } else {
      while readLine() != nil { try measure(compiled, images) }
    }
  }

  /// Runs a batch and prints images per second of wall time and of processor time.
  private static func measure(_ network: InferenceNetwork, _ images: [Float]) throws {
    let count = network.batchSize
    var logits = [Float](repeating: 0, count: count * network.outputShape.elementCount)
    let (wall, processor) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
    try images.withUnsafeBufferPointer { input in
      try logits.withUnsafeMutableBufferPointer { output in
        try network.run(input, count: count, into: output)
      }
    }
    print(
      "images_per_second", Double(count) / (seconds(CLOCK_MONOTONIC) - wall),
      Double(count) / (seconds(CLOCK_PROCESS_CPUTIME_ID) - processor))
    fflush(nil)
  }

  /// Seconds on one of the system's clocks.
  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
