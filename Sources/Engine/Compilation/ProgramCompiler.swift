import COneDNN
import Diagnostics
import Networks
import Tensors

/// Turns a network's fused steps into primitives, and gives every value a place and a layout.
struct ProgramCompiler {
  typealias Operand = InferenceProgram.Operand

  /// Where a value is.
  struct Location {
    /// The buffer of the arena; `nil` for the image that the caller has.
    let buffer: Int?
    let layout: Layout
    let descriptor: MemoryDescriptor

    /// The value, read in its own layout or in another that means the same bytes.
    func operand(as descriptor: MemoryDescriptor? = nil) -> Operand {
      let descriptor = descriptor ?? self.descriptor
      return buffer.map { .buffer($0, descriptor) } ?? .image(descriptor)
    }
  }

  let device: Device
  let graph: FusedGraph
  let tensors: StateDict
  private let stream: Stream
  private var steps: [InferenceProgram.Step] = []
  private var demands: [ArenaPlan.Demand] = []
  private var constants: [AlignedBytes] = []
  private var scratchpadByteCount = 0
  private var locations: [Int: Location] = [:]
  /// Values in a second layout, for steps that want them so.
  private var copies: [Int: Location] = [:]
  /// How many steps have still to read each buffer.
  private var pendingReads: [Int] = []

  /// The program for layers.
  ///
  /// - Throws: `malformed_network`, `wrong_architecture`, or `engine_failed` and
  ///   `engine_unavailable` with the layer.
  static func compile(
    layers: [Layer], input: Shape, tensors: StateDict
  ) throws(RegistryError) -> InferenceProgram {
    let graph = try FusedGraph(layers: layers, input: input)
    var compiler = try ProgramCompiler(graph: graph, tensors: tensors)
    for step in graph.steps {
      do { try compiler.lower(step) } catch { throw error.at(Place(layer: step.layer.name)) }
    }
    return try compiler.finish()
  }

  private init(graph: FusedGraph, tensors: StateDict) throws(RegistryError) {
    device = try Device()
    stream = try Stream(device)
    self.graph = graph
    self.tensors = tensors
    let shape = graph.shapes[0]
    locations[0] = Location(
      buffer: nil, layout: .plain,
      descriptor: try Layout.plain.descriptor(shape))
  }

  /// Sees to it that the result lies in the arena row by row, and places the buffers.
  private mutating func finish() throws(RegistryError) -> InferenceProgram {
    var result = try location(of: graph.output, in: .plain, for: "output")
    if result.buffer == nil {
      result = try copy(result, of: graph.output, to: .plain, for: "output")
    }
    guard let buffer = result.buffer else { preconditionFailure("a copy has a buffer") }
    demands[buffer].lastStep = steps.count
    return InferenceProgram(
      device: device, steps: steps, arena: ArenaPlan(demands), outputBuffer: buffer,
      scratchpadByteCount: scratchpadByteCount, constants: constants,
      inputShape: graph.shapes[0], outputShape: graph.shapes[graph.output])
  }

  // MARK: Places

  /// Where a value is.
  func location(of value: Int) -> Location {
    guard let location = locations[value] else {
      preconditionFailure("a step comes after those that make its inputs")
    }
    return location
  }

  /// Where a value is in that layout, after a reorder if it is nowhere so.
  mutating func location(
    of value: Int, in layout: Layout, for layer: String
  ) throws(RegistryError) -> Location {
    let home = location(of: value)
    if home.layout == layout || graph.shapes[value].rank != 3 { return home }
    if let copy = copies[value] { return copy }
    let copy = try copy(home, of: value, to: layout, for: layer)
    copies[value] = copy
    return copy
  }

  /// A new buffer with the same value.
  private mutating func copy(
    _ source: Location, of value: Int, to layout: Layout, for layer: String
  ) throws(RegistryError) -> Location {
    let copy = newBuffer(
      layout, try layout.descriptor(graph.shapes[value]))
    try reorder(source, to: copy, for: layer)
    return copy
  }

