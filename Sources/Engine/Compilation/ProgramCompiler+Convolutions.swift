import COneDNN
import Diagnostics
import Networks
import Tensors

extension ProgramCompiler {
  /// A convolution with its batch norm, the sum with a shortcut, and its activation.
  mutating func lowerConvolution(
    _ step: FusedGraph.Step, _ convolution: Convolution
  ) throws(RegistryError) {
    let folded = try FoldedWeights(of: step.layer, norm: step.norm, tensors: tensors)
    let weightExtents = convolution.weightExtents
    let plainWeights = try MemoryDescriptor(
      weightExtents, weightExtents.count == 5 ? dnnl_goihw : dnnl_oihw)
    let plainBias = try MemoryDescriptor([convolution.outChannels], dnnl_x)
    let attributes = try Attributes(
      (step.shortcut == nil ? [] : [.sum]) + (step.activation.map { [.activation($0)] } ?? []))
    let choice = try chooseConvolution(
      step, convolution, bias: folded.bias.isEmpty ? nil : plainBias, attributes)
    let source = try location(
      of: step.inputs[0], in: choice.source, for: step.layer.name)
    let destination: Location
    if let shortcut = step.shortcut {
      destination = try accumulator(for: shortcut, in: choice.destination, for: step.layer.name)
    } else {
      destination = newBuffer(
        choice.destination,
        try choice.destination.descriptor(graph.shapes[step.output]))
    }
    var arguments = [
      (DNNL_ARG_SRC, source.operand()),
      (
        DNNL_ARG_WEIGHTS,
        try constant(
          folded.weights, plainWeights, as: choice.primitive.layout(dnnl_query_weights_md))
      ),
      (DNNL_ARG_DST, destination.operand()),
    ]
    if !folded.bias.isEmpty {
      arguments.append((DNNL_ARG_BIAS, try constant(folded.bias, plainBias, as: plainBias)))
    }
    try emit(step.layer.name, choice.primitive, arguments)
    complete(step, at: destination)
  }

  /// An implementation and the layouts that it reads and writes.
  private struct Choice {
    let primitive: PrimitiveDescriptor
    let source: Layout
    let destination: Layout
  }

  /// The first pair of layouts for which there is a fast implementation, else any.
  ///
  /// The choice depends on the description alone, not on measurements, so that every process
  /// computes the same bits.
  private func chooseConvolution(
    _ step: FusedGraph.Step, _ convolution: Convolution, bias: MemoryDescriptor?,
    _ attributes: Attributes
  ) throws(RegistryError) -> Choice {
    var candidates: [(Layout, Layout)] = [(.blocked, .blocked), (.plain, .plain)]
    // Images of three channels are read as they are: in blocks they would be more than twice as
    // large, and would first have to be brought there.
    if location(of: step.inputs[0]).layout == .plain, convolution.inChannels < 4 {
      candidates.insert((.plain, .blocked), at: 0)
    }
    var fallback: Choice?
    var failure: RegistryError?
    for (source, destination) in candidates {
      do {
        let primitive = try describe(
          step, convolution, from: source, to: destination, bias: bias, attributes)
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

  private func describe(
    _ step: FusedGraph.Step, _ convolution: Convolution, from source: Layout,
    to destination: Layout, bias: MemoryDescriptor?, _ attributes: Attributes
  ) throws(RegistryError) -> PrimitiveDescriptor {
    let sourceDescriptor = try source.descriptor(graph.shapes[step.inputs[0]])
    let destinationDescriptor = try destination.descriptor(
      graph.shapes[step.output])
    let weights = try MemoryDescriptor(convolution.weightExtents, dnnl_format_tag_any)
    return try PrimitiveDescriptor("a convolution") {
      onednn_convolution_forward_create(
        $0, device.handle, dnnl_forward_inference, sourceDescriptor.handle, weights.handle,
        bias?.handle, destinationDescriptor.handle, convolution.stride.sizes,
        convolution.dilation.sizes.map { $0 - 1 }, convolution.padding.before,
        convolution.padding.after, attributes.handle)
    }
  }
}

extension Convolution {
  /// As oneDNN has them: with the groups apart where there are several.
  var weightExtents: [Int] {
    let kernel = [inChannels / groups, kernel.height, kernel.width]
    return groups == 1 ? [outChannels] + kernel : [groups, outChannels / groups] + kernel
  }
}

extension Extent {
  /// Height and width, as oneDNN takes them.
  var sizes: [Int64] { [Int64(height), Int64(width)] }
}

extension Padding {
  /// The border above and to the left.
  var before: [Int64] { [Int64(top), Int64(left)] }
  /// The border below and to the right.
  var after: [Int64] { [Int64(bottom), Int64(right)] }
}
