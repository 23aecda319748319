import COneDNN
import Diagnostics
import Networks
import Tensors

extension ProgramCompiler {
  /// Appends the primitives and kernels that compute a step.
  mutating func lower(_ step: FusedGraph.Step) throws(RegistryError) {
    switch step.layer.operation {
    case .convolution(let convolution):
      try lowerConvolution(step, convolution)
    case .batchNorm(let norm):
      try lowerConvolution(
        step,
        Convolution(
          inChannels: norm.channels, outChannels: norm.channels, kernel: 1, groups: norm.channels))
    case .linear(let linear):
      try lowerLinear(step, linear)
    case .activation(.hardSigmoid):
      try lowerHardSigmoid(step)
    case .activation(let function):
      try lowerActivation(step, function)
    case .add:
      try lowerSum(step)
    case .maxPool(let pooling):
      try lowerPooling(step, pooling, dnnl_pooling_max)
    case .averagePool(let pooling):
      // PyTorch counts the zeros of the border.
      try lowerPooling(step, pooling, dnnl_pooling_avg_include_padding)
    case .globalAveragePool:
      let shape = graph.shapes[step.inputs[0]]
      try lowerPooling(
        step, Pooling(kernel: Extent(height: shape[1], width: shape[2]), stride: 1),
        dnnl_pooling_avg_include_padding)
    case .flatten, .reshape:
      try lowerReshape(step)
    case .multiply:
      try lowerProduct(step)
    case .concatenate:
      try lowerConcatenation(step)
    case .narrow(let range):
      try lowerNarrow(step, range)
    case .channelShuffle(let groups):
      try lowerChannelShuffle(step, groups: groups)
    case .transpose(let order):
      try lowerTranspose(step, order)
    case .layerNorm(let norm):
      try lowerLayerNorm(step, norm)
    case .softmax:
      try lowerSoftmax(step)
    case .layerScale:
      try lowerLayerScale(step)
    case .classToken:
      try lowerClassToken(step)
    case .positionEmbedding:
      try lowerPositionEmbedding(step)
    case .attention(let attention):
      try lowerAttention(step, attention)
    case .matrixProduct:
      try lowerMatrixProduct(step)
    case .dropout, .stochasticDepth:
      preconditionFailure("the fused graph has no dropout")
    }
  }

  private mutating func lowerActivation(
    _ step: FusedGraph.Step, _ function: Activation
  ) throws(RegistryError) {
    let source = location(of: step.inputs[0])
    let destination = newBuffer(source.layout, source.descriptor)
    let (kind, alpha, beta) = function.algorithms[0]
    let attributes = try Attributes()
    let device = device
    let primitive = try PrimitiveDescriptor(function.rawValue) {
      onednn_eltwise_forward_create(
        $0, device.handle, dnnl_forward_inference, kind, source.descriptor.handle,
        destination.descriptor.handle, alpha, beta, attributes.handle)
    }
    try emit(
      step.layer.name, primitive,
      [(DNNL_ARG_SRC, source.operand()), (DNNL_ARG_DST, destination.operand())])
    complete(step, at: destination)
  }

  /// A sum that no convolution could take in.
  private mutating func lowerSum(_ step: FusedGraph.Step) throws(RegistryError) {
    let first = location(of: step.inputs[0])
    let second = try location(of: step.inputs[1], in: first.layout, for: step.layer.name)
    let destination = newBuffer(first.layout, first.descriptor)
    let attributes = try Attributes(step.activation.map { [.activation($0)] } ?? [])
    let device = device
    let primitive = try PrimitiveDescriptor("a sum") {
      onednn_binary_create(
        $0, device.handle, dnnl_binary_add, first.descriptor.handle, second.descriptor.handle,
        destination.descriptor.handle, attributes.handle)
    }
    try emit(
      step.layer.name, primitive,
      [
        (DNNL_ARG_SRC_0, first.operand()), (DNNL_ARG_SRC_1, second.operand()),
        (DNNL_ARG_DST, destination.operand()),
      ])
    complete(step, at: destination)
  }

  private mutating func lowerPooling(
    _ step: FusedGraph.Step, _ pooling: Pooling, _ kind: dnnl_alg_kind_t
  ) throws(RegistryError) {
    let source = try location(of: step.inputs[0], in: .blocked, for: step.layer.name)
    let destination = newBuffer(
      .blocked, try Layout.blocked.descriptor(graph.shapes[step.output]))
    let attributes = try Attributes()
    let device = device
    let primitive = try PrimitiveDescriptor("pooling") {
      onednn_pooling_forward_create(
        $0, device.handle, dnnl_forward_inference, kind, source.descriptor.handle,
        destination.descriptor.handle, pooling.stride.sizes, pooling.kernel.sizes,
        pooling.padding.before, pooling.padding.after, attributes.handle)
    }
    try emit(
      step.layer.name, primitive,
      [(DNNL_ARG_SRC, source.operand()), (DNNL_ARG_DST, destination.operand())])
    complete(step, at: destination)
  }

  /// The same numbers row by row, seen in another shape; without a copy where they stand so already.
  private mutating func lowerReshape(_ step: FusedGraph.Step) throws(RegistryError) {
    let shape = graph.shapes[step.inputs[0]]
    let home = location(of: step.inputs[0])
    // Whole blocks of single pixels are the channels in their order.
    let isPlain =
      shape.rank == 3 && shape[1] * shape[2] == 1 && shape[0].isMultiple(of: Device.channelBlock)
    let source =
      isPlain ? home : try location(of: step.inputs[0], in: .plain, for: step.layer.name)
    complete(
      step,
      at: Location(
        buffer: source.buffer, layout: .plain,
        descriptor: try Layout.plain.descriptor(graph.shapes[step.output])))
  }
}
