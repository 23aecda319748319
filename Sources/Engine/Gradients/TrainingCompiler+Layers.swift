import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// Appends the forward steps of a layer, and leaves behind its backward ones.
  mutating func lower(_ node: Node) throws(RegistryError) {
    switch node.layer.operation {
    case .convolution(let convolution): try lowerConvolution(node, convolution)
    case .batchNorm(let norm): try lowerBatchNorm(node, norm)
    case .linear(let linear): try lowerLinear(node, linear)
    case .activation(let function): try lowerActivation(node, function)
    case .add: try lowerSum(node)
    case .maxPool(let pooling): try lowerPooling(node, pooling, dnnl_pooling_max)
    case .averagePool(let pooling):
      // PyTorch counts the zeros of the border.
      try lowerPooling(node, pooling, dnnl_pooling_avg_include_padding)
    case .globalAveragePool:
      let shape = graph.shapes[node.inputs[0]]
      try lowerPooling(
        node, Pooling(kernel: Extent(height: shape[1], width: shape[2]), stride: 1),
        dnnl_pooling_avg_include_padding)
    case .flatten, .reshape: try lowerReshape(node)
    case .dropout(let rate): try lowerDropout(node, rate: rate)
    case .stochasticDepth(let rate): try lowerStochasticDepth(node, rate: rate)
    case .multiply: try lowerProduct(node)
    case .concatenate: try lowerConcatenation(node)
    case .narrow(let range): try lowerNarrow(node, range)
    case .channelShuffle(let groups): try lowerChannelShuffle(node, groups: groups)
    case .layerScale(let tensor): try lowerLayerScale(node, tensor)
    case .layerNorm(let norm): try lowerLayerNorm(node, norm)
    case .softmax: try lowerSoftmax(node)
    case .attention(let attention): try lowerAttention(node, attention)
    case .matrixProduct: try lowerMatrixProduct(node)
    case .classToken(let tensor): try lowerClassToken(node, tensor)
    case .positionEmbedding(let tensor): try lowerPositionEmbedding(node, tensor)
    case .transpose(let order): try lowerTranspose(node, order)
    }
  }

  /// `y = x Wᵀ + b` on the last axis: all other axes are rows.
  private mutating func lowerLinear(_ node: Node, _ linear: Linear) throws(RegistryError) {
    let name = node.layer.name
    let prefix = linear.tensorPrefix ?? ""
    let rows = images * graph.shapes[node.output].elementCount / linear.outFeatures
    let source = try location(of: node.inputs[0], in: .plain, for: name)
    let destination = try newBuffer(.plain, for: node.output)
    let shapes = (
      source: try MemoryDescriptor([rows, linear.inFeatures], dnnl_nc),
      // As PyTorch has them: a matrix product reads either order equally fast.
      weights: try MemoryDescriptor([linear.outFeatures, linear.inFeatures], dnnl_oi),
      bias: linear.bias ? try MemoryDescriptor([linear.outFeatures], dnnl_x) : nil,
      destination: try MemoryDescriptor([rows, linear.outFeatures], dnnl_nc)
    )
    let (device, attributes) = (device, try Attributes())
    let forward = try PrimitiveDescriptor("a linear layer") {
      onednn_inner_product_forward_create(
        $0, device.handle, dnnl_forward_training, shapes.source.handle, shapes.weights.handle,
        shapes.bias?.handle, shapes.destination.handle, attributes.handle)
    }
    let weights = Operand(
      place: tensors.place(of: node.layer, "\(prefix)weight"), descriptor: shapes.weights)
    var arguments = [
      (part: DNNL_ARG_SRC, operand: source.operand(as: shapes.source)),
      (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DST, destination.operand(as: shapes.destination)),
    ]
    if let bias = shapes.bias {
      arguments.append(
        (
          DNNL_ARG_BIAS,
          Operand(place: tensors.place(of: node.layer, "\(prefix)bias"), descriptor: bias)
        ))
    }
    try emit(name, forward, arguments)
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let gradient = upstream.operand(as: shapes.destination)
      if node.isTrainable {
        let descriptor = try PrimitiveDescriptor("the gradient of a linear layer's weights") {
          onednn_inner_product_backward_weights_create(
            $0, device.handle, shapes.source.handle, shapes.weights.handle, shapes.bias?.handle,
            shapes.destination.handle, forward.handle, attributes.handle)
        }
        var arguments = [
          (part: DNNL_ARG_SRC, operand: source.operand(as: shapes.source)),
          (DNNL_ARG_DIFF_DST, gradient),
          (
            DNNL_ARG_DIFF_WEIGHTS,
            Operand(
              place: compiler.tensors.gradient(of: node.layer, "\(prefix)weight"),
              descriptor: shapes.weights)
          ),
        ]
        if let bias = shapes.bias {
          arguments.append(
            (
              DNNL_ARG_DIFF_BIAS,
              Operand(
                place: compiler.tensors.gradient(of: node.layer, "\(prefix)bias"),
                descriptor: bias)
            ))
        }
        try compiler.emit(name, descriptor, arguments)
      }
      guard compiler.graph.needsGradient[node.inputs[0]] else { return }
      let descriptor = try PrimitiveDescriptor("the gradient of a linear layer") {
        onednn_inner_product_backward_data_create(
          $0, device.handle, shapes.source.handle, shapes.weights.handle,
          shapes.destination.handle, forward.handle, attributes.handle)
      }
      let destination = try compiler.newBuffer(.plain, for: node.inputs[0])
      try compiler.emit(
        name, descriptor,
        [
          (DNNL_ARG_DIFF_DST, gradient), (DNNL_ARG_WEIGHTS, weights),
          (DNNL_ARG_DIFF_SRC, destination.operand(as: shapes.source)),
        ])
      try compiler.contribute(destination, to: node.inputs[0], for: name)
    }
  }

  private mutating func lowerSum(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let first = location(of: node.inputs[0])
    let second = try location(of: node.inputs[1], in: first.layout, for: name)
    let destination: Location
    if isFree(node.inputs[0]) {
      destination = first
    } else if isFree(node.inputs[1]), second.layout == location(of: node.inputs[1]).layout {
      destination = second
    } else {
      destination = newBuffer(first.layout, first.descriptor)
    }
    try addition(first, second, to: destination, for: name)
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      for input in node.inputs { try compiler.contribute(upstream, to: input, for: name) }
    }
  }

  private mutating func lowerPooling(
    _ node: Node, _ pooling: Pooling, _ kind: dnnl_alg_kind_t
  ) throws(RegistryError) {
    let name = node.layer.name
    let source = try location(of: node.inputs[0], in: .blocked, for: name)
    let destination = try newBuffer(.blocked, for: node.output)
    let (device, attributes) = (device, try Attributes())
    let forward = try PrimitiveDescriptor("pooling") {
      onednn_pooling_forward_create(
        $0, device.handle, dnnl_forward_training, kind, source.descriptor.handle,
        destination.descriptor.handle, pooling.stride.sizes, pooling.kernel.sizes,
        pooling.padding.before, pooling.padding.after, attributes.handle)
    }
    // Where each maximum was.
    let workspace =
      kind == dnnl_pooling_max
      ? newBuffer(.plain, try forward.layout(dnnl_query_workspace_md)).operand() : nil
    let extra = workspace.map { [(part: DNNL_ARG_WORKSPACE, operand: $0)] } ?? []
    try emit(
      name, forward,
      [(DNNL_ARG_SRC, source.operand()), (DNNL_ARG_DST, destination.operand())] + extra)
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .blocked, for: name) else {
        return
      }
      let descriptor = try PrimitiveDescriptor("the gradient of pooling") {
        onednn_pooling_backward_create(
          $0, device.handle, kind, source.descriptor.handle, destination.descriptor.handle,
          pooling.stride.sizes, pooling.kernel.sizes, pooling.padding.before,
          pooling.padding.after, forward.handle, attributes.handle)
      }
      let result = try compiler.newBuffer(.blocked, for: node.inputs[0])
      try compiler.emit(
        name, descriptor,
        [(DNNL_ARG_DIFF_DST, upstream.operand()), (DNNL_ARG_DIFF_SRC, result.operand())] + extra)
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  /// The same numbers row by row, seen in another shape; without a copy where they stand so already.
  private mutating func lowerReshape(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let shape = graph.shapes[node.inputs[0]]
    let home = location(of: node.inputs[0])
    // Whole blocks of single pixels are the channels in their order.
    let isPlain =
      home.layout == .plain
      || (shape.rank == 3 && shape[1] * shape[2] == 1
        && shape[0].isMultiple(of: Device.channelBlock))
    let source = isPlain ? home : try location(of: node.inputs[0], in: .plain, for: name)
    let destination = Location(
      place: source.place, layout: .plain,
      descriptor: try Layout.plain.descriptor(graph.shapes[node.output], images: images))
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let view = Location(
        place: upstream.place, layout: source.layout, descriptor: source.descriptor)
      try compiler.contribute(view, to: node.inputs[0], for: name)
    }
  }
}
