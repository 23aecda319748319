import COneDNN
import Diagnostics
import Tensors

/// A thread's own memory for a program: an arena, and memory objects that point into it.
///
/// One thread at a time may use it.
final class Worker {
  /// A primitive with its arguments: a range of ``arguments``.
  private struct Call {
    let primitive: dnnl_primitive_t
    let firstArgument: Int
    let argumentCount: Int32
  }

  /// Why and in which step a run stopped.
  struct Failure {
    let step: Int
    let status: dnnl_status_t
  }

  private let program: InferenceProgram
  private let stream: Stream
  private let arena: AlignedBytes
  private let scratchpad: AlignedBytes
  private let memories: [Memory]
  /// Those of ``memories`` that point to what the caller gives.
  private let images: [Memory]
  private let arguments: [dnnl_exec_arg_t]
  private let calls: [Call]

  init(_ program: InferenceProgram) throws(RegistryError) {
    self.program = program
    stream = try Stream(program.device)
    arena = try AlignedBytes(byteCount: program.arena.byteCount)
    scratchpad = try AlignedBytes(byteCount: program.scratchpadByteCount)
    var memories: [Memory] = []
    var images: [Memory] = []
    var arguments: [dnnl_exec_arg_t] = []
    var calls: [Call] = []
    for step in program.steps {
      let firstArgument = arguments.count
      for argument in step.arguments {
        let memory: Memory
        switch argument.operand {
        case .constant(let shared): memory = shared
        case .image(let descriptor):
          memory = try Memory(descriptor, program.device, at: nil)
          images.append(memory)
        case .buffer(let number, let descriptor):
          memory = try Memory(
            descriptor, program.device, at: arena.base + program.arena.offsets[number])
        }
        memories.append(memory)
        arguments.append(dnnl_exec_arg_t(arg: argument.part, memory: memory.handle))
      }
      if step.primitive.scratchpad.byteCount > 0 {
        let memory = try Memory(step.primitive.scratchpad, program.device, at: scratchpad.base)
        memories.append(memory)
        arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: memory.handle))
      }
      calls.append(
        Call(
          primitive: step.primitive.handle, firstArgument: firstArgument,
          argumentCount: Int32(arguments.count - firstArgument)))
    }
    self.memories = memories
    self.images = images
    self.arguments = arguments
    self.calls = calls
  }

  /// Computes one image, of `[C, H, W]` row by row, and puts the result where `output` points.
  ///
  /// Nothing is allocated. The image is only read.
  ///
  /// - Returns: What went wrong, if anything did.
  func run(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) -> Failure? {
    for memory in images {
      let status = memory.point(at: UnsafeMutableRawPointer(mutating: input))
      if status != dnnl_success { return Failure(step: 0, status: status) }
    }
    let failure = arguments.withUnsafeBufferPointer { arguments -> Failure? in
      guard let base = arguments.baseAddress else { return nil }
      for (index, call) in calls.enumerated() {
        let status = dnnl_primitive_execute(
          call.primitive, stream.handle, call.argumentCount, base + call.firstArgument)
        if status != dnnl_success { return Failure(step: index, status: status) }
      }
      let status = dnnl_stream_wait(stream.handle)
      return status == dnnl_success ? nil : Failure(step: calls.count - 1, status: status)
    }
    if let failure { return failure }
    let result = arena.base + program.arena.offsets[program.outputBuffer]
    output.update(
      from: result.assumingMemoryBound(to: Float.self), count: program.outputShape.elementCount)
    return nil
  }
}
