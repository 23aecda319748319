import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// A convolution, its gradient by its input, and those by its weights and bias.
  mutating func lowerConvolution(
    _ node: Node, _ convolution: Convolution
  ) throws(RegistryError) {
    let name = node.layer.name
    let plain = try convolution.plainWeights()
    let bias = convolution.bias ? try MemoryDescriptor([convolution.outChannels], dnnl_x) : nil
    let choice = try choose(node, convolution) { compiler, shapes, attributes, room in
      onednn_convolution_forward_create(
        room, compiler.device.handle, dnnl_forward_training, shapes.source.handle,
        shapes.weights.handle, bias?.handle, shapes.destination.handle, convolution.stride.sizes,
        convolution.gaps, convolution.padding.before, convolution.padding.after,
        attributes.handle)
    }
    let source = try location(of: node.inputs[0], in: choice.source, for: name)
    let weights = try packed(
      Operand(place: tensors.place(of: node.layer, "weight"), descriptor: plain),
      as: choice.primitive.layout(dnnl_query_weights_md), for: name)
    let destination = try newBuffer(choice.destination, for: node.output)
    var arguments = [
      (part: DNNL_ARG_SRC, operand: source.operand()), (DNNL_ARG_WEIGHTS, weights),
      (DNNL_ARG_DST, destination.operand()),
    ]
    if let bias {
      arguments.append(
        (
          DNNL_ARG_BIAS, Operand(place: tensors.place(of: node.layer, "bias"), descriptor: bias)
        ))
    }
    try emit(name, choice.primitive, arguments)
    let forward = choice.primitive
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      if node.isTrainable {
        try compiler.lowerWeightGradient(node, convolution, forward, bias: bias)
      }
      if compiler.graph.needsGradient[node.inputs[0]] {
        try compiler.lowerInputGradient(node, convolution, forward)
      }
    }
  }

  /// The gradients of a convolution's weights and bias.
  private mutating func lowerWeightGradient(
    _ node: Node, _ convolution: Convolution, _ forward: PrimitiveDescriptor,
    bias: MemoryDescriptor?
  ) throws(RegistryError) {
    let name = node.layer.name
    if convolution.isDepthwise, convolution.kernel != 3 {
      return try lowerDepthwiseWeightGradient(node, convolution)
    }
    let choice = try choose(node, convolution) { compiler, shapes, attributes, room in
      onednn_convolution_backward_weights_create(
        room, compiler.device.handle, shapes.source.handle, shapes.weights.handle, bias?.handle,
        shapes.destination.handle, convolution.stride.sizes, convolution.gaps,
        convolution.padding.before, convolution.padding.after, forward.handle, attributes.handle)
    }
    guard let upstream = try gradient(of: node.output, in: choice.destination, for: name) else {
      return
    }
    let source = try location(of: node.inputs[0], in: choice.source, for: name)
    let plain = Operand(
      place: tensors.gradient(of: node.layer, "weight"), descriptor: try convolution.plainWeights())
    let wanted = try choice.primitive.layout(dnnl_query_diff_weights_md)
    let isPlain = wanted.isEqual(to: plain.descriptor)
    let weights =
      isPlain ? plain : newBuffer(.plain, wanted).operand()
    var arguments = [
      (part: DNNL_ARG_SRC, operand: source.operand()), (DNNL_ARG_DIFF_DST, upstream.operand()),
      (DNNL_ARG_DIFF_WEIGHTS, weights),
    ]
    if let bias {
      arguments.append(
        (
          DNNL_ARG_DIFF_BIAS,
          Operand(place: tensors.gradient(of: node.layer, "bias"), descriptor: bias)
        ))
    }
    try emit(name, choice.primitive, arguments)
    if !isPlain { try reorder(weights, to: plain, for: name) }
  }

  /// The gradients of a depthwise convolution's weights and bias by a kernel of our own, as oneDNN
  /// has a fast one for 3x3 alone.
  private mutating func lowerDepthwiseWeightGradient(
    _ node: Node, _ convolution: Convolution
  ) throws(RegistryError) {
    let name = node.layer.name
    guard let upstream = try gradient(of: node.output, in: .blocked, for: name) else { return }
    let source = try location(of: node.inputs[0], in: .blocked, for: name)
    let kernel = DepthwiseWeightGradient(
      convolution, input: graph.shapes[node.inputs[0]], output: graph.shapes[node.output])
    let (x, dy) = (view(source, of: node.inputs[0]), view(upstream, of: node.output))
    let gradient = tensors.gradient(of: node.layer, "weight")
    let count = convolution.outChannels * convolution.kernel.height * convolution.kernel.width
    let images = images
    let threads = min(threads, kernel.blocks)
    let scratch = newBuffer(
      .plain, try MemoryDescriptor([threads, kernel.scratchCount], dnnl_nc)
    ).place
    emit(name, kernel: "depthwise_weights", at: [x.place, dy.place, scratch]) { frame in
      frame.pointer(to: gradient).update(repeating: 0, count: count)
      ThreadTeam.forEach(threads, threads: threads) { part in
        let blocks =
          kernel.blocks * part / threads..<kernel.blocks * (part + 1) / threads
        kernel.add(
          x.pointer(frame, 0), dy.pointer(frame, 0), images: images, blocks: blocks,
          scratch: frame.pointer(to: scratch) + part * kernel.scratchCount,
          into: frame.pointer(to: gradient))
      }
      return dnnl_success
    }
    guard convolution.bias else { return }
    let bias = tensors.gradient(of: node.layer, "bias")
    emitSum(
      name, kernel: "bias", at: [dy], and: [], into: [bias], count: convolution.outChannels,
      unit: dy.map.block
    ) { frame, channels in
      let target = frame.pointer(to: bias)
      for image in 0..<images {
        for channel in channels {
          let source = dy.pointer(frame, image) + dy.map.offset(of: channel)
          var sum: Float = 0
          for pixel in 0..<dy.map.pixels { sum += source[pixel * dy.map.block] }
          target[channel] += sum
        }
      }
    }
  }

  /// The gradient of a convolution's input.
  private mutating func lowerInputGradient(
    _ node: Node, _ convolution: Convolution, _ forward: PrimitiveDescriptor
  ) throws(RegistryError) {
    let name = node.layer.name
    let choice = try choose(node, convolution) { compiler, shapes, attributes, room in
      onednn_convolution_backward_data_create(
        room, compiler.device.handle, shapes.source.handle, shapes.weights.handle,
        shapes.destination.handle, convolution.stride.sizes, convolution.gaps,
        convolution.padding.before, convolution.padding.after, forward.handle, attributes.handle)
    }
    guard let upstream = try gradient(of: node.output, in: choice.destination, for: name) else {
      return
    }
    let weights = try packed(
      Operand(
        place: tensors.place(of: node.layer, "weight"), descriptor: try convolution.plainWeights()),
      as: choice.primitive.layout(dnnl_query_weights_md), for: name)
    let destination = try newBuffer(choice.source, for: node.inputs[0])
    try emit(
      name, choice.primitive,
      [
        (DNNL_ARG_DIFF_DST, upstream.operand()), (DNNL_ARG_WEIGHTS, weights),
        (DNNL_ARG_DIFF_SRC, destination.operand()),
      ])
    try contribute(destination, to: node.inputs[0], for: name)
  }

  /// Weights in the order that a primitive wants, from the one that PyTorch has.
  private mutating func packed(
    _ plain: Operand, as wanted: MemoryDescriptor, for layer: String
  ) throws(RegistryError) -> Operand {
    if wanted.isEqual(to: plain.descriptor) { return plain }
    let packed = newBuffer(.plain, wanted).operand()
    try reorder(plain, to: packed, for: layer)
    return packed
  }

  // MARK: Choices

  /// What a primitive of a convolution is described with; input and output, or their gradients.
  private struct Shapes {
    let source: MemoryDescriptor
    let weights: MemoryDescriptor
    let destination: MemoryDescriptor
  }

  /// An implementation and the layouts of the picture that it reads in the forward pass and of the
  /// one that it makes, or of their gradients.
  private struct Choice {
    let primitive: PrimitiveDescriptor
    let source: Layout
    let destination: Layout
  }

  /// The first pair of layouts for which there is a fast implementation, else any.
  ///
  /// The choice depends on the description alone, not on measurements, so that every process
  /// computes the same bits.
  private func choose(
    _ node: Node, _ convolution: Convolution,
    _ create: (
      TrainingCompiler, Shapes, Attributes, UnsafeMutablePointer<dnnl_primitive_desc_t?>
    ) -> dnnl_status_t
  ) throws(RegistryError) -> Choice {
    var candidates: [(Layout, Layout)] = [(.blocked, .blocked), (.plain, .plain)]
    // Images of three channels are read as they are, see the forward compiler.
    if location(of: node.inputs[0]).layout == .plain, convolution.inChannels < 4 {
      candidates.insert((.plain, .blocked), at: 0)
    }
    let attributes = try Attributes()
    let weights = try MemoryDescriptor(convolution.weightExtents, dnnl_format_tag_any)
    var fallback: Choice?
    var failure: RegistryError?
    for (source, destination) in candidates {
      let shapes = Shapes(
        source: try source.descriptor(graph.shapes[node.inputs[0]], images: images),
        weights: weights,
        destination: try destination.descriptor(graph.shapes[node.output], images: images))
      do {
        let primitive = try PrimitiveDescriptor("a convolution") {
          create(self, shapes, attributes, $0)
        }
        let choice = Choice(primitive: primitive, source: source, destination: destination)
        if !primitive.isReference { return choice }
        fallback = fallback ?? choice
      } catch {
        failure = failure ?? error
      }
    }
    if let fallback { return fallback }
    throw failure ?? RegistryError(.engineFailed, "No layout was tried for a convolution.")
  }
}

extension Convolution {
  /// The weights as PyTorch has them.
  fileprivate func plainWeights() throws(RegistryError) -> MemoryDescriptor {
    try MemoryDescriptor(weightExtents, weightExtents.count == 5 ? dnnl_goihw : dnnl_oihw)
  }

  /// Whether each channel is filtered by itself.
  fileprivate var isDepthwise: Bool { groups == inChannels && groups == outChannels }

  /// How many pixels lie between those that meet neighbouring weights.
  fileprivate var gaps: [Int64] { dilation.sizes.map { $0 - 1 } }
}
