import COneDNN
import Diagnostics
import Networks
import Synchronization
import Tensors

/// A program and the threads' memory for it.
struct InferenceExecutor {
  let program: InferenceProgram
  private let workers: [Worker]

  init(
    layers: [Layer], input: Shape, tensors: StateDict, batchSize: Int, threads: Int
  ) throws(RegistryError) {
    program = try ProgramCompiler.compile(layers: layers, input: input, tensors: tensors)
    var workers: [Worker] = []
    for _ in 0..<min(threads, batchSize) { workers.append(try Worker(program)) }
    self.workers = workers
  }

  /// Computes images, each thread the next one that nobody has begun.
  func run(
    _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>
  ) throws(RegistryError) {
    let next = Atomic(0)
    let failure = Mutex<Worker.Failure?>(nil)
    let inputCount = program.inputShape.elementCount
    let outputCount = program.outputShape.elementCount
    ThreadTeam.run(min(workers.count, count)) { thread in
      while true {
        let image = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard image < count else { return }
        let stopped = workers[thread].run(
          input + image * inputCount, into: output + image * outputCount)
        if let stopped {
          failure.withLock { $0 = $0 ?? stopped }
          return
        }
      }
    }
    guard let stopped = failure.withLock({ $0 }) else { return }
    let layer = program.steps[stopped.step].layer
    do { try check(stopped.status, "the layer \(layer)") } catch {
      throw error.at(Place(layer: layer))
    }
  }
}
