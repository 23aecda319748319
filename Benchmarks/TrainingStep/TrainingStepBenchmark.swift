import Diagnostics
import Engine
import Glibc
import Networks
import Tensors

/// Times forward and backward passes: `TrainingStepBenchmark ARCHITECTURE PART BATCH THREADS`.
///
/// `PART` is `all`, or the beginning of the names of the first layers that train, as `layer4`: those
/// before do not run. It prints `ready` when all is compiled. For each line on standard input it runs a step and prints the images per
/// second of wall time and per second of processor time, so that a script can alternate engines.
/// With the word `kernels` for a line it prints what was chosen for each step.
@main
struct TrainingStepBenchmark {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 5, let batchSize = Int(words[3]), let threads = Int(words[4]) else {
      print("usage: TrainingStepBenchmark ARCHITECTURE all|LAYER BATCH THREADS")
      exit(64)
    }
    let architecture = try Architecture.named(words[1])
    let network = architecture.network(labels: 10)
    var generator = RandomGenerator(seed: 1)
    var tensors = StateDict()
    for tensor in network.tensors where tensor.scalarType == .float32 {
      tensors[tensor.name] = Tensor(
        shape: tensor.shape,
        (0..<tensor.shape.elementCount).map { _ in
          tensor.shape.rank == 1 ? 0.5 + generator.uniform() : 0.1 * generator.uniform() - 0.05
        })
    }
    let (layers, inputLayer, input) = try part(words[2], of: network, architecture.inputShape)
    let compiled = try TrainingNetwork(
      layers: layers, inputLayer: inputLayer, input: input, tensors: tensors,
      trainable: Set(layers.map(\.name)), maximumBatchSize: batchSize, threads: threads)
    let images = (0..<batchSize * input.elementCount).map { _ in 2 * generator.uniform() - 1 }
    let parameters = compiled.parameters.flatMap { tensors[$0.name]?.floats() ?? [] }
    var buffers = compiled.buffers.flatMap { tensors[$0.name]?.floats() ?? [] }
    var gradients = [Float](repeating: 0, count: compiled.parameterCount)
    print("ready")
    fflush(nil)
    while let line = readLine() {
      if line == "kernels" {
        for kernel in compiled.kernels { print(kernel.layer, kernel.implementation) }
        continue
      }
      let (wall, processor) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
      try images.withUnsafeBufferPointer { input in
        try parameters.withUnsafeBufferPointer { parameters in
          try buffers.withUnsafeMutableBufferPointer { buffers in
            try gradients.withUnsafeMutableBufferPointer { gradients in
              try compiled.step(
                input: input, count: batchSize, parameters: parameters, buffers: buffers, seed: 1,
                gradients: gradients
              ) { logits, gradient in
                for index in gradient.indices { gradient[index] = logits[index] }
              }
            }
          }
        }
      }
      print(
        "images_per_second", Double(batchSize) / (seconds(CLOCK_MONOTONIC) - wall),
        Double(batchSize) / (seconds(CLOCK_PROCESS_CPUTIME_ID) - processor))
      fflush(nil)
    }
  }

  /// The layers from the first whose name begins so, what they read, and its shape.
  private static func part(
    _ name: String, of network: Network, _ input: Shape
  ) throws -> (layers: [Layer], inputLayer: String, input: Shape) {
    guard name != "all", let start = network.layers.firstIndex(where: { $0.name.hasPrefix(name) })
    else { return (network.layers, Network.inputName, input) }
    let inputLayer = network.layers[start].inputs[0]
    let shape = try network.outputShapes(input: input)[inputLayer] ?? []
    return (Array(network.layers[start...]), inputLayer, shape)
  }

  /// Seconds on one of the system's clocks.
  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
