import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// An activation; written over what it reads where its gradient can be told from its result.
  mutating func lowerActivation(_ node: Node, _ function: Activation) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    if isFused(node) {
      complete(node, at: source) { (compiler: inout TrainingCompiler) throws(RegistryError) in
        guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
        try compiler.contribute(upstream, to: node.inputs[0], for: name)
      }
      return
    }
    if function == .hardSigmoid { return try lowerHardSigmoid(node) }
    let destination =
      function.gradientReadsResult && isFree(node.inputs[0])
      ? source : newBuffer(source.layout, source.descriptor)
    let (kind, alpha, beta) = function.algorithmInTraining
    let (device, attributes) = (device, try Attributes())
    let forward = try PrimitiveDescriptor(function.rawValue) {
      onednn_eltwise_forward_create(
        $0, device.handle, dnnl_forward_training, kind, source.descriptor.handle,
        destination.descriptor.handle, alpha, beta, attributes.handle)
    }
    try emit(
      name, forward, [(DNNL_ARG_SRC, source.operand()), (DNNL_ARG_DST, destination.operand())])
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let result = compiler.successor(of: upstream)
      let data = function.gradientReadsResult ? destination : source
      try compiler.lowerActivationGradient(name, function, forward, data, upstream, result)
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  private mutating func lowerActivationGradient(
    _ name: String, _ function: Activation, _ forward: PrimitiveDescriptor, _ data: Location,
    _ upstream: Location, _ result: Location
  ) throws(RegistryError) {
    let (kind, alpha, beta) = function.algorithmInTraining
    let (device, attributes) = (device, try Attributes())
    let descriptor = try PrimitiveDescriptor("the gradient of \(function.rawValue)") {
      onednn_eltwise_backward_create(
        $0, device.handle, kind, upstream.descriptor.handle,
        data.descriptor.handle, alpha, beta, forward.handle, attributes.handle)
    }
    try emit(
      name, descriptor,
      [
        (function.gradientReadsResult ? DNNL_ARG_DST : DNNL_ARG_SRC, data.operand()),
        (DNNL_ARG_DIFF_DST, upstream.operand()), (DNNL_ARG_DIFF_SRC, result.operand()),
      ])
  }

  /// oneDNN 2.6 has no hard sigmoid.
  private mutating func lowerHardSigmoid(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    let destination = newBuffer(source.layout, source.descriptor)
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    emitForEachImage(name, kernel: "hard_sigmoid", at: [x, y]) { frame, image in
      HardSigmoidKernel.forward(x.pointer(frame, image), x.map, into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let result = compiler.successor(of: upstream)
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(name, kernel: "hard_sigmoid_gradient", at: [x, dy, dx]) {
        frame, image in
        HardSigmoidKernel.backward(
          x.pointer(frame, image), dy.pointer(frame, image), x.map,
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }
}

extension Activation {
  /// Whether the gradient is computed from what the function returned, not from what it was given.
  fileprivate var gradientReadsResult: Bool {
    switch self {
    case .relu, .relu6, .sigmoid: true
    case .hardSigmoid, .hardSwish, .silu, .gelu: false
    }
  }

  /// oneDNN's function and its two numbers, of which the gradient is right at the borders and read
  /// from the result where ``gradientReadsResult``.
  fileprivate var algorithmInTraining: (kind: dnnl_alg_kind_t, alpha: Float, beta: Float) {
    let (kind, alpha, beta) = algorithms[0]
    return switch self {
    case .relu: (dnnl_eltwise_relu_use_dst_for_bwd, alpha, beta)
    case .relu6: (dnnl_eltwise_clip_v2_use_dst_for_bwd, alpha, beta)
    case .sigmoid: (dnnl_eltwise_logistic_use_dst_for_bwd, alpha, beta)
    case .hardSigmoid, .hardSwish, .silu, .gelu: (kind, alpha, beta)
    }
  }
}
