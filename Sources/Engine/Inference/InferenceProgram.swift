import COneDNN
import Diagnostics
import Tensors

/// Primitives and kernels in order, with the places of what they read and write, for one image.
///
/// It never changes: threads share it, each with a ``Worker`` of its own.
struct InferenceProgram {
  /// A primitive or a kernel and what it is given.
  struct Step {
    /// The layer that it computes, for messages.
    let layer: String
    let work: Work
  }

  /// What a step computes with.
  enum Work {
    /// A primitive of oneDNN.
    case primitive(Primitive, [Argument])
    /// A kernel of our own with the buffers that it writes and reads, `nil` for the image.
    case kernel(KernelCall, output: Int, inputs: [Int?])
  }

  /// What a primitive is given, by the number that oneDNN has for its part.
  struct Argument {
    let part: Int32
    let operand: Operand
  }

  /// Where an argument is.
  enum Operand {
    /// The image, where the caller has it.
    case image(MemoryDescriptor)
    /// A buffer of the arena, by its number.
    case buffer(Int, MemoryDescriptor)
    /// Weights, which all threads share.
    case constant(Memory)
  }

  let device: Device
  let steps: [Step]
  let arena: ArenaPlan
  /// The buffer that holds the result at the end, row by row.
  let outputBuffer: Int
  /// The largest need of a primitive for itself.
  let scratchpadByteCount: Int
  /// The bytes of the weights, which their memory objects do not own.
  let constants: [AlignedBytes]
  /// The shapes for one image.
  let inputShape: Shape
  let outputShape: Shape

  /// What oneDNN chose for each step.
  var kernels: [KernelChoice] {
    steps.map {
      switch $0.work {
      case .primitive(let primitive, _):
        KernelChoice(layer: $0.layer, implementation: primitive.implementation)
      case .kernel(let call, _, _): KernelChoice(layer: $0.layer, implementation: call.name)
      }
    }
  }
}

/// What computes a step of a program.
package struct KernelChoice: Sendable, Hashable {
  /// The layer, or the first of those that are computed together.
  package let layer: String
  /// oneDNN's name for the implementation, for example `jit:avx2`, or that of a kernel of our own,
  /// for example `own:layer norm`.
  package let implementation: String
}
