import COneDNN
import Diagnostics
import Networks
import Tensors

/// Turns layers into the steps of a forward and a backward pass over a number of images.
///
/// Layers are lowered in order; each leaves behind how its gradients are computed, and these are
/// lowered in the opposite order. Values and gradients get buffers whose lifetimes an arena is
/// planned from.
struct TrainingCompiler {
  typealias Operand = TrainingProgram.Operand
  typealias Frame = TrainingProgram.Frame
  typealias Node = TrainingGraph.Node
  /// Appends the steps of a layer's backward pass.
  typealias Backward = (inout TrainingCompiler) throws(RegistryError) -> Void

  /// Where a value or a gradient is.
  struct Location {
    let place: TrainingPlace
    let layout: Layout
    let descriptor: MemoryDescriptor

    /// The value, read in its own layout or in another that means the same bytes.
    func operand(as descriptor: MemoryDescriptor? = nil) -> Operand {
      Operand(place: place, descriptor: descriptor ?? self.descriptor)
    }
  }

  let device: Device
  let graph: TrainingGraph
  let tensors: TrainingTensors
  /// How many images there are.
  let images: Int
  /// How many threads share a step.
  let threads: Int
  private var steps: [TrainingProgram.Step] = []
  private var demands: [ArenaPlan.Demand] = []
  private var locations: [Int: Location] = [:]
  /// Values in a second layout, for steps that want them so.
  private var copies: [Int: Location] = [:]
  private var gradients: [Int: Location] = [:]
  /// Gradients in a second layout.
  private var gradientCopies: [Int: Location] = [:]
  /// How many values have their gradient in a place.
  private var holders: [TrainingPlace: Int] = [:]
  private var backward: [(node: Node, emit: Backward)] = []
  /// Activations that the layer before them computes too.
  private var fused: Set<Int> = []

  /// The program for that many images.
  ///
  /// - Throws: `engine_failed` and `engine_unavailable` with the layer.
  static func compile(
    graph: TrainingGraph, tensors: TrainingTensors, constants: AlignedBytes, images: Int,
    threads: Int, sharing arena: AlignedBytes?
  ) throws(RegistryError) -> TrainingProgram {
    var compiler = try TrainingCompiler(
      graph: graph, tensors: tensors, images: images, threads: threads)
    let (forwardCount, result, upstream) = try compiler.lower()
    return try TrainingProgram(
      device: compiler.device, steps: compiler.steps, forwardCount: forwardCount,
      plan: ArenaPlan(compiler.demands),
      output: (
        result.place, upstream.place, images * graph.shapes[graph.output].elementCount
      ),
      constants: constants, threads: threads, sharing: arena)
  }

  /// How large the arena of such a program is, in bytes, without taking that memory.
  ///
  /// - Throws: `engine_failed` and `engine_unavailable` with the layer.
  static func arenaByteCount(
    graph: TrainingGraph, tensors: TrainingTensors, images: Int, threads: Int
  ) throws(RegistryError) -> Int {
    var compiler = try TrainingCompiler(
      graph: graph, tensors: tensors, images: images, threads: threads)
    _ = try compiler.lower()
    return ArenaPlan(compiler.demands).byteCount
  }

  /// Appends all steps, with the number of those before the loss, what the loss reads and what it
  /// writes.
  private mutating func lower() throws(RegistryError) -> (
    forwardCount: Int, result: Location, upstream: Location
  ) {
    for node in graph.nodes {
      do { try lower(node) } catch { throw error.at(Place(layer: node.layer.name)) }
    }
    let last = graph.nodes.last?.layer.name ?? ""
    let result = try location(of: graph.output, in: .plain, for: last)
    use([result.place])
    let forwardCount = steps.count
    // A step of its own in the plan of lifetimes: the loss reads the one and writes the other.
    let upstream = newBuffer(.plain, result.descriptor)
    if graph.needsGradient[graph.output] {
      try contribute(upstream, to: graph.output, for: last)
    }
    for (node, emit) in backward.reversed() {
      do {
        try emit(&self)
        release(node.output)
      } catch { throw error.at(Place(layer: node.layer.name)) }
    }
    return (forwardCount, result, upstream)
  }

