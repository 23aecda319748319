import COneDNN
import Diagnostics
import Tensors

/// A thread's own memory for a program: an arena, and memory objects that point into it.
///
/// One thread at a time may use it.
final class Worker {
  /// What a step calls.
  private enum Call {
    /// A primitive with its arguments: a range of ``arguments``.
    case primitive(dnnl_primitive_t, firstArgument: Int, argumentCount: Int32)
    /// A kernel of our own, whose output and inputs are ``places`` from the first on.
    case kernel((KernelCall.Operands) -> dnnl_status_t, firstPlace: Int)
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
  /// What the kernels of our own read and write.
  private var places: [UnsafeMutablePointer<Float>]
  /// Those of ``places`` that are what the caller gives.
  private let imagePlaces: [Int]
  private let calls: [Call]

  init(_ program: InferenceProgram) throws(RegistryError) {
    self.program = program
    stream = try Stream(program.device)
    arena = try AlignedBytes(byteCount: program.arena.byteCount)
    scratchpad = try AlignedBytes(byteCount: program.scratchpadByteCount)
    var bindings = Bindings(program, arena: arena, scratchpad: scratchpad)
    var calls: [Call] = []
    for step in program.steps {
      switch step.work {
      case .primitive(let primitive, let arguments):
        calls.append(try bindings.call(primitive, arguments))
      case .kernel(let kernel, let output, let inputs):
        calls.append(bindings.call(kernel, output: output, inputs: inputs))
      }
    }
    self.calls = calls
    memories = bindings.memories
    images = bindings.images
    arguments = bindings.arguments
    places = bindings.places
    imagePlaces = bindings.imagePlaces
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
    // Kernels only read it.
    for place in imagePlaces { places[place] = UnsafeMutablePointer(mutating: input) }
    let failure = arguments.withUnsafeBufferPointer { arguments -> Failure? in
      places.withUnsafeBufferPointer { places -> Failure? in
        execute(arguments.baseAddress, places.baseAddress)
      }
    }
    if let failure { return failure }
    let result = arena.base + program.arena.offsets[program.outputBuffer]
    output.update(
      from: result.assumingMemoryBound(to: Float.self), count: program.outputShape.elementCount)
    return nil
  }

  private func execute(
    _ arguments: UnsafePointer<dnnl_exec_arg_t>?,
    _ places: UnsafePointer<UnsafeMutablePointer<Float>>?
  ) -> Failure? {
    let scratch = scratchpad.base.assumingMemoryBound(to: Float.self)
    for (index, call) in calls.enumerated() {
      var status = dnnl_success
      switch call {
      case .primitive(let primitive, let first, let count):
        status = dnnl_primitive_execute(
          primitive, stream.handle, count, arguments.map { $0 + first })
      case .kernel(let run, let first):
        guard let places else { continue }
        status = run(KernelCall.Operands(places: places + first, scratch: scratch))
      }
      if status != dnnl_success { return Failure(step: index, status: status) }
    }
    let status = dnnl_stream_wait(stream.handle)
    return status == dnnl_success ? nil : Failure(step: calls.count - 1, status: status)
  }
}

extension Worker {
  /// The arguments of a program's steps, as they come about one after the other.
  private struct Bindings {
    private let program: InferenceProgram
    private let arena: AlignedBytes
    private let scratchpad: AlignedBytes
    private(set) var memories: [Memory] = []
    private(set) var images: [Memory] = []
    private(set) var arguments: [dnnl_exec_arg_t] = []
    private(set) var places: [UnsafeMutablePointer<Float>] = []
    private(set) var imagePlaces: [Int] = []

    init(_ program: InferenceProgram, arena: AlignedBytes, scratchpad: AlignedBytes) {
      self.program = program
      self.arena = arena
      self.scratchpad = scratchpad
    }

    mutating func call(
      _ primitive: Primitive, _ given: [InferenceProgram.Argument]
    ) throws(RegistryError) -> Call {
      let firstArgument = arguments.count
      for argument in given {
        let memory: Memory
        switch argument.operand {
        case .constant(let shared): memory = shared
        case .image(let descriptor):
          memory = try Memory(descriptor, program.device, at: nil)
          images.append(memory)
        case .buffer(let number, let descriptor):
          memory = try Memory(descriptor, program.device, at: base(ofBuffer: number))
        }
        add(memory, as: argument.part)
      }
      if primitive.scratchpad.byteCount > 0 {
        let memory = try Memory(primitive.scratchpad, program.device, at: scratchpad.base)
        add(memory, as: DNNL_ARG_SCRATCHPAD)
      }
      return .primitive(
        primitive.handle, firstArgument: firstArgument,
        argumentCount: Int32(arguments.count - firstArgument))
    }

    mutating func call(_ kernel: KernelCall, output: Int, inputs: [Int?]) -> Call {
      let firstPlace = places.count
      for number in [output] + inputs {
        // Each run tells where the image is.
        if number == nil { imagePlaces.append(places.count) }
        places.append(base(ofBuffer: number ?? output).assumingMemoryBound(to: Float.self))
      }
      return .kernel(kernel.run, firstPlace: firstPlace)
    }

    private mutating func add(_ memory: Memory, as part: Int32) {
      memories.append(memory)
      arguments.append(dnnl_exec_arg_t(arg: part, memory: memory.handle))
    }

    private func base(ofBuffer number: Int) -> UnsafeMutableRawPointer {
      arena.base + program.arena.offsets[number]
    }
  }
}
