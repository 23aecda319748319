import COneDNN
import Diagnostics
import Networks
import Tensors

extension ProgramCompiler {
  /// `y = x Wᵀ + b` of each row in the last axis, with the sum with a shortcut and the activation: a
  /// 1x1 convolution of rows that are pixels, channels last.
  mutating func lowerLinear(_ step: FusedGraph.Step, _ linear: Linear) throws(RegistryError) {
    let folded = try FoldedWeights(of: step.layer, norm: step.norm, tensors: tensors)
    let attributes = try Attributes(
      (step.shortcut == nil ? [] : [.sum]) + (step.activation.map { [.activation($0)] } ?? []))
    let source = try location(of: step.inputs[0], in: .plain, for: step.layer.name)
    let rows = graph.shapes[step.inputs[0]].elementCount / linear.inFeatures
    let sourceDescriptor = try MemoryDescriptor([1, linear.inFeatures, 1, rows], dnnl_nhwc)
    let destinationDescriptor = try MemoryDescriptor(
      [1, linear.outFeatures, 1, rows], dnnl_nhwc)
    let weightExtents = [linear.outFeatures, linear.inFeatures, 1, 1]
    let weights = try MemoryDescriptor(weightExtents, dnnl_format_tag_any)
    let plainWeights = try MemoryDescriptor(weightExtents, dnnl_oihw)
    let plainBias = try MemoryDescriptor([linear.outFeatures], dnnl_x)
    let hasBias = !folded.bias.isEmpty
    let device = device
    let primitive = try PrimitiveDescriptor("a linear layer") {
      onednn_convolution_forward_create(
        $0, device.handle, dnnl_forward_inference, sourceDescriptor.handle, weights.handle,
        hasBias ? plainBias.handle : nil, destinationDescriptor.handle, [1, 1], [0, 0], [0, 0],
        [0, 0], attributes.handle)
    }
    let destination: Location
    if let shortcut = step.shortcut {
      destination = try accumulator(for: shortcut, in: .plain, for: step.layer.name)
    } else {
      destination = newBuffer(
        .plain, try Layout.plain.descriptor(graph.shapes[step.output]))
    }
    var arguments = [
      (DNNL_ARG_SRC, source.operand(as: sourceDescriptor)),
      (
        DNNL_ARG_WEIGHTS,
        try constant(folded.weights, plainWeights, as: primitive.layout(dnnl_query_weights_md))
      ),
      (DNNL_ARG_DST, destination.operand(as: destinationDescriptor)),
    ]
    if hasBias {
      arguments.append((DNNL_ARG_BIAS, try constant(folded.bias, plainBias, as: plainBias)))
    }
    try emit(step.layer.name, primitive, arguments)
    complete(step, at: destination)
  }
}