  private init(
    graph: TrainingGraph, tensors: TrainingTensors, images: Int, threads: Int
  ) throws(RegistryError) {
    device = try Device()
    self.graph = graph
    self.tensors = tensors
    self.images = images
    self.threads = threads
    locations[0] = Location(
      place: .input, layout: .plain,
      descriptor: try Layout.plain.descriptor(graph.shapes[0], images: images))
  }

  // MARK: Layers

  /// Records where a layer's result is, and how its gradients are computed where they are wanted.
  mutating func complete(_ node: Node, at location: Location, backward emit: @escaping Backward) {
    locations[node.output] = location
    if graph.needsGradient[node.output] { backward.append((node, emit)) }
  }

  /// Lets an activation be part of the layer before it: its value has the same place.
  mutating func fuse(_ activation: Node) { fused.insert(activation.output) }

  func isFused(_ node: Node) -> Bool { fused.contains(node.output) }

  // MARK: Values

  /// Where a value is.
  func location(of value: Int) -> Location {
    guard let location = locations[value] else {
      preconditionFailure("a layer comes after those that make its inputs")
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
    let copy = try newBuffer(layout, for: value)
    try reorder(home, to: copy, for: layer)
    copies[value] = copy
    return copy
  }

  /// Whether the place of a value may be overwritten by the one layer that reads it, because the
  /// backward pass of the layer that makes it does not look at it.
  func isFree(_ value: Int) -> Bool {
    guard graph.readCounts[value] == 1, copies[value] == nil,
      case .buffer = location(of: value).place
    else { return false }
    switch graph.producer(of: value)?.layer.operation {
    case .convolution, .batchNorm, .linear, .add, .dropout, .stochasticDepth, .layerNorm,
      .positionEmbedding:
      return true
    default: return false
    }
  }

  /// A new buffer for a value, or for its gradient.
  mutating func newBuffer(_ layout: Layout, for value: Int) throws(RegistryError) -> Location {
    newBuffer(layout, try layout.descriptor(graph.shapes[value], images: images))
  }

  mutating func newBuffer(_ layout: Layout, _ descriptor: MemoryDescriptor) -> Location {
    Location(
      place: newBuffer(byteCount: descriptor.byteCount), layout: layout, descriptor: descriptor)
  }

  private mutating func newBuffer(byteCount: Int) -> TrainingPlace {
    demands.append(
      ArenaPlan.Demand(byteCount: byteCount, firstStep: steps.count, lastStep: steps.count))
    return .buffer(demands.count - 1)
  }

  // MARK: Gradients

  /// The gradient of a value that its readers have computed, in the layout of the value or in
  /// another; `nil` where the loss does not depend on it.
  mutating func gradient(
    of value: Int, in layout: Layout, for layer: String
  ) throws(RegistryError) -> Location? {
    guard let home = gradients[value] else { return nil }
    if home.layout == layout || graph.shapes[value].rank != 3 { return home }
    if let copy = gradientCopies[value] { return copy }
    let copy = try newBuffer(layout, for: value)
    try reorder(home, to: copy, for: layer)
    gradientCopies[value] = copy
    return copy
  }

  /// The gradient of a value in the value's own layout.
  mutating func gradient(of value: Int, for layer: String) throws(RegistryError) -> Location? {
    try gradient(of: value, in: location(of: value).layout, for: layer)
  }

  /// A place for the gradient of what a layer reads, of the same layout as that of its result: the
  /// latter's own where nobody else needs it.
  mutating func successor(of gradient: Location) -> Location {
    if holders[gradient.place] == 1 { return gradient }
    return newBuffer(gradient.layout, gradient.descriptor)
  }

  /// Adds one reader's part to the gradient of a value, which is wanted.
  mutating func contribute(
    _ part: Location, to value: Int, for layer: String
  ) throws(RegistryError) {
    guard graph.needsGradient[value] else { return }
    let layout = location(of: value).layout
    var part = part
    if part.layout != layout, graph.shapes[value].rank == 3 {
      let moved = try newBuffer(layout, for: value)
      try reorder(part, to: moved, for: layer)
      part = moved
    }
    guard let sum = gradients[value] else {
      gradients[value] = part
      holders[part.place, default: 0] += 1
      return
    }
    // Whichever of the two nobody else holds becomes the sum.
    let destination: Location
    if holders[sum.place] == 1 {
      destination = sum
    } else if holders[part.place, default: 0] == 0 {
      destination = part
    } else {
      destination = newBuffer(sum.layout, sum.descriptor)
    }
    try addition(sum, part, to: destination, for: layer)
    holders[sum.place, default: 1] -= 1
    holders[destination.place, default: 0] += 1
    gradients[value] = destination
  }

  /// Gives up the gradient of a value when the layer that makes it has used it.
  private mutating func release(_ value: Int) {
    if let gradient = gradients[value] { holders[gradient.place, default: 1] -= 1 }
  }

  // MARK: Steps

  /// Appends one of oneDNN's primitives, with room for itself.
  mutating func emit(
    _ layer: String, _ descriptor: PrimitiveDescriptor,
    _ arguments: [(part: Int32, operand: Operand)]
  ) throws(RegistryError) {
    let primitive = try Primitive(descriptor)
    var arguments = arguments
    if primitive.scratchpad.byteCount > 0 {
      let place = newBuffer(byteCount: primitive.scratchpad.byteCount)
      arguments.append(
        (DNNL_ARG_SCRATCHPAD, Operand(place: place, descriptor: primitive.scratchpad)))
    }
    use(arguments.map(\.operand.place))
    steps.append(TrainingProgram.Step(layer: layer, work: .primitive(primitive, arguments)))
  }

  /// Appends a kernel of our own that reads or writes those places.
  mutating func emit(
    _ layer: String, kernel name: String, at places: [TrainingPlace],
    _ body: @escaping TrainingProgram.Kernel
  ) {
    use(places)
    steps.append(TrainingProgram.Step(layer: layer, work: .kernel(name: name, body)))
  }

  /// Lets buffers live until the next step.
  private mutating func use(_ places: [TrainingPlace]) {
    for case .buffer(let number) in places { demands[number].lastStep = steps.count }
  }

  mutating func reorder(
    _ source: Location, to destination: Location, for layer: String
  ) throws(RegistryError) {
    try reorder(source.operand(), to: destination.operand(), for: layer)
  }

  mutating func reorder(
    _ source: Operand, to destination: Operand, for layer: String
  ) throws(RegistryError) {
    let (device, attributes) = (device, try Attributes())
    let descriptor = try PrimitiveDescriptor("a reorder") {
      onednn_reorder_create(
        $0, device.handle, source.descriptor.handle, destination.descriptor.handle,
        attributes.handle)
    }
    try emit(layer, descriptor, [(DNNL_ARG_FROM, source), (DNNL_ARG_TO, destination)])
  }

  /// The sum of two values of one layout; the destination may be one of them.
  mutating func addition(
    _ first: Location, _ second: Location, to destination: Location, for layer: String
  ) throws(RegistryError) {
    // In place, oneDNN allows the first only.
    let (first, second) =
      destination.place == second.place && first.place != second.place
      ? (second, first) : (first, second)
    let (device, attributes) = (device, try Attributes())
    let primitive = try PrimitiveDescriptor("a sum") {
      onednn_binary_create(
        $0, device.handle, dnnl_binary_add, first.descriptor.handle, second.descriptor.handle,
        destination.descriptor.handle, attributes.handle)
    }
    try emit(
      layer, primitive,
      [
        (DNNL_ARG_SRC_0, first.operand()), (DNNL_ARG_SRC_1, second.operand()),
        (DNNL_ARG_DST, destination.operand()),
      ])
  }
}
