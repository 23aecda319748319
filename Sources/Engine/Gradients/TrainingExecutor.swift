import COneDNN
import Diagnostics
import Networks
import Tensors

/// The programs of a training network, by the number of images, and the memory that they share.
///
/// It is used on the compute thread only.
final class TrainingExecutor {
  /// The program of the largest batch.
  let largest: TrainingProgram
  private let graph: TrainingGraph
  private let tensors: TrainingTensors
  private let constants: AlignedBytes
  private let threads: Int
  private var programs: [Int: TrainingProgram]
  /// Parameters that the result does not depend on: their gradients are zero.
  private let unreached: [Range<Int>]

  init(
    graph: TrainingGraph, tensors: TrainingTensors, constants: AlignedBytes, maximumBatchSize: Int,
    threads: Int
  ) throws(RegistryError) {
    self.graph = graph
    self.tensors = tensors
    self.constants = constants
    self.threads = threads
    largest = try TrainingCompiler.compile(
      graph: graph, tensors: tensors, constants: constants, images: maximumBatchSize,
      threads: threads, sharing: nil)
    programs = [maximumBatchSize: largest]
    let reached = Set(graph.nodes.map(\.layer.name))
    unreached = tensors.parameters.filter { !reached.contains($0.layer) }.map(\.range)
  }

  /// See ``TrainingNetwork/step(input:count:parameters:buffers:seed:gradients:loss:)``.
  func step(
    input: UnsafeBufferPointer<Float>, count: Int, parameters: UnsafeBufferPointer<Float>,
    buffers: UnsafeMutableBufferPointer<Float>, seed: UInt64,
    gradients: UnsafeMutableBufferPointer<Float>,
    loss: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws(RegistryError) {
    let program = try program(of: count)
    let destination = base(of: gradients)
    for range in unreached {
      (destination + range.lowerBound).update(repeating: 0, count: range.count)
    }
    let stopped = program.run(
      input: base(of: input), parameters: base(of: parameters),
      statistics: base(of: buffers), gradients: destination, seed: seed, loss: loss)
    if let stopped {
      let layer = program.layer(ofStep: stopped.step)
      do { try check(stopped.status, "the layer \(layer)") } catch {
        throw error.at(Diagnostics.Place(layer: layer))
      }
    }
  }

  /// The program for that many images, compiled when it is not there yet.
  private func program(of count: Int) throws(RegistryError) -> TrainingProgram {
    if let program = programs[count] { return program }
    let program = try TrainingCompiler.compile(
      graph: graph, tensors: tensors, constants: constants, images: count, threads: threads,
      sharing: largest.arena)
    programs[count] = program
    return program
  }

  /// The first element; the arena for a vector without elements, of which nothing is read.
  private func base(of buffer: UnsafeBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
    base(of: UnsafeMutableBufferPointer(mutating: buffer))
  }

  private func base(
    of buffer: UnsafeMutableBufferPointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    buffer.baseAddress ?? largest.arena.base.assumingMemoryBound(to: Float.self)
  }
}