  mutating func reorder(
    _ source: Location, to destination: Location, for layer: String
  ) throws(RegistryError) {
    let device = device
    let attributes = try Attributes()
    let descriptor = try PrimitiveDescriptor("a reorder") {
      onednn_reorder_create(
        $0, device.handle, source.descriptor.handle, destination.descriptor.handle,
        attributes.handle)
    }
    try emit(
      layer, descriptor,
      [(DNNL_ARG_FROM, source.operand()), (DNNL_ARG_TO, destination.operand())])
  }

  mutating func newBuffer(_ layout: Layout, _ descriptor: MemoryDescriptor) -> Location {
    demands.append(
      ArenaPlan.Demand(
        byteCount: descriptor.byteCount, firstStep: steps.count, lastStep: steps.count))
    pendingReads.append(0)
    return Location(buffer: demands.count - 1, layout: layout, descriptor: descriptor)
  }

  /// A place that holds the value already and that nobody reads afterwards, so that a primitive may
  /// add its result there: the value's own or, where somebody else reads that, a copy.
  mutating func accumulator(
    for value: Int, in layout: Layout, for layer: String
  ) throws(RegistryError) -> Location {
    let home = location(of: value)
    if home.layout == layout, let buffer = home.buffer, pendingReads[buffer] == 1 { return home }
    return try copy(home, of: value, to: layout, for: layer)
  }

  /// Records what a step read and where its result is.
  mutating func complete(_ step: FusedGraph.Step, at location: Location) {
    for value in step.inputs + (step.shortcut.map { [$0] } ?? []) {
      if let buffer = self.location(of: value).buffer { pendingReads[buffer] -= 1 }
    }
    locations[step.output] = location
    if let buffer = location.buffer { pendingReads[buffer] += graph.readCounts[step.output] }
  }

  // MARK: Steps

  mutating func emit(
    _ layer: String, _ descriptor: PrimitiveDescriptor, _ arguments: [(Int32, Operand)]
  ) throws(RegistryError) {
    let primitive = try Primitive(descriptor)
    scratchpadByteCount = max(scratchpadByteCount, primitive.scratchpad.byteCount)
    for case .buffer(let number, _) in arguments.map(\.1) {
      demands[number].lastStep = steps.count
    }
    let arguments = arguments.map { InferenceProgram.Argument(part: $0.0, operand: $0.1) }
    steps.append(InferenceProgram.Step(layer: layer, work: .primitive(primitive, arguments)))
  }

  mutating func emit(
    _ layer: String, _ call: KernelCall, reading inputs: [Location], writing output: Location
  ) {
    guard let target = output.buffer else { preconditionFailure("a kernel writes to the arena") }
    scratchpadByteCount = max(
      scratchpadByteCount, call.scratchCount * MemoryLayout<Float>.stride)
    for number in [target] + inputs.compactMap(\.buffer) {
      demands[number].lastStep = steps.count
    }
    steps.append(
      InferenceProgram.Step(
        layer: layer, work: .kernel(call, output: target, inputs: inputs.map(\.buffer))))
  }

  /// Stores numbers in the layout that a primitive wants them in, once.
  mutating func constant(
    _ numbers: [Float], _ plain: MemoryDescriptor, as wanted: MemoryDescriptor
  ) throws(RegistryError) -> Operand {
    let bytes = try AlignedBytes(byteCount: wanted.byteCount)
    constants.append(bytes)
    let stored = try Memory(wanted, device, at: bytes.base)
    if plain.isEqual(to: wanted) {
      numbers.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: bytes.base, count: bytes.byteCount).copyMemory(
          from: $0)
      }
      return .constant(stored)
    }
    let device = device
    let descriptor = try PrimitiveDescriptor("a reorder of weights") {
      onednn_reorder_create($0, device.handle, plain.handle, wanted.handle, nil)
    }
    let primitive = try Primitive(descriptor)
    let source = try Memory(plain, device, at: nil)
    let arguments = [
      dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: source.handle),
      dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: stored.handle),
    ]
    let status = numbers.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return dnnl_invalid_arguments }
      // The source of a reorder is only read.
      var status = source.point(at: UnsafeMutableRawPointer(mutating: base))
      if status == dnnl_success {
        status = dnnl_primitive_execute(
          primitive.handle, stream.handle, Int32(arguments.count), arguments)
      }
      return status == dnnl_success ? dnnl_stream_wait(stream.handle) : status
    }
    try check(status, "a reorder of weights")
    return .constant(stored)
  }
}
