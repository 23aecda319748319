import COneDNN
import Diagnostics
import Networks
import Tensors

/// The steps of a forward and a backward pass over one number of images, with their memory.
///
/// It is used on the compute thread only.
final class TrainingProgram {
  /// What a step reads or writes.
  struct Operand {
    let place: TrainingPlace
    let descriptor: MemoryDescriptor
  }

  /// A kernel of our own; returns what went wrong in oneDNN, if it uses that.
  typealias Kernel = (Frame) -> dnnl_status_t

  /// What a step executes.
  enum Work {
    /// One of oneDNN's, with its arguments by the number that oneDNN has for their parts.
    case primitive(Primitive, [(part: Int32, operand: Operand)])
    /// One of ours.
    case kernel(name: String, Kernel)
  }

  struct Step {
    /// The layer that it belongs to, for messages.
    let layer: String
    let work: Work
  }

  /// Where everything is during a step.
  struct Frame {
    let arena: UnsafeMutableRawPointer
    let offsets: [Int]
    let input: UnsafeMutablePointer<Float>
    let parameters: UnsafeMutablePointer<Float>
    let statistics: UnsafeMutablePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    let constants: UnsafeMutablePointer<Float>
    /// Decides masks.
    let seed: UInt64
    /// How many threads a kernel may use.
    let threads: Int

    func pointer(to place: TrainingPlace) -> UnsafeMutablePointer<Float> {
      switch place {
      case .buffer(let number): (arena + offsets[number]).assumingMemoryBound(to: Float.self)
      case .input: input
      case .parameters(let element): parameters + element
      case .statistics(let element): statistics + element
      case .gradients(let element): gradients + element
      case .constants(let element): constants + element
      }
    }
  }

  /// Why and in which step a run stopped.
  struct Failure {
    let step: Int
    let status: dnnl_status_t
  }

  /// What a step was turned into: a range of ``arguments``, or a kernel.
  private enum Call {
    case primitive(dnnl_primitive_t, firstArgument: Int, argumentCount: Int32)
    case kernel(Kernel)
  }

  /// The buffers, which programs of smaller batches share.
  let arena: AlignedBytes
  private let steps: [Step]
  private let offsets: [Int]
  private let constants: AlignedBytes
  private let threads: Int
  /// How many steps come before the loss.
  private let forwardCount: Int
  private let output: (result: TrainingPlace, gradient: TrainingPlace, count: Int)
  private let stream: Stream
  private let memories: [Memory]
  /// Those of ``memories`` that point to what the caller gives.
  private let bindings: [(memory: Memory, place: TrainingPlace)]
  private let arguments: [dnnl_exec_arg_t]
  private let calls: [Call]

  /// Makes the memory objects of the steps, whose `output` says where the loss reads the result and
  /// writes its gradient, and how many numbers.
  ///
  /// A `shared` arena is used when it is large enough.
  ///
  /// - Throws: `engine_failed` without memory.
  init(
    device: Device, steps: [Step], forwardCount: Int, plan: ArenaPlan,
    output: (result: TrainingPlace, gradient: TrainingPlace, count: Int),
    constants: AlignedBytes, threads: Int, sharing shared: AlignedBytes?
  ) throws(RegistryError) {
    if let shared, shared.byteCount >= plan.byteCount {
      arena = shared
    } else {
      arena = try AlignedBytes(byteCount: plan.byteCount)
    }
    self.steps = steps
    self.forwardCount = forwardCount
    self.output = output
    self.constants = constants
    self.threads = threads
    offsets = plan.offsets
    stream = try Stream(device)
    var memories: [Memory] = []
    var bindings: [(Memory, TrainingPlace)] = []
    var arguments: [dnnl_exec_arg_t] = []
    var calls: [Call] = []
    for step in steps {
      switch step.work {
      case .kernel(_, let body): calls.append(.kernel(body))
      case .primitive(let primitive, let operands):
        calls.append(
          .primitive(
            primitive.handle, firstArgument: arguments.count, argumentCount: Int32(operands.count))
        )
        for (part, operand) in operands {
          let memory: Memory
          switch operand.place {
          case .buffer(let number):
            memory = try Memory(operand.descriptor, device, at: arena.base + offsets[number])
          case .constants(let element):
            memory = try Memory(
              operand.descriptor, device,
              at: constants.base + element * MemoryLayout<Float>.stride)
          default:
            memory = try Memory(operand.descriptor, device, at: nil)
            bindings.append((memory, operand.place))
          }
          memories.append(memory)
          arguments.append(dnnl_exec_arg_t(arg: part, memory: memory.handle))
        }
      }
    }
    self.memories = memories
    self.bindings = bindings
    self.arguments = arguments
    self.calls = calls
  }

  /// What oneDNN chose for each step; our own kernels by their names after `own:`.
  var kernels: [KernelChoice] {
    steps.map { step in
      switch step.work {
      case .primitive(let primitive, _):
        KernelChoice(layer: step.layer, implementation: primitive.implementation)
      case .kernel(let name, _): KernelChoice(layer: step.layer, implementation: "own:\(name)")
      }
    }
  }

  /// The layer of a step, by its number.
  func layer(ofStep step: Int) -> String { steps[step].layer }

  /// Runs all steps, with the loss between those forward and those backward.
  ///
  /// Nothing is allocated. The input and the parameters are only read.
  ///
  /// - Returns: What went wrong, if anything did.
  func run(
    input: UnsafeMutablePointer<Float>, parameters: UnsafeMutablePointer<Float>,
    statistics: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>, seed: UInt64,
    loss: (UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
  ) -> Failure? {
    let frame = Frame(
      arena: arena.base, offsets: offsets, input: input, parameters: parameters,
      statistics: statistics, gradients: gradients,
      constants: constants.base.assumingMemoryBound(to: Float.self), seed: seed, threads: threads)
    for binding in bindings {
      let status = binding.memory.point(at: frame.pointer(to: binding.place))
      if status != dnnl_success { return Failure(step: 0, status: status) }
    }
    if let failure = execute(0..<forwardCount, frame) { return failure }
    loss(
      UnsafeBufferPointer(start: frame.pointer(to: output.result), count: output.count),
      UnsafeMutableBufferPointer(start: frame.pointer(to: output.gradient), count: output.count))
    return execute(forwardCount..<calls.count, frame)
  }

  private func execute(_ range: Range<Int>, _ frame: Frame) -> Failure? {
    arguments.withUnsafeBufferPointer { arguments -> Failure? in
      for index in range {
        let status: dnnl_status_t
        switch calls[index] {
        case .kernel(let body): status = body(frame)
        case .primitive(let primitive, let first, let count):
          guard let base = arguments.baseAddress else { continue }
          status = dnnl_primitive_execute(primitive, stream.handle, count, base + first)
        }
        if status != dnnl_success { return Failure(step: index, status: status) }
      }
      let status = dnnl_stream_wait(stream.handle)
      return status == dnnl_success
        ? nil : Failure(step: max(range.upperBound - 1, 0), status: status)
    }
  }
}
