import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// A batch norm, with a ReLU that alone reads it.
  ///
  /// Where it trains it takes the statistics of the batch, which its running statistics follow; else
  /// these.
  mutating func lowerBatchNorm(_ node: Node, _ norm: BatchNorm) throws(RegistryError) {
    let name = node.layer.name
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if !node.isTrainable { flags |= dnnl_use_global_stats.rawValue }
    if let reader = graph.soleReader(of: node.output),
      case .activation(.relu) = reader.layer.operation
    {
      flags |= dnnl_fuse_norm_relu.rawValue
      fuse(reader)
    }
    let hasRelu = flags & dnnl_fuse_norm_relu.rawValue != 0
    let source = try location(of: node.inputs[0], in: .blocked, for: name)
    let (device, attributes) = (device, try Attributes())
    let forward = try PrimitiveDescriptor("a batch normalization") {
      onednn_batch_normalization_forward_create(
        $0, device.handle, dnnl_forward_training, source.descriptor.handle, norm.epsilon,
        UInt32(flags), attributes.handle)
    }
    let vector = try MemoryDescriptor([norm.channels], dnnl_x)
    let channels = NormOperands(
      scale: Operand(place: tensors.place(of: node.layer, "weight"), descriptor: vector),
      shift: Operand(place: tensors.place(of: node.layer, "bias"), descriptor: vector),
      mean: node.isTrainable
        ? newBuffer(.plain, vector).operand()
        : Operand(place: tensors.place(of: node.layer, "running_mean"), descriptor: vector),
      variance: node.isTrainable
        ? newBuffer(.plain, vector).operand()
        : Operand(place: tensors.place(of: node.layer, "running_var"), descriptor: vector))
    let workspace =
      hasRelu ? newBuffer(.plain, try forward.layout(dnnl_query_workspace_md)).operand() : nil
    let destination = try newBuffer(.blocked, for: node.output)
    var arguments = [
      (part: DNNL_ARG_SRC, operand: source.operand()), (DNNL_ARG_SCALE, channels.scale),
      (DNNL_ARG_SHIFT, channels.shift), (DNNL_ARG_MEAN, channels.mean),
      (DNNL_ARG_VARIANCE, channels.variance), (DNNL_ARG_DST, destination.operand()),
    ]
    if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
    try emit(name, forward, arguments)
    if node.isTrainable { followStatistics(node, norm, channels) }
    complete(node, at: destination) {
      (compiler: inout TrainingCompiler) throws(RegistryError) in
      try compiler.lowerNormGradient(node, norm, forward, flags, channels, workspace)
    }
  }

  /// What a batch norm has for each channel.
  private struct NormOperands {
    let scale: Operand
    let shift: Operand
    let mean: Operand
    let variance: Operand
  }

  /// Moves the running statistics towards those of the batch.
  ///
  /// As PyTorch's `BatchNorm2d`: `(1 - momentum) * running + momentum * batch`, with the unbiased
  /// variance.
  private mutating func followStatistics(
    _ node: Node, _ norm: BatchNorm, _ channels: NormOperands
  ) {
    let shape = graph.shapes[node.output]
    let samples = Float(images * shape[1] * shape[2])
    let correction = samples / max(samples - 1, 1)
    let (mean, variance) = (channels.mean.place, channels.variance.place)
    let runningMean = tensors.place(of: node.layer, "running_mean")
    let runningVariance = tensors.place(of: node.layer, "running_var")
    emit(node.layer.name, kernel: "running_statistics", at: [mean, variance]) { frame in
      let batch = (frame.pointer(to: mean), frame.pointer(to: variance))
      let running = (frame.pointer(to: runningMean), frame.pointer(to: runningVariance))
      let keep = 1 - norm.momentum
      for channel in 0..<norm.channels {
        running.0[channel] = keep * running.0[channel] + norm.momentum * batch.0[channel]
        running.1[channel] =
          keep * running.1[channel] + norm.momentum * (batch.1[channel] * correction)
      }
      return dnnl_success
    }
  }

  private mutating func lowerNormGradient(
    _ node: Node, _ norm: BatchNorm, _ forward: PrimitiveDescriptor, _ flags: UInt32,
    _ channels: NormOperands, _ workspace: Operand?
  ) throws(RegistryError) {
    let name = node.layer.name
    guard let upstream = try gradient(of: node.output, in: .blocked, for: name) else { return }
    let source = try location(of: node.inputs[0], in: .blocked, for: name)
    let (device, attributes) = (device, try Attributes())
    let backward = try PrimitiveDescriptor("the gradient of a batch normalization") {
      onednn_batch_normalization_backward_create(
        $0, device.handle, dnnl_backward, upstream.descriptor.handle, source.descriptor.handle,
        norm.epsilon, flags, forward.handle,
        attributes.handle)
    }
    let destination = successor(of: upstream)
    var arguments = [
      (part: DNNL_ARG_SRC, operand: source.operand()), (DNNL_ARG_MEAN, channels.mean),
      (DNNL_ARG_VARIANCE, channels.variance), (DNNL_ARG_SCALE, channels.scale),
      (DNNL_ARG_DIFF_DST, upstream.operand()), (DNNL_ARG_DIFF_SRC, destination.operand()),
    ]
    if ONEDNN_NORM_GRADIENT_TAKES_SHIFT != 0 { arguments.append((DNNL_ARG_SHIFT, channels.shift)) }
    if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
    // The library has the gradient of the input together with those of scale and shift only: for a
    // frozen layer these are written where nobody reads them.
    let vector = channels.scale.descriptor
    for (part, tensor) in [(DNNL_ARG_DIFF_SCALE, "weight"), (DNNL_ARG_DIFF_SHIFT, "bias")] {
      arguments.append(
        (
          part,
          node.isTrainable
            ? Operand(place: tensors.gradient(of: node.layer, tensor), descriptor: vector)
            : newBuffer(.plain, vector).operand()
        ))
    }
    try emit(name, backward, arguments)
    try contribute(destination, to: node.inputs[0], for: name)
  }
}
